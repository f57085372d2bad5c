// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Positions on a descriptor ring. A ring has any multiple of 8 descriptors, so positions wrap by
// comparison; the arithmetic is written here once. A position is not an integer: it cannot be
// compared by size, subtracted, or used with another ring's length by accident.
#pragma once

#include <cstdint>

namespace miniport::hw {

class ring_position {
public:
    constexpr ring_position() = default;
    constexpr explicit ring_position(std::uint16_t slot) noexcept : slot_{slot} {}
    [[nodiscard]] constexpr std::uint16_t slot() const noexcept { return slot_; }
    friend constexpr bool operator==(ring_position, ring_position) = default;

private:
    std::uint16_t slot_ = 0;
};

class ring_size {
public:
    constexpr ring_size() = default;
    constexpr explicit ring_size(std::uint16_t descriptors) noexcept : n_{descriptors} {}

    [[nodiscard]] constexpr ring_position next(ring_position p) const noexcept
    {
        const auto after = static_cast<std::uint16_t>(p.slot() + 1);
        return ring_position{after == n_ ? std::uint16_t{0} : after};
    }
    /// n ≤ the ring's size.
    [[nodiscard]] constexpr ring_position advance(ring_position p, std::uint16_t n) const noexcept
    {
        const unsigned after = p.slot() + unsigned{n};
        return ring_position{static_cast<std::uint16_t>(after >= n_ ? after - n_ : after)};
    }
    /// Steps from `from` forward to `to`: 0 … size − 1.
    [[nodiscard]] constexpr std::uint16_t distance(ring_position from,
                                                   ring_position to) const noexcept
    {
        const unsigned d = to.slot() + (to.slot() < from.slot() ? unsigned{n_} : 0u) - from.slot();
        return static_cast<std::uint16_t>(d);
    }
    /// Slots from p to the end of the ring's memory, p included.
    [[nodiscard]] constexpr std::uint16_t until_wrap(ring_position p) const noexcept
    {
        return static_cast<std::uint16_t>(n_ - p.slot());
    }
    [[nodiscard]] constexpr std::uint16_t count() const noexcept { return n_; }

private:
    std::uint16_t n_ = 0;
};

} // namespace miniport::hw
