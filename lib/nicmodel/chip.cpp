// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The life of the MAC: power, reset, link, turns. Register accesses are in access.cpp.
#include "nicmodel/chip.hpp"

#include <algorithm>

namespace miniport::nicmodel {
namespace {

constexpr u32 status_lu = 1u << 1, status_fd = 1u << 0, status_txoff = 1u << 4,
              status_phyra = 1u << 10, status_master = 1u << 19;

} // namespace

chip::chip(const u64 &clock, const options &o)
    : now{clock}, opt{o}, random{o.seed}, stats{regs}, irq{*this}, eeprom{*this, o.mac}, ptp{*this},
      out{*this}, rx{*this}, tx{*this}, copper{*this}
{
    alive_ = true;
    power_on();
}

void chip::power_on() noexcept
{
    reset_mac();
    reset_done_ = never;
    auto_read();
    copper.power_on();
    next_due_ = now;
}

void chip::reset_mac() noexcept
{
    // CTRL.RST: everything of the MAC, nothing of the PHY; DMA under way is cut off.
    regs.reset();
    for (bell &b : rx_bell)
        __atomic_store_n(&b.word, 0, __ATOMIC_RELAXED);
    for (bell &b : tx_bell)
        __atomic_store_n(&b.word, 0, __ATOMIC_RELAXED);
    eeprom.reset();
    irq.reset();
    ptp.reset();
    rx.reset();
    tx.reset();
    auto_read_done_ = false;
    auto_read_at_ = never;
    link_up_ = false;
}

void chip::auto_read() noexcept
{
    // The NVM gives the station address (§3.4) and whatever else was read above by default.
    auto_read_at_ = never;
    auto_read_done_ = true;
    const mac_address mac = eeprom.mac();
    regs[at::RAL] = u32{mac[0]} | u32{mac[1]} << 8 | u32{mac[2]} << 16 | u32{mac[3]} << 24;
    regs[at::RAH] = u32{mac[4]} | u32{mac[5]} << 8 | 1u << 31;
    rx.addresses_changed();
    link_changed();
}

u64 chip::later(u64 ns) noexcept
{
    u64 extra = opt.timing.jitter_ns == 0 ? 0 : random.below(opt.timing.jitter_ns + 1);
    if (!fault.none())
        extra += fault[fault::dma_late];
    return now + ns + extra;
}

void chip::count_descriptor() noexcept
{
    if (fault.reached(fault::remove_at_descriptor))
        fault.set(fault::removed, 1);
}

void chip::link_changed() noexcept
{
    if (!alive_)
        return;
    const bool up = copper.link().up && regs.has(at::CTRL, ctrl_bits::SLU) && reset_done_ == never;
    if (up == link_up_)
        return;
    link_up_ = up;
    next_due_ = now;
    irq.raise(cause::LSC);
}

u32 chip::mac_speed() const noexcept
{
    if (regs.has(at::CTRL, ctrl_bits::FRCSPD)) {
        constexpr u32 speeds[] = {10, 100, 1000, 1000};
        return speeds[regs[at::CTRL] >> 8 & 3];
    }
    return copper.link().mbps;
}

u32 chip::status() const noexcept
{
    u32 s = 0;
    if (link_up_) {
        const bool full = regs.has(at::CTRL, ctrl_bits::FRCDPX) ? regs.has(at::CTRL, ctrl_bits::FD)
                                                                : copper.link().full_duplex;
        const u32 mbps = mac_speed();
        s |= status_lu | (full ? status_fd : 0) | (mbps == 1000 ? 2u : mbps == 100 ? 1u : 0u) << 6;
    } else {
        s |= status_fd | 2u << 6; // what it reads without link says nothing
    }
    if (phy_reset_)
        s |= status_phyra;
    const bool disabled = regs.has(at::CTRL, ctrl_bits::GIO_MASTER_DISABLE);
    if (!disabled || rx.in_flight() || tx.in_flight() || fault[fault::master_never_stops] != 0)
        s |= status_master;
    if (tx.paused())
        s |= status_txoff;
    return s;
}

void chip::send_pause(u32 quanta) noexcept
{
    u8 bytes[60] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};
    std::memcpy(bytes + 6, eeprom.mac().data(), 6);
    put_be16(bytes + 12, 0x8808);
    put_be16(bytes + 14, 1);
    put_be16(bytes + 16, quanta);
    out.send({bytes, sizeof bytes, 0});
}

void chip::run_reset() noexcept
{
    if (reset_done_ <= now && fault[fault::reset_never_ends] == 0) {
        reset_done_ = never;
        auto_read_at_ = now + opt.timing.auto_read_ns;
        arm(auto_read_at_);
        link_changed();
    }
    if (auto_read_at_ <= now)
        auto_read();
}

void chip::run_transmit() noexcept
{
    if (!present()) {
        was_present_ = false;
        return;
    }
    tx.run();
}

void chip::run_rest() noexcept
{
    if (!present())
        return;
    if (!was_present_) { // plugged in again: what comes back is a chip after power-on
        was_present_ = true;
        power_on();
    }
    rx.run();
    out.run();
    const bool faulty = !fault.none();
    if (now < next_due_ && !faulty && !was_faulty_) [[likely]]
        return;
    was_faulty_ = faulty; // the end of a fault is an event too
    next_due_ = never;
    run_reset();
    eeprom.run();
    copper.run();
    irq.run();
    next_due_ = std::min(next_due_, due());
}

u64 chip::due() const noexcept
{
    if (!present())
        return never;
    const u64 reset_end = fault[fault::reset_never_ends] != 0 ? never : reset_done_;
    return std::min({reset_end, auto_read_at_, eeprom.due(), copper.due(), irq.due(), rx.due(),
                     tx.due(), out.due()});
}

} // namespace miniport::nicmodel
