// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The IEEE 1588 clock and its one-deep stamps (hardware.md §3.12).
#pragma once

#include "nicmodel/parse.hpp"

namespace miniport::nicmodel {

struct chip;

class timesync {
public:
    explicit timesync(chip &c) noexcept : c_{c} {}

    void reset() noexcept { base_ = base_at_ = latched_high_ = 0; }
    [[nodiscard]] u32 read_low() noexcept; ///< latches the high half
    [[nodiscard]] u32 read_high() const noexcept { return latched_high_; }
    void write(u32 low, u32 high) noexcept;
    void rate(u32 timinca) noexcept; ///< TIMINCA is written
    void adjust() noexcept;          ///< TIMADJ was written

    /// Stamps the frame where TSYNCRXCTL wants it; true: descriptor status TST.
    bool received(const frame &f, const headers &h) noexcept;
    void sent() noexcept;
    void read_rx_stamp() noexcept;
    void read_tx_stamp() noexcept;

private:
    [[nodiscard]] u64 time() const noexcept;

    chip &c_;
    u64 base_ = 0;    ///< clock value at base_at_
    u64 base_at_ = 0; ///< model time
    u32 latched_high_ = 0;
};

} // namespace miniport::nicmodel
