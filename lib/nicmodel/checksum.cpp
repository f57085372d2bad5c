// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/checksum.hpp"

#include <bit>

namespace miniport::nicmodel {
namespace {

/// tables[k][b]: byte b followed by k zero bytes, so that four bytes go at once.
constexpr auto crc_tables = [] {
    std::array<std::array<u32, 256>, 4> t{};
    for (u32 b = 0; b < 256; ++b) {
        u32 c = b;
        for (int i = 0; i < 8; ++i)
            c = (c >> 1) ^ ((c & 1) != 0 ? 0xEDB8'8320u : 0u);
        t[0][b] = c;
    }
    for (u32 b = 0; b < 256; ++b)
        for (std::size_t k = 1; k < 4; ++k)
            t[k][b] = (t[k - 1][b] >> 8) ^ t[0][t[k - 1][b] & 0xFF];
    return t;
}();

} // namespace

u32 crc32(const u8 *data, std::size_t length) noexcept
{
    u32 c = 0xFFFF'FFFF;
    for (; length >= 4; data += 4, length -= 4) {
        c ^= u32{data[0]} | u32{data[1]} << 8 | u32{data[2]} << 16 | u32{data[3]} << 24;
        c = crc_tables[3][c & 0xFF] ^ crc_tables[2][c >> 8 & 0xFF] ^ crc_tables[1][c >> 16 & 0xFF] ^
            crc_tables[0][c >> 24];
    }
    for (; length > 0; ++data, --length)
        c = (c >> 8) ^ crc_tables[0][(c ^ *data) & 0xFF];
    return ~c;
}

u64 ones_sum(const u8 *data, std::size_t length, u64 sum) noexcept
{
    // A one's complement sum does not care for byte order until it is read: sum words as they lie,
    // swap once at the end (RFC 1071 §2).
    u64 words = 0;
    for (; length >= 4; data += 4, length -= 4) {
        u32 w;
        std::memcpy(&w, data, 4);
        words += w;
    }
    if (length >= 2) {
        u16 w;
        std::memcpy(&w, data, 2);
        words += w;
        data += 2;
        length -= 2;
    }
    if (length == 1) {
        const u8 last[2] = {*data, 0};
        u16 w;
        std::memcpy(&w, last, 2);
        words += w;
    }
    const u16 folded = fold(words);
    return sum + (std::endian::native == std::endian::little ? __builtin_bswap16(folded) : folded);
}

u16 fold(u64 sum) noexcept
{
    while (sum >> 16 != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<u16>(sum);
}

void toeplitz::key(const std::array<u8, key_bytes> &k) noexcept
{
    for (std::size_t byte = 0; byte < input_bytes; ++byte) {
        // The 40 key bits that slide past this input byte.
        u64 window = 0;
        for (std::size_t i = 0; i < 5; ++i)
            window = window << 8 | (byte + i < key_bytes ? k[byte + i] : 0u);
        auto &table = tables_[byte];
        table[0] = 0;
        for (u32 bit = 0; bit < 8; ++bit) { // bit 0: the most significant of the input byte
            const u32 part = static_cast<u32>(window >> (8 - bit));
            const u32 value = 0x80u >> bit;
            for (u32 v = 0; v < 256; ++v)
                if ((v & value) != 0 && (v & (value - 1)) == 0) {
                    table[v] = table[v ^ value] ^ part;
                }
        }
        // Above, a value is filled when its lowest set bit is reached, which needs the higher bits
        // first: bits are walked from the most significant down, so they are there.
    }
}

u32 toeplitz::hash(const u8 *input, std::size_t length) const noexcept
{
    u32 h = 0;
    for (std::size_t i = 0; i < length && i < input_bytes; ++i)
        h ^= tables_[i][input[i]];
    return h;
}

} // namespace miniport::nicmodel
