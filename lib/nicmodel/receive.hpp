// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The receive path: MAC checks, packet buffer, descriptor cache, data to memory, write-back in
// batches (hardware.md §3.5–§3.7).
#pragma once

#include <array>

#include "nicmodel/frame_queue.hpp"
#include "nicmodel/mac.hpp"
#include "nicmodel/verdict.hpp"

namespace miniport::nicmodel {

struct chip;

class receiver {
public:
    static constexpr u32 queues = 2;

    explicit receiver(chip &c) noexcept : c_{c}, filter_{c} {}

    /// A frame came to its end on the wire.
    void arrive(const frame &f);
    /// Doorbells, descriptor fetches, waiting frames, write-backs.
    void run();
    [[nodiscard]] u64 due() const noexcept;

    void reset() noexcept;
    void options_changed() noexcept; ///< RCTL, RFCTL, RXCSUM, MRQC, PSRCTL, VET, CTRL, RXDCTL
    void addresses_changed() noexcept { filter_.addresses_changed(); }
    void key_changed() noexcept;
    void ring_changed(u32 q) noexcept; ///< RDBAL, RDBAH, RDLEN
    void head_written(u32 q, u32 value) noexcept;
    [[nodiscard]] u32 head(u32 q) const noexcept { return q_[q].head; }
    void expire_delay() noexcept; ///< RDTR.FPD
    /// DMA that cannot be called back any more.
    [[nodiscard]] bool in_flight() const noexcept
    {
        return q_[0].finished_count != 0 || q_[1].finished_count != 0 || q_[0].fetch_at != never ||
               q_[1].fetch_at != never;
    }
    [[nodiscard]] u32 buffered_frames() const noexcept { return fifo_.frames(); }
    /// The packet buffer is not congested: a file or an interface may give more.
    [[nodiscard]] bool has_room() const noexcept { return fifo_.bytes() < 8 * 1024; }

private:
    static constexpr u32 cache_descriptors = 64, batch_descriptors = 64;

    struct descriptor {
        u64 address[4];
    };
    struct finished {
        u64 word[4];
        u32 slot;
    };
    struct queue {
        u64 base = 0;
        u32 size = 0; ///< descriptors
        u32 head = 0; ///< RDH: the next one to be written back
        u32 use = 0;  ///< the next one to be filled
        u32 fetch = 0;
        u32 cache_first = 0, cache_count = 0;
        u32 finished_count = 0;
        u64 fetch_at = never, write_back_at = never;
        bool broken = false, below_threshold = false;
        std::array<descriptor, cache_descriptors> cache;
        std::array<finished, batch_descriptors> done;
    };
    /// What is known of a frame in the packet buffer.
    struct note {
        headers h;
        verdict v;
        u64 ready = 0;
        u32 moved = 0; ///< bytes that are in memory already
    };
    struct config {
        bool enabled = false, store_bad = false, long_packets = false, strip_crc = false,
             strip_vlan = false, split = false, extended = false;
        u32 buffer = 2048;
        u32 split_buffer[4] = {};
        u32 descriptor_bytes = 16;
        u32 threshold_shift = 1;
        u32 write_back_batch = 1;
    };

    [[nodiscard]] bool accept(const frame &f, const headers &h, u32 &status);
    [[nodiscard]] bool control_frame(const frame &f);
    [[nodiscard]] bool store(const frame &f, const note &n);
    void count_good(const frame &f);
    [[nodiscard]] u32 posted(u32 q) const noexcept;
    [[nodiscard]] u32 tail(u32 q) const noexcept;
    void fetch(u32 q) noexcept;
    [[nodiscard]] bool needs_fetch(u32 q) const noexcept;
    [[nodiscard]] u32 bytes_in_memory(const frame &f, const headers &h) const noexcept;
    [[nodiscard]] bool deliver(const frame &f, note &n);
    void finish(queue &q, const finished &d) noexcept;
    void write_back(u32 n) noexcept;
    void tell_lies(finished &d) noexcept;
    void flow_control() noexcept;
    void received_interrupt(u32 causes) noexcept;

    chip &c_;
    address_filter filter_;
    verdict_options options_;
    config k_;
    toeplitz key_;
    bool key_stale_ = true;
    std::array<queue, queues> q_;
    frame_queue<note> fifo_{64 * 1024, 1024};
    u32 delayed_causes_ = 0;
    u64 delay_at_ = never, absolute_at_ = never;
    bool sent_xoff_ = false;
};

} // namespace miniport::nicmodel
