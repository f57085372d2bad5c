// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Typed registers: a register is a type, a field belongs to it, a value keeps its mask in the type.
// Setting one field twice, mixing fields of two registers, writing a read-only register or reading
// a write-only one does not compile. Costs what hand-written masks cost (test/unit/register_test).
#pragma once

#include <concepts>
#include <cstdint>

namespace miniport::hw {

enum class access : std::uint8_t {
    ro,
    wo,
    rw,
    rc,  ///< clear on read: only collect() may read it, so that nothing is lost
    w1c, ///< write 1 to clear
};

/// Values for some fields of register R; the fields' mask is in the type.
template <class R, std::uint32_t Mask> struct bits {
    std::uint32_t value;
};

template <class R, std::uint32_t A, std::uint32_t B>
    requires((A & B) == 0) // one field, one value
constexpr bits<R, A | B> operator|(bits<R, A> a, bits<R, B> b) noexcept
{
    return {a.value | b.value};
}

/// Bits Msb…Lsb of register R, as the data sheet prints them.
template <class R, unsigned Msb, unsigned Lsb, class T = std::uint32_t> struct field {
    static_assert(Msb >= Lsb && Msb < 32);
    static_assert(!std::same_as<T, bool> || Msb == Lsb, "a bool field is one bit wide");
    static constexpr std::uint32_t mask = (0xFFFF'FFFFu >> (31 - Msb)) & (0xFFFF'FFFFu << Lsb);

    constexpr bits<R, mask> operator()(T value) const noexcept
    {
        return {(static_cast<std::uint32_t>(value) << Lsb) & mask};
    }
    [[nodiscard]] static constexpr T of(std::uint32_t raw) noexcept
    {
        return static_cast<T>((raw & mask) >> Lsb);
    }
};
template <class R, unsigned Bit> using flag = field<R, Bit, Bit, bool>;

/// Register at Offset; Count of them, Stride bytes apart.
template <class Self, std::uint32_t Offset, access A = access::rw, unsigned Count = 1,
          unsigned Stride = 0>
struct register_at {
    static constexpr access mode = A;
    static constexpr unsigned count = Count;
    static constexpr std::uint32_t offset(unsigned n = 0) noexcept { return Offset + n * Stride; }
};

/// A value read from register R: only R's fields may look into it.
template <class R> struct snapshot {
    std::uint32_t raw;

    template <unsigned Msb, unsigned Lsb, class T>
    constexpr T operator[](field<R, Msb, Lsb, T>) const noexcept
    {
        return field<R, Msb, Lsb, T>::of(raw);
    }
    /// A device that is gone reads all ones.
    [[nodiscard]] constexpr bool all_ones() const noexcept { return raw == 0xFFFF'FFFFu; }
};

template <class R>
concept readable = R::mode == access::ro || R::mode == access::rw || R::mode == access::w1c;
template <class R>
concept writable = R::mode == access::rw || R::mode == access::wo || R::mode == access::w1c;
template <class R>
concept updatable = R::mode == access::rw;
template <class R>
concept collectable = R::mode == access::rc;

} // namespace miniport::hw
