// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/mac.hpp"

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {

void address_filter::addresses_changed() noexcept
{
    station_count_ = 0;
    for (u32 i = 0; i < 16; ++i) {
        const u32 high = c_.regs[at::RAH + 8 * i];
        if ((high & 1u << 31) != 0) // AV
            stations_[station_count_++] = u64{high & 0xFFFF} << 32 | c_.regs[at::RAL + 8 * i];
    }
}

bool address_filter::station(u64 mac) const noexcept
{
    for (u32 i = 0; i < station_count_; ++i)
        if (stations_[i] == mac)
            return true;
    return false;
}

u32 address_filter::hash(const u8 *mac, u32 offset_code) noexcept
{
    constexpr u32 shifts[] = {4, 3, 2, 0}; // §3.4
    return (u32{mac[5]} << 8 | mac[4]) >> shifts[offset_code & 3] & 0xFFF;
}

match address_filter::address(const u8 *d) const noexcept
{
    u64 mac = 0;
    std::memcpy(&mac, d, 6);
    const u32 rctl = c_.regs[at::RCTL];
    if (mac == 0xFFFF'FFFF'FFFF && (rctl & rctl_bits::BAM) != 0)
        return match::broadcast;
    if (station(mac))
        return match::exact;
    if ((d[0] & 1) != 0) {
        const u32 h = hash(d, rctl >> 12 & 3);
        const bool hit = (c_.regs[at::MTA + 4 * (h >> 5)] >> (h & 31) & 1) != 0;
        return hit || (rctl & rctl_bits::MPE) != 0 ? match::inexact : match::rejected;
    }
    return (rctl & rctl_bits::UPE) != 0 ? match::inexact : match::rejected;
}

bool address_filter::vlan_passes(u32 tag) const noexcept
{
    const u32 rctl = c_.regs[at::RCTL];
    if ((rctl & rctl_bits::VFE) == 0)
        return true;
    const u32 id = tag & 0xFFF;
    if ((c_.regs[at::VFTA + 4 * (id >> 5)] >> (id & 31) & 1) == 0)
        return false;
    // CFIEN: the canonical form bit must equal RCTL.CFI.
    if ((rctl & rctl_bits::CFIEN) != 0)
        return (tag >> 12 & 1) == (rctl >> 20 & 1);
    return true;
}

} // namespace miniport::nicmodel
