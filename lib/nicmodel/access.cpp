// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What reading and writing each register does beyond the table's semantics.
#include <algorithm>

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 eecd_request = 1u << 6, eecd_grant = 1u << 7, eecd_present = 1u << 8,
              eecd_auto_read = 1u << 9, eecd_update = 1u << 19, eecd_flash = 3u << 15;
constexpr u32 ext_ee_rst = 1u << 13, ext_pba_clr = 1u << 31;
constexpr u32 mdio_software = 1u << 5, mdio_hardware = 1u << 6;
constexpr u32 smbi = 1u << 0, swesmbi = 1u << 1;
constexpr u32 packet_buffer_kb = 40;
constexpr u32 flush_partial = 1u << 31; // RDTR, TIDV: FPD

} // namespace

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
        return fault[fault::semaphore_stuck] != 0 ? (regs[offset] & ~mdio_software) | mdio_hardware
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

} // namespace miniport::nicmodel
