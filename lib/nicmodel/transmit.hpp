// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The transmit path: descriptors fetched ahead, data read later, frames made, DD written back later
// still (hardware.md §3.8). What hangs the chip hangs it here, with a name.
#pragma once

#include <array>
#include <vector>

#include "nicmodel/segment.hpp"

namespace miniport::nicmodel {

struct chip;

/// Why the transmit unit stands still. Only a reset ends it.
enum class hang : u8 {
    none,
    short_frame,      ///< fewer than 17 bytes (E15)
    empty_segment,    ///< a data descriptor of length 0
    large_descriptor, ///< more than the transmit packet buffer takes at once
    large_frame,      ///< more than 9234 bytes with FCS, or a large send without end
    bad_large_send,   ///< TSE without header length or segment size in the context
    unknown_type,     ///< DTYP neither context nor data
    bus_error,        ///< a read that the IOMMU refused
};
[[nodiscard]] const char *name_of(hang h) noexcept;

class transmitter {
public:
    static constexpr u32 queues = 2;

    explicit transmitter(chip &c);

    void run();
    [[nodiscard]] u64 due() const noexcept;

    void reset() noexcept;
    void options_changed() noexcept; ///< TCTL, TARC, TXDCTL, CTRL, PBA
    void ring_changed(u32 q) noexcept;
    void head_written(u32 q, u32 value) noexcept;
    [[nodiscard]] u32 head(u32 q) const noexcept { return q_[q].head; }
    void expire_delay() noexcept; ///< TIDV.FPD
    /// XOFF received: stand still for that many times 512 bit times; 0 goes on.
    void pause(u32 quanta) noexcept;
    [[nodiscard]] bool in_flight() const noexcept;
    [[nodiscard]] bool paused() const noexcept;
    [[nodiscard]] hang stuck() const noexcept { return stuck_; }

private:
    static constexpr u32 cache_descriptors = 64;

    struct descriptor {
        u64 low, high;
    };
    struct finished {
        u32 slot;
        u64 high;
    };
    struct queue {
        u64 base = 0;
        u32 size = 0;
        u32 head = 0; ///< TDH: the next one to be processed
        u32 fetch = 0;
        u32 cache_first = 0, cache_count = 0;
        u32 finished_count = 0;
        u64 fetch_at = never, data_at = never, write_back_at = never;
        bool waits_for_wire = false;
        bool delay_interrupt = true; ///< every finished one had IDE
        // The frame under way.
        u32 gathered = 0;
        bool in_frame = false, large = false;
        u32 options = 0; ///< popts of the first data descriptor
        std::array<descriptor, cache_descriptors> cache;
        std::array<finished, cache_descriptors> done;
        std::vector<u8> assembly;
    };

    [[nodiscard]] bool enabled(u32 q) const noexcept;
    [[nodiscard]] bool may_send() const noexcept;
    [[nodiscard]] u32 posted(u32 q) const noexcept;
    void fetch(u32 q) noexcept;
    void schedule(u32 q) noexcept;
    /// Processes descriptors up to the end of one frame; false: none was there.
    bool packet(u32 q);
    bool data(queue &q, const descriptor &d);
    void retire(u32 n, queue &q, const descriptor &d) noexcept;
    void end_of_frame(queue &q, u32 lower, u32 upper);
    void large_send(queue &q, u32 lower, u32 upper);
    void emit(u8 *bytes, u32 length, u32 lower, u32 upper);
    void put_on_wire(const u8 *bytes, u32 length, bool insert_fcs);
    void write_back(u32 q) noexcept;
    void hung(hang why) noexcept { stuck_ = stuck_ == hang::none ? why : stuck_; }

    chip &c_;
    transmit_context context_; // E3: one, for both queues
    std::array<queue, queues> q_;
    hang stuck_ = hang::none;
    u64 paused_until_ = 0;
    u32 largest_descriptor_ = 0;
    u32 fifo_bytes_ = 0;
    u32 next_queue_ = 0;
    u32 delayed_causes_ = 0;
    u64 delay_at_ = never, absolute_at_ = never;
    std::vector<u8> segment_;
    bool on_[queues] = {};
};

} // namespace miniport::nicmodel
