// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The sums of Ethernet and the Internet: frame check sequence, one's complement sum, Toeplitz hash.
#pragma once

#include <array>
#include <cstddef>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

/// IEEE 802.3 CRC-32 as it follows the data, least significant byte first.
[[nodiscard]] u32 crc32(const u8 *data, std::size_t length) noexcept;

/// RFC 1071: the one's complement sum of big-endian 16-bit words, not folded to less than 32 bits
/// before fold() is called. `sum` continues one begun at an even position.
[[nodiscard]] u64 ones_sum(const u8 *data, std::size_t length, u64 sum = 0) noexcept;
[[nodiscard]] u16 fold(u64 sum) noexcept;

/// The RSS hash with a 40-byte key (Microsoft, "RSS hashing types"), one table look-up per byte.
class toeplitz {
public:
    static constexpr std::size_t key_bytes = 40, input_bytes = 36;

    /// Key bytes in the order of hardware.md §3.5: byte 0 first.
    void key(const std::array<u8, key_bytes> &k) noexcept;
    [[nodiscard]] u32 hash(const u8 *input, std::size_t length) const noexcept;

private:
    std::array<std::array<u32, 256>, input_bytes> tables_{};
};

} // namespace miniport::nicmodel
