// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The chip's counters (hardware.md §3.10): cleared by reading, never wrapping.
#pragma once

#include "nicmodel/registers.hpp"

namespace miniport::nicmodel {

class statistics {
public:
    explicit statistics(register_store &regs) noexcept : regs_{regs} {}

    /// Sticks at all ones.
    void add(u32 offset) noexcept
    {
        u32 &r = regs_[offset];
        r += r != 0xFFFF'FFFF;
    }
    /// An octet counter: 64 bits, the low half at `low`, the high half behind it.
    void add_octets(u32 low, u32 octets) noexcept
    {
        const u64 before = u64{regs_[low + 4]} << 32 | regs_[low];
        const u64 after = before + octets < before ? ~u64{0} : before + octets;
        regs_[low] = static_cast<u32>(after);
        regs_[low + 4] = static_cast<u32>(after >> 32);
    }
    /// The size bin of a frame of n bytes with FCS; `first` is PRC64 or PTC64.
    void add_size(u32 first, u32 n) noexcept
    {
        const u32 bin = n <= 64     ? 0
                        : n <= 127  ? 1
                        : n <= 255  ? 2
                        : n <= 511  ? 3
                        : n <= 1023 ? 4
                                    : 5;
        add(first + 4 * bin);
    }

private:
    register_store &regs_;
};

} // namespace miniport::nicmodel
