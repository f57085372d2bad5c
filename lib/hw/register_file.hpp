// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Typed access to the registers behind an Io, and the one wait that drivers need: a field reaching
// a value, with a deadline, on a device that may vanish meanwhile.
#pragma once

#include <cstdint>

#include "hw/register.hpp"
#include "status.hpp"

namespace miniport::hw {

/// Io: load(offset), store(offset, value), sleep_us(us).
template <class Io> class register_file {
public:
    constexpr register_file() = default;
    constexpr explicit register_file(Io io) noexcept : io_{io} {}

    template <readable R> constexpr snapshot<R> read(unsigned n = 0) const noexcept
    {
        return {io_.load(R::offset(n))};
    }
    /// Writes the whole register: fields not named become 0.
    template <class R, std::uint32_t M>
        requires writable<R>
    constexpr void write(bits<R, M> value, unsigned n = 0) noexcept
    {
        io_.store(R::offset(n), value.value);
    }
    /// For registers that are one number (addresses, lengths, tables).
    template <writable R> constexpr void write_raw(std::uint32_t value, unsigned n = 0) noexcept
    {
        io_.store(R::offset(n), value);
    }
    /// Reads, replaces the named fields, writes.
    template <class R, std::uint32_t M>
        requires updatable<R>
    constexpr void update(bits<R, M> value, unsigned n = 0) noexcept
    {
        io_.store(R::offset(n), (io_.load(R::offset(n)) & ~M) | value.value);
    }
    /// Reads a clear-on-read counter; the caller adds it up.
    template <collectable R> constexpr std::uint32_t collect(unsigned n = 0) noexcept
    {
        return io_.load(R::offset(n));
    }

    constexpr void sleep_us(unsigned us) noexcept { io_.sleep_us(us); }

    /// Waits until the field has the value: looks, sleeps step_us, looks again, for deadline_us.
    /// status::ok, status::timed_out, or status::removed when the register reads all ones.
    template <class R, unsigned Msb, unsigned Lsb, class T>
        requires readable<R>
    [[nodiscard]] constexpr status wait_for(field<R, Msb, Lsb, T> what, T value,
                                            unsigned deadline_us, unsigned step_us) noexcept
    {
        for (unsigned waited = 0;; waited += step_us) {
            const snapshot<R> now = read<R>();
            if (now.all_ones())
                return status::removed;
            if (now[what] == value)
                return status::ok;
            if (waited >= deadline_us)
                return status::timed_out;
            sleep_us(step_us);
        }
    }

    [[nodiscard]] constexpr Io &io() noexcept { return io_; }
    [[nodiscard]] constexpr const Io &io() const noexcept { return io_; }

private:
    Io io_{};
};

} // namespace miniport::hw
