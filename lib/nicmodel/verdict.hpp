// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What the receive path says about a frame besides where it is: checksum verdicts, packet type,
// RSS (hardware.md §3.5, §3.7).
#pragma once

#include "nicmodel/checksum.hpp"
#include "nicmodel/parse.hpp"
#include "nicmodel/registers.hpp"

namespace miniport::nicmodel {

/// Extended status/error dword, hardware.md §3.7.
namespace rx_bit {
inline constexpr u32 DD = 1u << 0, EOP = 1u << 1, IXSM = 1u << 2, VP = 1u << 3, UDPCS = 1u << 4,
                     L4CS = 1u << 5, IPCS = 1u << 6, PIF = 1u << 7, TST = 1u << 8, IPIDV = 1u << 9,
                     UDPV = 1u << 10, ACK = 1u << 15, CE = 1u << 24, L4E = 1u << 29, IPE = 1u << 30,
                     RXE = 1u << 31;
inline constexpr u32 type_shift = 16;
} // namespace rx_bit

enum class packet_type : u32 { mac = 0, ipv4 = 1, ipv4_l4 = 2, ipv6 = 5, ipv6_l4 = 6 };

/// The registers that decide, decoded when they are written.
struct verdict_options {
    parser_options parser;
    bool extended = false;     ///< RFCTL.EXSTEN
    bool ip_checksum = false;  ///< RXCSUM.IPOFL
    bool l4_checksum = false;  ///< RXCSUM.TUOFL
    bool ipv6_checksum = true; ///< !RFCTL.IPV6_XSUM_DIS
    bool rss = false;          ///< MRQC, with extended descriptors and RXCSUM.PCSD
    bool packet_sum = false;   ///< !RXCSUM.PCSD
    bool ack_detection = true; ///< !RFCTL.ACK_DIS
    u32 sum_start = 0;         ///< RXCSUM.PCSS
    u32 rss_fields = 0;        ///< MRQC 21:16
    bool decides = false;      ///< anything that needs the parser beyond the packet type
};

struct verdict {
    u32 status = 0; ///< rx_bit, without DD and EOP
    u32 mrq = 0;    ///< RSS type 3:0, queue 12:8
    u32 word_1 = 0; ///< RSS hash, or IP identification and packet checksum
    u32 queue = 0;
};

[[nodiscard]] verdict_options decode_options(const register_store &regs) noexcept;
[[nodiscard]] verdict judge(const frame &f, const headers &h, const verdict_options &options,
                            const toeplitz &key, const register_store &regs) noexcept;

} // namespace miniport::nicmodel
