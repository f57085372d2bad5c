// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One direction of a cable: from one model's transmit MAC to whatever is at the other end, with a
// rate, a delay, and damage by seed. A wire without either passes frames on in place, uncopied.
#pragma once

#include <vector>

#include "nicmodel/far_end.hpp"
#include "nicmodel/frame_queue.hpp"

namespace miniport::nicmodel {

struct chip;

struct impairments {
    bool line_rate = false;  ///< shaped to the negotiated speed
    u64 bits_per_second = 0; ///< shaped to this instead; 0: not
    u64 delay_ns = 0;
    u32 loss_ppm = 0;
    u32 reorder_ppm = 0; ///< a frame lets its successor pass
    u32 duplicate_ppm = 0;
    u32 corrupt_ppm = 0; ///< one bit flips: the FCS no longer fits
    u64 seed = 1;
};

class wire {
public:
    struct counters {
        u64 sent, delivered, lost, reordered, duplicated, corrupted, overflowed, no_link;
    };

    explicit wire(chip &from) noexcept : from_{from}, random_{1} {}

    void lead_to(chip *peer, far_end *other) noexcept;
    void impair(const impairments &i) noexcept;
    [[nodiscard]] bool leads_somewhere() const noexcept
    {
        return peer_ != nullptr || other_ != nullptr;
    }

    void send(const frame &f);
    /// When the transmit FIFO of `fifo_bytes` has room for one more frame: now or later.
    [[nodiscard]] u64 room_at(u32 fifo_bytes) const noexcept;
    /// Delivers what has arrived; brings what the far end has for us.
    void run();
    [[nodiscard]] u64 due() const noexcept;
    void clear() noexcept;
    [[nodiscard]] const counters &counted() const noexcept { return counted_; }

private:
    [[nodiscard]] u64 rate() const noexcept;
    void enqueue(const frame &f, u64 arrival);
    void deliver(const frame &f);
    void release_held(u64 arrival);

    chip &from_;
    chip *peer_ = nullptr;
    far_end *other_ = nullptr;
    impairments i_;
    bool plain_ = true;
    randomness random_;
    u64 busy_until_ = 0;
    counters counted_{};
    frame_queue<u64> travelling_{512 * 1024, 4096};
    std::vector<u8> held_, damaged_;
    u64 held_until_ = never;
    u64 more_at_ = never; ///< the far end was stopped, not empty
};

} // namespace miniport::nicmodel
