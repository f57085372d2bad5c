// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/timesync.hpp"

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 clock_ns = 40; // 25 MHz
constexpr u32 valid = 1u << 0, enabled = 1u << 4;
constexpr u32 ptp_ethertype = 0x88F7, ptp_event_port = 319;

// TSYNCRXCTL.TYPE
enum : u32 { l2_v2 = 0, l4_v1 = 1, l2_l4_v2 = 2, every_frame = 4, event_v2 = 5 };

} // namespace

u64 timesync::time() const noexcept
{
    const u32 timinca = c_.regs[at::TIMINCA];
    const u64 period = u64{timinca >> 24} * clock_ns;
    if (period == 0)
        return base_;
    return base_ + (c_.now - base_at_) / period * (timinca & 0xFF'FFFF);
}

u32 timesync::read_low() noexcept
{
    const u64 t = time();
    latched_high_ = static_cast<u32>(t >> 32);
    return static_cast<u32>(t);
}

void timesync::write(u32 low, u32 high) noexcept
{
    base_ = u64{high} << 32 | low;
    base_at_ = c_.now;
}

void timesync::rate(u32 timinca) noexcept
{
    base_ = time(); // by the old increment up to now
    base_at_ = c_.now;
    c_.regs[at::TIMINCA] = timinca;
}

void timesync::adjust() noexcept
{
    const u64 amount = u64{c_.regs[at::TIMADJH] & 0x7FFF'FFFF} << 32 | c_.regs[at::TIMADJL];
    const bool negative = (c_.regs[at::TIMADJH] >> 31) != 0;
    const u64 now = time();
    base_ = negative ? now - amount : now + amount;
    base_at_ = c_.now;
}

bool timesync::received(const frame &f, const headers &h) noexcept
{
    u32 &control = c_.regs[at::TSYNCRXCTL];
    if ((control & enabled) == 0 || (control & valid) != 0) // one stamp at a time
        return false;
    const u32 ethertype =
        h.l3_offset >= 2 && f.length >= h.l3_offset ? be16(f.data + h.l3_offset - 2) : 0;
    const bool l2 = ethertype == ptp_ethertype;
    const bool l4 = h.l4 == transport::udp && be16(f.data + h.l4_offset + 2) == ptp_event_port;
    const u32 at_payload = l2 ? h.l3_offset : h.header_bytes;
    const bool readable = f.length >= at_payload + 34;
    const u32 message = readable ? f.data[at_payload] & 0xFu : 0xF;
    bool wanted = false;
    switch (control >> 1 & 7) {
    case l2_v2:
        wanted = l2;
        break;
    case l4_v1:
        wanted = l4;
        break;
    case l2_l4_v2:
        wanted = l2 || l4;
        break;
    case every_frame:
        wanted = true;
        break;
    case event_v2:
        wanted = (l2 || l4) && message < 8;
        break;
    default:
        break;
    }
    if (!wanted)
        return false;
    const u64 t = time();
    c_.regs[at::RXSTMPL] = static_cast<u32>(t);
    c_.regs[at::RXSTMPH] = static_cast<u32>(t >> 32);
    if (readable) {
        const u8 *p = f.data + at_payload;
        // Source port identity and sequence number of the PTP header.
        c_.regs[at::RXSATRL] = be32(p + 22);
        c_.regs[at::RXSATRH] = be16(p + 26) | be16(p + 30) << 16;
    }
    control |= valid;
    return true;
}

void timesync::sent() noexcept
{
    u32 &control = c_.regs[at::TSYNCTXCTL];
    if ((control & enabled) == 0 || (control & valid) != 0)
        return;
    const u64 t = time();
    c_.regs[at::TXSTMPL] = static_cast<u32>(t);
    c_.regs[at::TXSTMPH] = static_cast<u32>(t >> 32);
    control |= valid;
}

void timesync::read_rx_stamp() noexcept
{
    c_.regs[at::TSYNCRXCTL] &= ~valid;
}

void timesync::read_tx_stamp() noexcept
{
    c_.regs[at::TSYNCTXCTL] &= ~valid;
}

} // namespace miniport::nicmodel
