// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/segment.hpp"

#include "nicmodel/checksum.hpp"

namespace miniport::nicmodel {

transmit_context decode_context(u64 low, u64 high) noexcept
{
    auto bits = [](u64 w, u32 shift, u32 mask) { return static_cast<u32>(w >> shift) & mask; };
    transmit_context x;
    x.ipcss = bits(low, 0, 0xFF);
    x.ipcso = bits(low, 8, 0xFF);
    x.ipcse = bits(low, 16, 0xFFFF);
    x.tucss = bits(low, 32, 0xFF);
    x.tucso = bits(low, 40, 0xFF);
    x.tucse = bits(low, 48, 0xFFFF);
    x.payload = bits(high, 0, 0xF'FFFF);
    x.tcp = bits(high, 24, 1) != 0;
    x.ipv4 = bits(high, 25, 1) != 0;
    x.header = bits(high, 40, 0xFF);
    x.mss = bits(high, 48, 0xFFFF);
    return x;
}

void insert_checksum(u8 *data, u32 length, u32 start, u32 offset, u32 end) noexcept
{
    const u32 stop = end == 0 || end >= length ? length : end + 1;
    if (start >= stop || offset + 2 > length)
        return;
    // The field itself takes part: software has put the pseudo header's sum, or 0, there.
    const u16 sum = fold(ones_sum(data + start, stop - start));
    put_be16(data + offset, ~u32{sum} & 0xFFFF);
}

void fix_segment(u8 *s, u32 bytes, u32 n, u32 sent, bool last, bool ip_checksum, bool l4_checksum,
                 const transmit_context &x) noexcept
{
    const u32 total = x.header + bytes;
    // Offsets come from the driver: one that lies outside of the header changes nothing.
    if (x.ipv4 && x.ipcss + 20 <= x.header) {
        put_be16(s + x.ipcss + 2, total - x.ipcss);
        put_be16(s + x.ipcss + 4, be16(s + x.ipcss + 4) + n);
        if (ip_checksum)
            insert_checksum(s, total, x.ipcss, x.ipcso, x.ipcse);
    } else if (!x.ipv4 && x.ipcss + 40 <= x.header) {
        put_be16(s + x.ipcss + 4, total - x.ipcss - 40);
    }
    const u32 l4_bytes = total - x.tucss;
    if (x.tcp && x.tucss + 20 <= x.header) {
        u8 *tcp = s + x.tucss;
        put_be32(tcp + 4, be32(tcp + 4) + sent);
        constexpr u32 fin = 0x01, psh = 0x08;
        if (!last)
            tcp[13] &= static_cast<u8>(~(fin | psh));
    } else if (!x.tcp && x.tucss + 8 <= x.header) {
        put_be16(s + x.tucss + 4, l4_bytes);
    }
    if (l4_checksum && x.tucso + 2 <= x.header && x.tucss < x.header) {
        // The driver's pseudo header sum leaves the length out; the segment's own is added.
        put_be16(s + x.tucso, fold(u64{be16(s + x.tucso)} + l4_bytes));
        insert_checksum(s, total, x.tucss, x.tucso, x.tucse);
    }
}

} // namespace miniport::nicmodel
