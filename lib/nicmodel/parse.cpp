// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/parse.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 protocol_tcp = 6, protocol_udp = 17;

/// Fills in what lies at l4_offset.
void parse_l4(const frame &f, headers &h, u32 protocol)
{
    const u8 *p = f.data + h.l4_offset;
    if (protocol == protocol_tcp && h.l4_bytes >= 20) {
        const u32 bytes = (p[12] >> 4) * 4u;
        if (bytes < 20 || bytes > h.l4_bytes)
            return;
        h.l4 = transport::tcp;
        h.header_bytes = h.l4_offset + bytes;
    } else if (protocol == protocol_udp && h.l4_bytes >= 8) {
        h.l4 = transport::udp;
        h.header_bytes = h.l4_offset + 8;
    }
}

transport transport_of(u32 protocol)
{
    return protocol == protocol_tcp   ? transport::tcp
           : protocol == protocol_udp ? transport::udp
                                      : transport::none;
}

void parse_ipv4(const frame &f, headers &h)
{
    const u32 at = h.l3_offset;
    if (f.length < at + 20)
        return;
    const u8 *p = f.data + at;
    const u32 bytes = (p[0] & 0xF) * 4u;
    const u32 total = be16(p + 2);
    if (p[0] >> 4 != 4 || bytes < 20 || f.length < at + bytes || total < bytes)
        return;
    h.l3 = network::ipv4;
    h.l3_bytes = bytes;
    h.header_bytes = h.l4_offset = at + bytes;
    h.identification = be16(p + 4);
    const u32 fragment = be16(p + 6);
    h.fragment = (fragment & 0x3FFF) != 0; // MF or an offset
    if (h.fragment) {
        if ((fragment & 0x1FFF) == 0)
            h.fragment_of = transport_of(p[9]);
        return;
    }
    if (f.length < at + total) // cut short: no statement about what is inside
        return;
    h.l4_bytes = total - bytes;
    parse_l4(f, h, p[9]);
}

void parse_ipv6(const frame &f, headers &h, const parser_options &options)
{
    const u32 at = h.l3_offset;
    if (!options.ipv6 || f.length < at + 40 || f.data[at] >> 4 != 6)
        return;
    const u32 end = at + 40 + be16(f.data + at + 4);
    h.l3 = network::ipv6;
    u32 next = f.data[at + 6];
    u32 here = at + 40;
    for (;;) {
        const bool hop_routing_destination = next == 0 || next == 43 || next == 60;
        if (!hop_routing_destination && next != 44)
            break;
        h.extension = true;
        if (!options.ipv6_extensions || f.length < here + 8)
            break;
        if (next == 44) {
            h.fragment = true;
            h.identification = be16(f.data + here + 6);
            here += 8;
            break;
        }
        next = f.data[here];
        here += 8 + f.data[here + 1] * 8u;
        if (here > f.length || here > end)
            return;
    }
    h.l3_bytes = here - at;
    h.header_bytes = h.l4_offset = here;
    const bool unread = h.extension && !options.ipv6_extensions;
    if (h.fragment || unread || end > f.length || end < here)
        return;
    h.l4_bytes = end - here;
    parse_l4(f, h, next);
}

} // namespace

headers parse(const frame &f, const parser_options &options) noexcept
{
    headers h;
    h.header_bytes = 14;
    if (f.length < 14)
        return h;
    u32 at = 12;
    u32 type = be16(f.data + at);
    if (type == options.vlan_ethertype && f.length >= 18) {
        h.tagged = true;
        h.tag = be16(f.data + 14);
        at = 16;
        type = be16(f.data + at);
    }
    at += 2;
    // 802.3 length and SNAP header: the ethertype follows (82574 §7.1.2 parses it).
    if (type <= 1500 && f.length >= at + 8 && be32(f.data + at) == 0xAAAA'0300) {
        type = be16(f.data + at + 6);
        at += 8;
    }
    h.l3_offset = h.l4_offset = h.header_bytes = at;
    if (type == 0x0800)
        parse_ipv4(f, h);
    else if (type == 0x86DD)
        parse_ipv6(f, h, options);
    return h;
}

} // namespace miniport::nicmodel
