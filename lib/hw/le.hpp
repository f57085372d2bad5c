// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Little-endian storage: what descriptors are made of.
#pragma once

#include <bit>
#include <concepts>

namespace miniport::hw {

template <std::unsigned_integral T> class le {
public:
    constexpr le() = default;
    constexpr le(T value) noexcept : raw_{swap(value)} {}
    constexpr operator T() const noexcept { return swap(raw_); }

private:
    static constexpr T swap(T value) noexcept
    {
        if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1)
            return value;
        else if constexpr (sizeof(T) == 2)
            return __builtin_bswap16(value);
        else if constexpr (sizeof(T) == 4)
            return __builtin_bswap32(value);
        else
            return __builtin_bswap64(value);
    }
    T raw_{};
};

} // namespace miniport::hw
