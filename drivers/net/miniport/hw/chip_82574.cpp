// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "chip_82574.hpp"

#include "phy.hpp"
#include "regs_82574.hpp"

namespace miniport::hw::chip_82574 {

using namespace reg;

namespace {

/// A read flushes posted writes (PCIe ordering) and tells whether the device is there.
bool flush(const registers &regs) noexcept
{
    return !regs.read<STATUS>().all_ones();
}

/// §3.3 step 1: no new bus master cycles; the chip confirms when the last one has ended.
status disable_master(registers &regs) noexcept
{
    regs.update(CTRL::GIO_MASTER_DISABLE(true));
    return regs.wait_for(STATUS::GIO_MASTER_EN, false, 80'000, 100);
}

/// MDIO is shared with firmware; 82574 arbitrates with one bit (hardware.md §3.2).
status own_mdio(registers &regs) noexcept
{
    for (unsigned i = 0; i < 10; ++i) {
        regs.update(EXTCNF_CTRL::MDIO_SW_OWNERSHIP(true));
        const auto now = regs.read<EXTCNF_CTRL>();
        if (now.all_ones())
            return status::removed;
        if (now[EXTCNF_CTRL::MDIO_SW_OWNERSHIP])
            return status::ok;
        regs.sleep_us(2000);
    }
    return status::timed_out;
}

struct buffer_code {
    std::uint16_t bytes;
    std::uint8_t bsize;
    bool bsex;
};
// 82574 §10.2.5.1, RCTL.BSIZE and BSEX; largest first.
constexpr buffer_code buffer_codes[] = {
    {16384, 1, true}, {8192, 2, true},  {4096, 3, true}, {2048, 0, false},
    {1024, 1, false}, {512, 2, false},  {256, 3, false},
};

buffer_code code_for(std::uint32_t room) noexcept
{
    for (const buffer_code &c : buffer_codes)
        if (c.bytes <= room)
            return c;
    return {0, 0, false};
}

} // namespace

std::uint16_t usable_buffer(std::uint32_t room) noexcept
{
    return code_for(room).bytes;
}

status quiesce(registers &regs) noexcept
{
    if (!flush(regs))
        return status::removed;

    // Step 1: PCIe master disable. Waiting comes after the units are told to stop.
    regs.update(CTRL::GIO_MASTER_DISABLE(true));

    // Step 2, and let the last frame end.
    silence(regs);
    if (!flush(regs))
        return status::removed;
    regs.sleep_us(10'000);

    return regs.wait_for(STATUS::GIO_MASTER_EN, false, 80'000, 100);
}

void silence(registers &regs) noexcept
{
    mask_interrupts(regs);
    regs.write_raw<RCTL>(0);
    regs.update(TCTL::EN(false));
    flush(regs);
}

status reset(registers &regs) noexcept
{
    // Steps 1 and 2. A master that does not stop is reset all the same.
    if (const status s = quiesce(regs); s == status::removed)
        return s;

    // Step 3: reset while we own MDIO, so that firmware is not cut off in a transaction.
    if (const status s = own_mdio(regs); s == status::removed)
        return s;
    regs.update(CTRL::RST(true));
    // No access for 1 ms: the registers are not there while the MAC resets, and read all ones.
    // That is not yet a device that is gone.
    status back = status::removed;
    for (unsigned waited_ms = 0; failed(back) && waited_ms < 20; ++waited_ms) {
        regs.sleep_us(1000);
        back = regs.wait_for(CTRL::RST, false, 0, 0);
    }
    if (failed(back))
        return back;
    regs.update(EXTCNF_CTRL::MDIO_SW_OWNERSHIP(false));

    // Step 4: NVM in flash is read again only when asked.
    if (regs.read<EECD>()[EECD::NVM_TYPE] == 3) {
        regs.sleep_us(10);
        regs.update(CTRL_EXT::EE_RST(true));
    }

    // Step 5: the MAC must not be used before its configuration is loaded.
    if (const status s = regs.wait_for(EECD::AUTO_RD, true, 10'000, 1000); failed(s))
        return s;

    // Step 6: firmware finishes its own set-up; reset has unmasked nothing, but causes linger.
    regs.sleep_us(25'000);
    mask_interrupts(regs);
    static_cast<void>(regs.read<ICR>());

    // STOCK: QEMU 7.2's CTRL.RST leaves units, rings and tables as they were (hardware.md §4.1
    // row 1), so everything that we rely on is written, here and in init.
    regs.write_raw<RCTL>(0);
    regs.write_raw<TCTL>(0);
    regs.update(CTRL::GIO_MASTER_DISABLE(false));
    return flush(regs) ? status::ok : status::removed;
}

status init(registers &regs, const mac_address &mac) noexcept
{
    // Step 7: bits that the data sheet and its errata want set or cleared after every reset.
    for (unsigned q = 0; q < TXDCTL::count; ++q) {
        // ERRATUM (hardware.md §3.15): TXDCTL of both queues alike, COUNT_DESC set.
        regs.write(TXDCTL::PTHRESH(31) | TXDCTL::HTHRESH(1) | TXDCTL::WTHRESH(1) |
                       TXDCTL::COUNT_DESC(true) | TXDCTL::GRAN(true),
                   q);
    }
    regs.update(TARC::RESERVED_30_27(0) | TARC::RESERVED_26(true) | TARC::ENABLE(true), 0);
    regs.update(TARC::RESERVED_30_27(0) | TARC::RESERVED_26(true) | TARC::ENABLE(false), 1);
    regs.update(CTRL::RESERVED_29(false));
    regs.update(CTRL_EXT::RESERVED_23(false) | CTRL_EXT::RESERVED_22(true));
    regs.update(GCR::RESERVED_22(true));
    regs.update(GCR2::RESERVED_0(true));

    // Step 8: packet buffer halves (20 KB for transmit hold two of the largest frames whole, so a
    // descriptor may describe any frame), addresses, tables, no wake-up.
    regs.write(PBA::RXA(20) | PBA::TXA(20));
    regs.write_raw<WUC>(0);
    set_mac(regs, 0, mac);
    for (unsigned i = 1; i < mac_slots; ++i)
        clear_mac(regs, i);
    for (unsigned i = 0; i < MTA::count; ++i)
        regs.write_raw<MTA>(0, i);
    for (unsigned i = 0; i < VFTA::count; ++i)
        regs.write_raw<VFTA>(0, i);
    regs.write_raw<MRQC>(0);
    regs.write_raw<EIAC>(0);
    regs.write_raw<IAM>(0);
    regs.write_raw<IVAR>(0);

    // Step 8, PHY: copper, autonegotiated; the MAC follows the PHY (no forced speed or duplex).
    regs.update(CTRL::SLU(true) | CTRL::FRCSPD(false) | CTRL::FRCDPX(false) | CTRL::RFCE(false) |
                CTRL::TFCE(false) | CTRL::VME(false));
    if (const status s = own_mdio(regs); failed(s))
        return s;
    const status phy = start_phy(regs);
    regs.update(EXTCNF_CTRL::MDIO_SW_OWNERSHIP(false));
    if (failed(phy))
        return phy;

    // Step 9, first half: firmware learns that a driver is here.
    regs.update(CTRL_EXT::DRV_LOAD(true));
    return flush(regs) ? status::ok : status::removed;
}

status start_transmit(registers &regs, const ring_memory &ring) noexcept
{
    // 82574 §4.6.6 "Transmit initialization": ring, thresholds (init), then TCTL.
    regs.write_raw<TDBAL>(static_cast<std::uint32_t>(ring.iova));
    regs.write_raw<TDBAH>(static_cast<std::uint32_t>(ring.iova >> 32));
    regs.write_raw<TDLEN>(std::uint32_t{ring.descriptors} * 16);
    regs.write_raw<TDH>(0);
    regs.write_raw<TDT>(0);
    regs.write_raw<TIDV>(0);
    regs.write_raw<TADV>(0);
    regs.write(TCTL::EN(true) | TCTL::PSP(true) | TCTL::CT(0xF) | TCTL::COLD(0x40) |
               TCTL::RTLC(true) | TCTL::MULR(true));
    return flush(regs) ? status::ok : status::removed;
}

void stop_transmit(registers &regs) noexcept
{
    regs.update(TCTL::EN(false));
    flush(regs);
}

status start_receive(registers &regs, const ring_memory &ring, std::uint16_t buffer,
                     bool long_packets, receive_filter filter) noexcept
{
    // 82574 §4.6.5 "Receive initialization".
    regs.write(RFCTL::EXSTEN(true) | RFCTL::NFSW_DIS(true) | RFCTL::NFSR_DIS(true));
    regs.write(RXCSUM::PCSD(false));
    regs.write_raw<RDTR>(0);
    regs.write_raw<RADV>(0);
    regs.write(RXDCTL::PTHRESH(32) | RXDCTL::HTHRESH(4) | RXDCTL::WTHRESH(4) | RXDCTL::GRAN(true));
    regs.write_raw<RDBAL>(static_cast<std::uint32_t>(ring.iova));
    regs.write_raw<RDBAH>(static_cast<std::uint32_t>(ring.iova >> 32));
    regs.write_raw<RDLEN>(std::uint32_t{ring.descriptors} * 16);
    regs.write_raw<RDH>(0);
    regs.write_raw<RDT>(0);

    const buffer_code code = code_for(buffer);
    regs.write(RCTL::EN(true) | RCTL::BAM(true) | RCTL::SECRC(true) |
               RCTL::BSIZE(code.bsize) | RCTL::BSEX(code.bsex) | RCTL::LPE(long_packets) |
               RCTL::UPE(filter.promiscuous) |
               RCTL::MPE(filter.promiscuous || filter.all_multicast));
    return flush(regs) ? status::ok : status::removed;
}

void stop_receive(registers &regs) noexcept
{
    regs.update(RCTL::EN(false));
    flush(regs);
}

status drain_dma(registers &regs) noexcept
{
    // Units that were just disabled may finish the frame at hand; master disable says when no
    // request is outstanding (PCIe master disable; lifecycle.md I10).
    const status s = disable_master(regs);
    if (!failed(s)) {
        // READING-MISSING: whether frames that wait in the packet buffer still go to memory after
        // RCTL.EN = 0. Rings without descriptors leave them nowhere to go when the master is back.
        regs.write_raw<RDH>(0);
        regs.write_raw<RDT>(0);
        regs.write_raw<TDH>(0);
        regs.write_raw<TDT>(0);
    }
    regs.update(CTRL::GIO_MASTER_DISABLE(false));
    return s;
}

void set_filter(registers &regs, receive_filter filter) noexcept
{
    regs.update(RCTL::UPE(filter.promiscuous) |
                RCTL::MPE(filter.promiscuous || filter.all_multicast));
}

void set_long_packets(registers &regs, bool on) noexcept
{
    regs.update(RCTL::LPE(on));
}

void set_mac(registers &regs, unsigned slot, const mac_address &mac) noexcept
{
    const std::uint32_t low = static_cast<std::uint32_t>(mac[0]) |
                              static_cast<std::uint32_t>(mac[1]) << 8 |
                              static_cast<std::uint32_t>(mac[2]) << 16 |
                              static_cast<std::uint32_t>(mac[3]) << 24;
    const std::uint32_t high =
        static_cast<std::uint32_t>(mac[4]) | static_cast<std::uint32_t>(mac[5]) << 8;
    // ORDER: address valid (AV) comes last, so that no half-written address matches.
    regs.write_raw<RAL>(low, slot);
    flush(regs);
    regs.write(RAH::ADDR(high) | RAH::AV(true), slot);
    flush(regs);
}

void clear_mac(registers &regs, unsigned slot) noexcept
{
    regs.write_raw<RAH>(0, slot); // ORDER: invalid first, then the rest
    flush(regs);
    regs.write_raw<RAL>(0, slot);
    flush(regs);
}

bool read_link(const registers &regs, link_state &out) noexcept
{
    const auto now = regs.read<STATUS>();
    if (now.all_ones())
        return false;
    constexpr std::uint16_t mbps[] = {10, 100, 1000, 1000};
    out.up = now[STATUS::LU];
    out.full_duplex = now[STATUS::FD];
    out.mbps = mbps[now[STATUS::SPEED]];
    return true;
}

void unmask_link_interrupt(registers &regs, interrupt_mode mode) noexcept
{
    if (mode == interrupt_mode::msi_x) {
        // MSI-X (hardware.md §3.9): causes reach a vector only through IVAR; LSC is part of OTHER.
        regs.update(CTRL_EXT::EIAME(true) | CTRL_EXT::PBA_CLR(true));
        regs.write(IVAR::OTHER_VECTOR(0) | IVAR::OTHER_VALID(true));
        regs.write(IMS::LSC(true) | IMS::OTHER(true));
    } else {
        regs.write(IMS::LSC(true));
    }
    flush(regs);
}

void mask_interrupts(registers &regs) noexcept
{
    regs.write_raw<IMC>(0xFFFF'FFFF);
    flush(regs);
}

bool acknowledge_interrupt(registers &regs) noexcept
{
    // Reading ICR clears it in some interrupt modes and not in others (hardware.md §4.1 row 23);
    // writing back what was read clears it in all.
    const auto causes = regs.read<ICR>();
    if (causes.all_ones())
        return false;
    regs.write_raw<ICR>(causes.raw);
    return causes[ICR::LSC];
}

} // namespace miniport::hw::chip_82574
