// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/phy.hpp"

#include <algorithm>

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

// 802.3 clause 22 and 28, register and bit numbers.
enum : u32 {
    bmcr = 0,
    bmsr = 1,
    id_1 = 2,
    id_2 = 3,
    anar = 4,
    lpa = 5,
    aner = 6,
    control_1000t = 9,
    status_1000t = 10,
    extended_status = 15,
    specific_status = 17
};
constexpr u32 bmcr_reset = 1u << 15, bmcr_speed_0 = 1u << 13, bmcr_negotiate = 1u << 12,
              bmcr_power_down = 1u << 11, bmcr_isolate = 1u << 10, bmcr_restart = 1u << 9,
              bmcr_full = 1u << 8, bmcr_speed_1 = 1u << 6;
constexpr u32 bmsr_done = 1u << 5, bmsr_link = 1u << 2;
constexpr u32 ability_100_full = 1u << 8, ability_100_half = 1u << 7, ability_10_full = 1u << 6,
              ability_10_half = 1u << 5;
constexpr u32 gigabit_full = 1u << 9;          // register 9: advertised
constexpr u32 partner_gigabit_full = 1u << 11; // register 10: what the partner advertises
constexpr u32 everything = 0x01E0 | 0x0C00;    // 10 and 100, both duplexes, both kinds of pause

// MDIC, hardware.md §3.2.
constexpr u32 mdic_write = 1u << 26, mdic_read = 2u << 26, mdic_ready = 1u << 28,
              mdic_interrupt = 1u << 29, mdic_error = 1u << 30;
constexpr u32 cause_mdac = 1u << 9;

link_result forced(u32 control) noexcept
{
    const u32 mbps = (control & bmcr_speed_1) != 0   ? 1000u
                     : (control & bmcr_speed_0) != 0 ? 100u
                                                     : 10u;
    return {true, mbps, (control & bmcr_full) != 0};
}

/// Clause 28 annex 28B.3: the best that both offer.
link_result best(u32 both, bool gigabit) noexcept
{
    if (gigabit)
        return {true, 1000, true};
    if ((both & ability_100_full) != 0)
        return {true, 100, true};
    if ((both & ability_100_half) != 0)
        return {true, 100, false};
    if ((both & ability_10_full) != 0)
        return {true, 10, true};
    if ((both & ability_10_half) != 0)
        return {true, 10, false};
    return {};
}

} // namespace

void phy::power_on() noexcept
{
    r_ = {};
    r_[bmcr] = 0x1140; // negotiates; gigabit full duplex where it does not
    r_[bmsr] = 0x7949;
    r_[id_1] = 0x0141; // the PHY in the 82574
    r_[id_2] = 0x0CB1;
    r_[anar] = static_cast<u16>(everything | 1);
    r_[control_1000t] = 0x0300;
    r_[extended_status] = 0x3000;
    mdic_done_ = never;
    begin();
}

bool phy::ready() const noexcept
{
    return plugged_ && !cable_fault_ && (r_[bmcr] & (bmcr_power_down | bmcr_isolate)) == 0;
}

void phy::cable(bool plugged, phy *partner) noexcept
{
    plugged_ = plugged;
    partner_ = partner;
    begin();
}

void phy::begin() noexcept
{
    lose_link();
    const bool partner_ready = partner_ == nullptr || partner_ == this || partner_->ready();
    if (partner_ != nullptr)
        partner_->lose_link();
    if (!ready() || !partner_ready)
        return;
    const u64 when = c_.now + c_.opt.timing.negotiation_ns;
    negotiated_ = when;
    c_.arm(when);
    if (partner_ != nullptr) {
        partner_->negotiated_ = when;
        partner_->c_.arm(when);
    }
}

void phy::lose_link() noexcept
{
    negotiated_ = never;
    r_[bmsr] &= static_cast<u16>(~(bmsr_done | bmsr_link)); // link: latched low until read
    set_link({});
}

void phy::resolve() noexcept
{
    const bool alone = partner_ == nullptr;
    const u32 their_control = alone ? bmcr_negotiate : partner_->r_[bmcr];
    const u32 their_offer = alone ? everything : partner_->r_[anar];
    const bool their_gigabit = alone || (partner_->r_[control_1000t] & gigabit_full) != 0;
    const bool they_negotiate = (their_control & bmcr_negotiate) != 0;

    link_result result;
    if (negotiates() && they_negotiate) {
        result =
            best(r_[anar] & their_offer, (r_[control_1000t] & gigabit_full) != 0 && their_gigabit);
        r_[lpa] = static_cast<u16>((their_offer & 0x0FE0) | 0x4001);
        r_[status_1000t] = static_cast<u16>(0x3000 | (their_gigabit ? partner_gigabit_full : 0u));
    } else if (negotiates()) {
        // Clause 28.2.3.1: parallel detection finds the speed, never the duplex, and no gigabit.
        result = forced(their_control);
        result.full_duplex = false;
        result.up = result.mbps != 1000;
    } else {
        result = forced(r_[bmcr]);
        const link_result theirs = forced(their_control);
        result.up = they_negotiate ? result.mbps != 1000 : theirs.mbps == result.mbps;
    }
    if (negotiates() && result.up) {
        r_[bmsr] |= bmsr_done;
        r_[aner] = they_negotiate ? 1 : 0;
    }
    set_link(result);
}

void phy::set_link(const link_result &result) noexcept
{
    const u32 speed = result.mbps == 1000 ? 2u : result.mbps == 100 ? 1u : 0u;
    r_[specific_status] =
        result.up ? static_cast<u16>(speed << 14 | (result.full_duplex ? 1u << 13 : 0u) | 1u << 11 |
                                     1u << 10)
                  : u16{0};
    const bool changed = link_ != result;
    link_ = result;
    if (changed)
        c_.link_changed();
}

u16 phy::read(u32 n) noexcept
{
    const u16 v = r_[n];
    if (n == bmsr && link_.up)
        r_[bmsr] |= bmsr_link; // 802.3 §22.2.4.2.13: a loss is latched until it was read
    return v;
}

void phy::write(u32 n, u16 v) noexcept
{
    switch (n) {
    case bmsr:
    case id_1:
    case id_2:
    case lpa:
    case aner:
    case status_1000t:
    case extended_status:
    case specific_status:
        return;
    case bmcr: {
        if ((v & bmcr_reset) != 0)
            return power_on();
        const u32 before = r_[bmcr];
        r_[bmcr] = static_cast<u16>(v & ~(bmcr_reset | bmcr_restart));
        if ((v & bmcr_restart) != 0 || before != r_[bmcr])
            begin();
        return;
    }
    default:
        r_[n] = v; // an offer takes effect with the next negotiation
    }
}

void phy::start_mdic(u32 mdic) noexcept
{
    c_.regs[at::MDIC] = mdic & ~(mdic_ready | mdic_error);
    if ((mdic & (mdic_read | mdic_write)) == 0) {
        c_.regs[at::MDIC] |= mdic_ready;
        return;
    }
    if ((c_.regs[at::EXTCNF_CTRL] & 1u << 5) == 0)
        ++c_.count.mdic_without_ownership;
    mdic_done_ = c_.fault[fault::mdic_never] != 0 ? never : c_.now + c_.opt.timing.mdic_ns;
    c_.arm(mdic_done_);
}

void phy::run() noexcept
{
    if (mdic_done_ <= c_.now) {
        mdic_done_ = never;
        u32 &mdic = c_.regs[at::MDIC];
        const u32 n = mdic >> 16 & 0x1F, address = mdic >> 21 & 0x1F;
        const u32 data = mdic & 0xFFFF;
        if (address != 1 || c_.fault.use(fault::mdic_error))
            mdic |= mdic_error;
        else if ((mdic & mdic_read) != 0)
            mdic = (mdic & ~0xFFFFu) | read(n);
        else
            write(n, static_cast<u16>(data));
        mdic |= mdic_ready;
        if ((mdic & mdic_interrupt) != 0)
            c_.irq.raise(cause_mdac);
    }
    if (negotiated_ <= c_.now) {
        negotiated_ = never;
        resolve();
    }
    // The cable: faults may change at any time.
    const u64 period = c_.fault[fault::link_flap];
    if (period == 0)
        flap_ = never;
    else if (flap_ == never)
        flap_ = c_.now + period;
    bool out = c_.fault[fault::link_down] != 0;
    if (flap_ != never) {
        out = cable_fault_;
        if (flap_ <= c_.now) {
            out = !out;
            flap_ = c_.now + period;
        }
        c_.arm(flap_);
    }
    if (out != cable_fault_) {
        cable_fault_ = out;
        begin();
    }
}

u64 phy::due() const noexcept
{
    return std::min({mdic_done_, negotiated_, flap_});
}

} // namespace miniport::nicmodel
