// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What reading and writing each register does, and the life of the MAC: power, reset, link.
#include "nicmodel/chip.hpp"

#include <algorithm>

namespace miniport::nicmodel {
namespace {

constexpr u32 status_lu = 1u << 1, status_fd = 1u << 0, status_txoff = 1u << 4,
              status_phyra = 1u << 10, status_master = 1u << 19;
constexpr u32 eecd_request = 1u << 6, eecd_grant = 1u << 7, eecd_present = 1u << 8,
              eecd_auto_read = 1u << 9, eecd_update = 1u << 19, eecd_flash = 3u << 15;
constexpr u32 ext_ee_rst = 1u << 13, ext_pba_clr = 1u << 31;
constexpr u32 mdio_software = 1u << 5, mdio_hardware = 1u << 6;
constexpr u32 smbi = 1u << 0, swesmbi = 1u << 1;
constexpr u32 packet_buffer_kb = 40;
constexpr u32 flush_partial = 1u << 31; // RDTR, TIDV: FPD

} // namespace

chip::chip(const u64 &clock, const options &o)
    : now{clock}, opt{o}, random{o.seed}, stats{regs}, irq{*this}, eeprom{*this, o.mac},
      ptp{*this}, out{*this}, rx{*this}, tx{*this}, copper{*this}
{
    alive_ = true;
    power_on();
}

volatile void *chip::doorbell(u32 offset) noexcept
{
    for (u32 n = 0; n < 2; ++n) {
        if (offset == at::RDT + 0x100 * n)
            return &rx_bell[n].word;
        if (offset == at::TDT + 0x100 * n)
            return &tx_bell[n].word;
    }
    return &scrap.word;
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

bool chip::access_faulted(u32 offset, u32 &value) noexcept
{
    ++count.register_accesses;
    if (!fault.none()) {
        if (fault.reached(fault::remove_at_access))
            fault.set(fault::removed, 1);
        if (fault[fault::removed] != 0) {
            value = 0xFFFF'FFFF;
            return true;
        }
        if (fault[fault::dead] != 0) {
            value = 0;
            return true;
        }
    }
    if (reset_done_ != never && reset_done_ > now && fault[fault::reset_never_ends] == 0) {
        value = 0xFFFF'FFFF; // nobody completes the read
        return true;
    }
    return fault.overrides() && fault.answered(offset, value);
}

u32 chip::load(u32 offset) noexcept
{
    u32 value = 0;
    if (access_faulted(offset, value))
        return value;
    const register_info *r = find_register(offset);
    if (r == nullptr) {
        ++count.unknown_reads;
        return 0; // §4.1 row 27: varies; zero hides least
    }
    if (r->handled)
        return load_special(*r, r->count == 1 ? 0 : (offset - r->offset) / r->stride, offset);
    value = regs[offset];
    if (r->mode == access::wo)
        return 0;
    if (r->mode == access::rc)
        regs[offset] = 0;
    return value;
}

u32 chip::load_special(const register_info &r, u32 n, u32 offset) noexcept
{
    switch (r.offset) {
    case at::CTRL:
        return regs[offset] |
               (fault[fault::reset_never_ends] != 0 && reset_done_ != never ? ctrl_bits::RST : 0);
    case at::STATUS:
        return status();
    case at::EECD: {
        const bool loaded = auto_read_done_ && fault[fault::auto_read_never] == 0;
        return (regs[offset] & ~eecd_update) | eecd_present | (loaded ? eecd_auto_read : 0) |
               (opt.flash_nvm ? eecd_flash : 0) |
               ((regs[offset] & eecd_request) != 0 ? eecd_grant : 0);
    }
    case at::PBA: {
        const u32 rx_kb = regs[offset] & 0xFFFF;
        return rx_kb | (packet_buffer_kb - std::min(rx_kb, packet_buffer_kb)) << 16;
    }
    case at::EXTCNF_CTRL:
        return fault[fault::semaphore_stuck] != 0
                   ? (regs[offset] & ~mdio_software) | mdio_hardware
                   : regs[offset];
    case at::SWSM: {
        const u32 value = regs[offset] | (fault[fault::semaphore_stuck] != 0 ? smbi : 0);
        regs[offset] |= smbi; // §3.2: the read takes it
        return value;
    }
    case at::ICR:
        return irq.read_icr();
    case at::ICS:
    case at::IMC:
        return 0;
    case at::RDH:
        return rx.head(n);
    case at::TDH:
        return tx.head(n);
    case at::RDT:
        return __atomic_load_n(&rx_bell[n].word, __ATOMIC_RELAXED);
    case at::TDT:
        return __atomic_load_n(&tx_bell[n].word, __ATOMIC_RELAXED);
    case at::RDFPC:
        return rx.buffered_frames();
    case at::GORCH:
    case at::GOTCH:
    case at::TORH:
    case at::TOTH: {
        const u32 high = regs[offset];
        regs[offset] = regs[offset - 4] = 0; // §3.10: the high half clears both
        return high;
    }
    case at::SYSTIML:
        return ptp.read_low();
    case at::SYSTIMH:
        return ptp.read_high();
    case at::RXSTMPH:
        ptp.read_rx_stamp();
        return regs[offset];
    case at::TXSTMPH:
        ptp.read_tx_stamp();
        return regs[offset];
    default:
        return regs[offset];
    }
}

void chip::store(u32 offset, u32 value) noexcept
{
    ++count.register_accesses;
    if (!fault.none() && fault.reached(fault::remove_at_access))
        fault.set(fault::removed, 1);
    if (!present() || (reset_done_ != never && reset_done_ > now))
        return;
    const register_info *r = find_register(offset);
    if (r == nullptr) {
        ++count.unknown_writes;
        return;
    }
    switch (r->mode) {
    case access::ro:
    case access::rc:
        return;
    case access::w1c:
        if (!r->handled) {
            regs[offset] &= ~(value & r->writable);
            return;
        }
        break;
    case access::wo:
    case access::rw:
        break;
    }
    if (!r->handled) {
        regs[offset] = (regs[offset] & ~r->writable) | (value & r->writable & ~r->self_clearing);
        return;
    }
    store_special(*r, r->count == 1 ? 0 : (offset - r->offset) / r->stride, offset, value);
}

void chip::store_special(const register_info &r, u32 n, u32 offset, u32 value) noexcept
{
    switch (r.offset) { // those that are no storage
    case at::CTRL:
        return store_ctrl(value);
    case at::EERD:
        return eeprom.start_read(value);
    case at::EEWR:
        return eeprom.start_write(value);
    case at::MDIC:
        return copper.start_mdic(value);
    case at::ICR:
        return irq.write_icr(value);
    case at::ICS:
        return irq.raise(value & r.writable);
    case at::IMS:
        return irq.write_ims(value);
    case at::IMC:
        return irq.write_imc(value);
    case at::SWSM:
    case at::EXTCNF_CTRL:
        return store_semaphore(offset, value);
    case at::RDH:
        return rx.head_written(n, value & 0xFFFF);
    case at::TDH:
        return tx.head_written(n, value & 0xFFFF);
    case at::RDT:
        return __atomic_store_n(&rx_bell[n].word, value & 0xFFFF, __ATOMIC_RELEASE);
    case at::TDT:
        return __atomic_store_n(&tx_bell[n].word, value & 0xFFFF, __ATOMIC_RELEASE);
    case at::TIMINCA:
        return ptp.rate(value);
    default:
        break;
    }
    regs[offset] = (regs[offset] & ~r.writable) | (value & r.writable & ~r.self_clearing);
    switch (r.offset) { // those that cause something
    case at::CTRL_EXT:
        if ((value & ext_pba_clr) != 0)
            irq.forget_pending();
        if ((value & ext_ee_rst) != 0) {
            auto_read_done_ = false;
            auto_read_at_ = now + opt.timing.auto_read_ns;
            arm(auto_read_at_);
        }
        break;
    case at::IVAR:
        break;
    case at::RCTL:
    case at::RFCTL:
    case at::RXCSUM:
    case at::MRQC:
    case at::PSRCTL:
    case at::VET:
    case at::RXDCTL:
        rx.options_changed();
        break;
    case at::TCTL:
    case at::TARC:
    case at::TXDCTL:
        tx.options_changed();
        break;
    case at::PBA:
        regs[offset] = load_special(r, 0, offset);
        rx.options_changed();
        tx.options_changed();
        break;
    case at::RDBAL:
    case at::RDBAH:
    case at::RDLEN:
        rx.ring_changed(n);
        break;
    case at::TDBAL:
    case at::TDBAH:
    case at::TDLEN:
        tx.ring_changed(n);
        break;
    case at::RDTR:
        if ((value & flush_partial) != 0)
            rx.expire_delay();
        break;
    case at::TIDV:
        if ((value & flush_partial) != 0)
            tx.expire_delay();
        break;
    case at::RAL:
    case at::RAH:
        rx.addresses_changed();
        break;
    case at::RSSRK:
        rx.key_changed();
        break;
    case at::SYSTIML:
    case at::SYSTIMH:
        ptp.write(regs[at::SYSTIML], regs[at::SYSTIMH]);
        break;
    case at::TIMADJH:
        ptp.adjust();
        break;
    default:
        break;
    }
}

void chip::store_ctrl(u32 value) noexcept
{
    if ((value & ctrl_bits::RST) != 0) {
        ++count.resets;
        reset_mac();
        reset_done_ = now + opt.timing.reset_ns;
        arm(reset_done_);
        return;
    }
    const register_info &r = *find_register(at::CTRL);
    const u32 before = regs[at::CTRL];
    regs[at::CTRL] = value & r.writable & ~ctrl_bits::RST;
    if ((value & ctrl_bits::PHY_RST) != 0 && (before & ctrl_bits::PHY_RST) == 0) {
        copper.power_on();
        phy_reset_ = true; // STATUS.PHYRA
    }
    rx.options_changed();
    tx.options_changed();
    link_changed();
    next_due_ = now;
}

void chip::store_semaphore(u32 offset, u32 value) noexcept
{
    const bool stuck = fault[fault::semaphore_stuck] != 0;
    if (offset == at::SWSM)
        regs[offset] = value & 0xF & (stuck ? ~swesmbi : 0xFFFF'FFFF);
    else
        regs[offset] = value & ~mdio_hardware & (stuck ? ~mdio_software : 0xFFFF'FFFF);
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
    if (now < next_due_ && fault.none()) [[likely]]
        return;
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
