// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The non-volatile memory and its two windows, EERD and EEWR (hardware.md §3.2, §3.4).
#pragma once

#include <array>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

struct chip;
using mac_address = std::array<u8, 6>;

class nvm {
public:
    static constexpr u32 words = 64;

    nvm(chip &c, const mac_address &mac) noexcept;

    /// What a read of the word gives, faults included.
    [[nodiscard]] u16 word(u32 n) const noexcept;
    void word(u32 n, u16 value) noexcept { image_[n % words] = value; }
    /// Makes the sum of all words 0xBABA.
    void seal() noexcept;
    [[nodiscard]] mac_address mac() const noexcept;

    void start_read(u32 eerd) noexcept;
    void start_write(u32 eewr) noexcept;
    void reset() noexcept { read_done_ = write_done_ = never; }
    void run() noexcept;
    [[nodiscard]] u64 due() const noexcept
    {
        return read_done_ < write_done_ ? read_done_ : write_done_;
    }

private:
    chip &c_;
    std::array<u16, words> image_{};
    u64 read_done_ = never, write_done_ = never;
};

} // namespace miniport::nicmodel
