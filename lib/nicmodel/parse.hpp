// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Where the headers of a received frame are, as the chip's parser sees them.
#pragma once

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

enum class network : u8 { none, ipv4, ipv6 };
enum class transport : u8 { none, tcp, udp };

struct headers {
    bool tagged = false; ///< 802.1Q with the ethertype in VET
    u32 tag = 0;         ///< tag control information
    network l3 = network::none;
    transport l4 = transport::none; ///< none for fragments and what lies behind unknown headers
    bool fragment = false;
    bool extension = false;                  ///< IPv6 extension headers lie between
    transport fragment_of = transport::none; ///< first fragments: what they begin
    u32 l3_offset = 0;
    u32 l3_bytes = 0;
    u32 l4_offset = 0;
    u32 l4_bytes = 0;     ///< by the IP header, not by the frame: padding does not count
    u32 header_bytes = 0; ///< up to the payload of the innermost known header
    u32 identification = 0;
};

struct parser_options {
    u32 vlan_ethertype = 0x8100;
    bool ipv6 = true;            ///< !RFCTL.IPV6_DIS
    bool ipv6_extensions = true; ///< !RFCTL.IPV6_EX_DIS
};

[[nodiscard]] headers parse(const frame &f, const parser_options &options) noexcept;

} // namespace miniport::nicmodel
