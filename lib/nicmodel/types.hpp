// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Words shared by all parts of the model: integers, network byte order, a frame on a wire, seeded
// randomness.
#pragma once

#include <cstdint>
#include <cstring>

namespace miniport::nicmodel {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

/// A moment of model time (nanoseconds) that does not come.
inline constexpr u64 never = ~u64{0};

inline constexpr u32 fcs_bytes = 4;
inline constexpr u32 max_frame = 9234; ///< with FCS, hardware.md §3.8 (0x2412)

/// A frame on a wire, without its FCS. A frame check sequence that does not belong to the data is
/// carried as its difference from the right one: 0 means intact.
struct frame {
    const u8 *data;
    u32 length;
    u32 fcs_difference = 0;
};

inline u32 be16(const u8 *p) noexcept
{
    return u32{p[0]} << 8 | u32{p[1]};
}
inline u32 be32(const u8 *p) noexcept
{
    return be16(p) << 16 | be16(p + 2);
}
inline void put_be16(u8 *p, u32 v) noexcept
{
    p[0] = static_cast<u8>(v >> 8);
    p[1] = static_cast<u8>(v);
}
inline void put_be32(u8 *p, u32 v) noexcept
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v);
}

/// SplitMix64: the same seed gives the same device.
class randomness {
public:
    explicit randomness(u64 seed) noexcept : state_{seed} {}
    u64 next() noexcept
    {
        u64 z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    u64 below(u64 bound) noexcept { return bound == 0 ? 0 : next() % bound; }
    bool chance_ppm(u32 ppm) noexcept { return ppm != 0 && below(1'000'000) < ppm; }

private:
    u64 state_;
};

} // namespace miniport::nicmodel
