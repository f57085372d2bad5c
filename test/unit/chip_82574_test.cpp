// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/chip_82574.hpp"

#include "catch.hpp"
#include "fake_82574.hpp"

using namespace miniport;
using namespace miniport::hw;
using namespace miniport::hw::chip_82574;

namespace {

using F = fake_82574;
constexpr mac_address station{0x00, 0x11, 0x22, 0x33, 0x44, 0x55};
constexpr std::uint32_t all = 0xFFFF'FFFF;

/// A device that a former owner left running.
struct busy_device : fake_82574 {
    busy_device()
    {
        reg[STATUS] |= MASTER_EN;
        reg[RCTL] = 0x0400'8002;
        reg[TCTL] = 0x0103'F0FA;
        reg[IMS] = 0x0100'0004;
    }
};

} // namespace

// --- quiesce
// ----------------------------------------------------------------------------------------

TEST_CASE("quiesce stops a running device", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    CHECK(quiesce(regs) == status::ok);
    CHECK(chip.reg[F::RCTL] == 0);
    CHECK((chip.reg[F::TCTL] & 2) == 0);
    CHECK(chip.reg[F::IMS] == 0);
    CHECK((chip.reg[F::CTRL] & F::MASTER_DISABLE) != 0);
    CHECK(chip.now_us >= 10'000); // the last frame ends
}

TEST_CASE("quiesce disables the master, then interrupts, then the units", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    REQUIRE(quiesce(regs) == status::ok);
    REQUIRE(chip.writes.size() == 4);
    CHECK((chip.writes[0].offset == F::CTRL && (chip.writes[0].value & F::MASTER_DISABLE) != 0));
    CHECK((chip.writes[1].offset == F::IMC && chip.writes[1].value == all));
    CHECK((chip.writes[2].offset == F::RCTL && chip.writes[2].value == 0));
    CHECK((chip.writes[3].offset == F::TCTL && (chip.writes[3].value & 2) == 0));
}

TEST_CASE("quiesce tells of a master that does not stop, in bounded time", "[hw][chip]")
{
    busy_device chip;
    chip.master_stays = true;
    auto regs = chip.registers();
    CHECK(quiesce(regs) == status::timed_out);
    CHECK(chip.reg[F::RCTL] == 0);
    CHECK(chip.now_us <= 100'000);
}

TEST_CASE("quiesce writes nothing to a device that is gone", "[hw][chip]")
{
    busy_device chip;
    chip.gone_from = 0;
    auto regs = chip.registers();
    CHECK(quiesce(regs) == status::removed);
    CHECK(chip.writes.empty());
}

TEST_CASE("silence turns interrupts and units off without a wait", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    silence(regs);
    CHECK(chip.reg[F::RCTL] == 0);
    CHECK((chip.reg[F::TCTL] & 2) == 0);
    CHECK(chip.reg[F::IMS] == 0);
    CHECK(chip.now_us == 0);
}

// --- reset
// ------------------------------------------------------------------------------------------

TEST_CASE("reset comes when nothing runs, interrupts are masked and MDIO is ours", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    REQUIRE(reset(regs) == status::ok);
    REQUIRE(chip.resets == 1);
    CHECK(chip.at_reset[F::RCTL] == 0);
    CHECK((chip.at_reset[F::TCTL] & 2) == 0);
    CHECK(chip.at_reset[F::IMS] == 0);
    CHECK((chip.at_reset[F::STATUS] & F::MASTER_EN) == 0);
    CHECK((chip.at_reset[F::EXTCNF_CTRL] & F::MDIO_OWNED) != 0);
}

TEST_CASE("reset quiesces before anything else", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    REQUIRE(reset(regs) == status::ok);
    CHECK(chip.first(F::CTRL, F::MASTER_DISABLE) == 0);
    const std::size_t rst = chip.first(F::CTRL, F::RST);
    CHECK(chip.first(F::IMC, all) < rst);
    CHECK(chip.first(F::RCTL) < rst);
    CHECK(chip.first(F::TCTL) < rst);
    CHECK(chip.first(F::EXTCNF_CTRL, F::MDIO_OWNED) < rst);
}

TEST_CASE("nothing is touched for a millisecond after the reset", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    REQUIRE(reset(regs) == status::ok);
    CHECK(chip.too_early == 0);
}

TEST_CASE("registers that are not back yet after the reset are waited for", "[hw][chip]")
{
    busy_device chip;
    chip.absent_us = 5000;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::ok);
    CHECK(chip.too_early == 0);
}

TEST_CASE("registers that never come back after the reset are a device that is gone", "[hw][chip]")
{
    busy_device chip;
    chip.absent_us = 1'000'000'000;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::removed);
    CHECK(chip.now_us <= 200'000);
}

TEST_CASE("reset leaves the device quiet, unowned and able to master", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    REQUIRE(reset(regs) == status::ok);
    CHECK(chip.reg[F::RCTL] == 0);
    CHECK(chip.reg[F::TCTL] == 0);
    CHECK(chip.reg[F::IMS] == 0);
    CHECK(chip.reg[F::ICR] == 0); // causes that lingered are gone
    CHECK((chip.reg[F::CTRL] & F::MASTER_DISABLE) == 0);
    CHECK((chip.reg[F::EXTCNF_CTRL] & F::MDIO_OWNED) == 0);
    CHECK(chip.first(F::IMC, all, chip.first(F::CTRL, F::RST)) != F::never); // masked again after
    CHECK(chip.now_us >= 10'000 + 1'000 + 25'000);
}

TEST_CASE("an NVM in flash is read again after the reset, no other is", "[hw][chip]")
{
    constexpr std::uint32_t ee_rst = 1u << 13;
    for (const std::uint32_t type : {0u, 1u, 2u, 3u}) {
        busy_device chip;
        chip.reg[F::EECD] = type << 15;
        auto regs = chip.registers();
        REQUIRE(reset(regs) == status::ok);
        const std::size_t at = chip.first(F::CTRL_EXT, ee_rst);
        CAPTURE(type);
        CHECK((at != F::never) == (type == 3));
        if (type == 3)
            CHECK(at > chip.first(F::CTRL, F::RST));
    }
}

TEST_CASE("a master that does not stop is reset all the same", "[hw][chip]")
{
    busy_device chip;
    chip.master_stays = true;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::ok);
    CHECK(chip.resets == 1);
    CHECK(chip.now_us <= 200'000);
}

TEST_CASE("firmware that keeps MDIO does not prevent the reset", "[hw][chip]")
{
    busy_device chip;
    chip.mdio_refused = true;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::ok);
    CHECK(chip.resets == 1);
    CHECK(chip.now_us <= 200'000);
}

TEST_CASE("a reset that does not end is a failure, in bounded time", "[hw][chip]")
{
    busy_device chip;
    chip.reset_hangs = true;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::timed_out);
    CHECK(chip.now_us <= 200'000);
}

TEST_CASE("a configuration that never loads is a failure, in bounded time", "[hw][chip]")
{
    busy_device chip;
    chip.configuration_missing = true;
    auto regs = chip.registers();
    CHECK(reset(regs) == status::timed_out);
    CHECK(chip.now_us <= 200'000);
}

// --- init
// -------------------------------------------------------------------------------------------

TEST_CASE("init sets the bits that the data sheet wants after every reset", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::CTRL] = 1u << 29;
    chip.reg[F::CTRL_EXT] = 1u << 23;
    chip.reg[0x3840] = chip.reg[0x3940] = 0xFu << 27;
    auto regs = chip.registers();
    REQUIRE(init(regs, station) == status::ok);
    CHECK((chip.reg[0x3828] & 1u << 22) != 0); // TXDCTL0, COUNT_DESC
    CHECK(chip.reg[0x3828] == chip.reg[0x3928]);
    CHECK((chip.reg[0x3840] & 0x7C00'0000) == 1u << 26); // TARC0
    CHECK((chip.reg[0x3840] & 1u << 10) != 0);           // queue 0 sends
    CHECK((chip.reg[0x3940] & 1u << 10) == 0);           // queue 1 does not
    CHECK((chip.reg[F::CTRL] & 1u << 29) == 0);
    CHECK((chip.reg[F::CTRL_EXT] & 3u << 22) == 1u << 22);
    CHECK((chip.reg[0x5B00] & 1u << 22) != 0); // GCR
    CHECK((chip.reg[0x5B64] & 1u) != 0);       // GCR2
}

TEST_CASE("init leaves one address and empty tables", "[hw][chip]")
{
    fake_82574 chip;
    for (std::uint32_t i = 0; i < 128; ++i)
        chip.reg[F::MTA + 4 * i] = chip.reg[F::VFTA + 4 * i] = 0xDEAD;
    for (std::uint32_t i = 0; i < 15; ++i)
        chip.reg[F::RAL + 8 * i] = chip.reg[F::RAH + 8 * i] = 0x8000'DEAD;
    auto regs = chip.registers();
    REQUIRE(init(regs, station) == status::ok);
    CHECK(chip.reg[F::RAL] == 0x3322'1100);
    CHECK(chip.reg[F::RAH] == 0x8000'5544);
    for (std::uint32_t i = 1; i < 15; ++i)
        CHECK((chip.reg[F::RAL + 8 * i] == 0 && chip.reg[F::RAH + 8 * i] == 0));
    CHECK(chip.first(F::RAH + 8 * 15) == F::never); // manageability's
    for (std::uint32_t i = 0; i < 128; ++i)
        CHECK((chip.reg[F::MTA + 4 * i] == 0 && chip.reg[F::VFTA + 4 * i] == 0));
}

TEST_CASE("init lets the link come up by negotiation and tells firmware last", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::CTRL] = 1u << 11 | 1u << 12 | 3u << 27 | 1u << 30; // forced speed, pause, VLAN
    auto regs = chip.registers();
    REQUIRE(init(regs, station) == status::ok);
    CHECK((chip.reg[F::CTRL] & 1u << 6) != 0); // SLU
    CHECK((chip.reg[F::CTRL] & (1u << 11 | 1u << 12 | 3u << 27 | 1u << 30)) == 0);
    CHECK(chip.reg[F::PBA] == 0x0014'0014);
    CHECK((chip.reg[F::EXTCNF_CTRL] & F::MDIO_OWNED) == 0);
    CHECK(chip.writes.back().offset == F::CTRL_EXT);
    CHECK((chip.writes.back().value & 1u << 28) != 0); // DRV_LOAD
}

TEST_CASE("init starts no unit and unmasks no interrupt", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    REQUIRE(init(regs, station) == status::ok);
    CHECK(chip.first(F::RCTL) == F::never);
    CHECK(chip.first(F::TCTL) == F::never);
    CHECK(chip.first(F::IMS) == F::never);
}

TEST_CASE("init fails where MDIO or the PHY does, in bounded time", "[hw][chip]")
{
    SECTION("firmware keeps MDIO")
    {
        fake_82574 chip;
        chip.mdio_refused = true;
        auto regs = chip.registers();
        CHECK(init(regs, station) == status::timed_out);
        CHECK(chip.now_us <= 100'000);
    }
    SECTION("the PHY is silent")
    {
        fake_82574 chip;
        chip.mdic_silent = true;
        auto regs = chip.registers();
        CHECK(init(regs, station) == status::timed_out);
        CHECK((chip.reg[F::EXTCNF_CTRL] & F::MDIO_OWNED) == 0); // given back
        CHECK(chip.now_us <= 100'000);
    }
    SECTION("the PHY answers with errors")
    {
        fake_82574 chip;
        chip.mdic_errors = 1000;
        auto regs = chip.registers();
        CHECK(init(regs, station) == status::io_error);
        CHECK((chip.reg[F::EXTCNF_CTRL] & F::MDIO_OWNED) == 0);
    }
}

// --- a device that goes away
// ------------------------------------------------------------------------

TEST_CASE("bring-up notices a device that goes away at any access", "[hw][chip]")
{
    const auto bring_up = [](fake_82574 &chip) {
        auto regs = chip.registers();
        const status s = reset(regs);
        return failed(s) ? s : init(regs, station);
    };
    std::uint64_t whole = 0;
    {
        busy_device chip;
        REQUIRE(bring_up(chip) == status::ok);
        whole = chip.accesses;
    }
    for (std::uint64_t k = 0; k < whole; ++k) {
        busy_device chip;
        chip.gone_from = k;
        CAPTURE(k);
        REQUIRE(bring_up(chip) == status::removed);
        REQUIRE(chip.now_us <= 300'000);
    }
}

TEST_CASE("start notices a device that is gone", "[hw][chip]")
{
    fake_82574 chip;
    chip.gone_from = 5;
    auto regs = chip.registers();
    CHECK(start_transmit(regs, {0x1000, 64}) == status::removed);
    CHECK(start_receive(regs, {0x1000, 64}, 2048, false, {}) == status::removed);
    CHECK(drain_dma(regs) == status::removed);
    CHECK(chip.now_us == 0);
}

// --- units
// ------------------------------------------------------------------------------------------

TEST_CASE("the transmitter starts after its ring is set", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    REQUIRE(start_transmit(regs, {0x1122'3344'5566'7780, 512}) == status::ok);
    CHECK(chip.reg[0x3800] == 0x5566'7780);
    CHECK(chip.reg[0x3804] == 0x1122'3344);
    CHECK(chip.reg[0x3808] == 512 * 16);
    CHECK(chip.reg[0x3810] == 0); // head and tail: empty
    CHECK(chip.reg[0x3818] == 0);
    CHECK(chip.writes.back().offset == F::TCTL);
    CHECK(chip.reg[F::TCTL] == (1u << 1 | 1u << 3 | 0xFu << 4 | 0x40u << 12 | 1u << 24 | 1u << 28));
}

TEST_CASE("the receiver starts after its ring is set, with extended descriptors", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    REQUIRE(start_receive(regs, {0x1122'3344'5566'7780, 4096}, 2048, false, {}) == status::ok);
    CHECK(chip.reg[0x2800] == 0x5566'7780);
    CHECK(chip.reg[0x2804] == 0x1122'3344);
    CHECK(chip.reg[0x2808] == 4096 * 16);
    CHECK(chip.reg[0x2810] == 0);
    CHECK(chip.reg[0x2818] == 0);
    CHECK((chip.reg[F::RFCTL] & 1u << 15) != 0);
    CHECK(chip.writes.back().offset == F::RCTL);
    CHECK(chip.reg[F::RCTL] == (1u << 1 | 1u << 15 | 1u << 26)); // EN BAM SECRC
}

TEST_CASE("RCTL says what is let through", "[hw][chip]")
{
    constexpr std::uint32_t upe = 1u << 3, mpe = 1u << 4, lpe = 1u << 5;
    const auto rctl = [](bool long_packets, receive_filter filter) {
        fake_82574 chip;
        auto regs = chip.registers();
        REQUIRE(start_receive(regs, {0, 64}, 2048, long_packets, filter) == status::ok);
        return chip.reg[F::RCTL] & (upe | mpe | lpe);
    };
    CHECK(rctl(false, {}) == 0);
    CHECK(rctl(true, {}) == lpe);
    CHECK(rctl(false, {.all_multicast = true}) == mpe);
    CHECK(rctl(false, {.promiscuous = true}) == (upe | mpe));
}

TEST_CASE("RCTL has each buffer size", "[hw][chip]")
{
    struct {
        std::uint16_t bytes;
        std::uint32_t bsize, bsex;
    } const table[] = {{256, 3, 0},  {512, 2, 0},  {1024, 1, 0}, {2048, 0, 0},
                       {4096, 3, 1}, {8192, 2, 1}, {16384, 1, 1}};
    for (const auto &t : table) {
        fake_82574 chip;
        auto regs = chip.registers();
        REQUIRE(start_receive(regs, {0, 64}, t.bytes, false, {}) == status::ok);
        CAPTURE(t.bytes);
        CHECK((chip.reg[F::RCTL] >> 16 & 3) == t.bsize);
        CHECK((chip.reg[F::RCTL] >> 25 & 1) == t.bsex);
    }
}

TEST_CASE("usable_buffer rounds down to what RCTL can say", "[hw][chip]")
{
    struct {
        std::uint32_t room;
        std::uint16_t usable;
    } const table[] = {
        {0, 0},         {255, 0},       {256, 256},           {511, 256},   {512, 512},
        {1023, 512},    {1024, 1024},   {2047, 1024},         {2048, 2048}, {2176, 2048},
        {4095, 2048},   {4096, 4096},   {8191, 4096},         {8192, 8192}, {16383, 8192},
        {16384, 16384}, {65535, 16384}, {0xFFFF'FFFF, 16384},
    };
    for (const auto &t : table) {
        CAPTURE(t.room);
        CHECK(usable_buffer(t.room) == t.usable);
    }
}

TEST_CASE("stopping a unit clears its enable bit only", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::RCTL] = 0x0400'8002;
    chip.reg[F::TCTL] = 0x0103'F0FA;
    auto regs = chip.registers();
    stop_receive(regs);
    stop_transmit(regs);
    CHECK(chip.reg[F::RCTL] == 0x0400'8000);
    CHECK(chip.reg[F::TCTL] == 0x0103'F0F8);
}

TEST_CASE("drain_dma waits for the master, empties the rings, and lets it go on", "[hw][chip]")
{
    busy_device chip;
    auto regs = chip.registers();
    CHECK(drain_dma(regs) == status::ok);
    REQUIRE(chip.writes.size() == 6);
    CHECK((chip.writes.front().value & F::MASTER_DISABLE) != 0);
    for (unsigned i = 1; i < 5; ++i) {
        constexpr std::uint32_t heads_and_tails[] = {0x2810, 0x2818, 0x3810, 0x3818};
        CHECK(chip.writes[i].offset == heads_and_tails[i - 1]);
        CHECK(chip.writes[i].value == 0);
    }
    CHECK((chip.writes.back().value & F::MASTER_DISABLE) == 0);
}

TEST_CASE("drain_dma tells of a master that does not stop, in bounded time", "[hw][chip]")
{
    busy_device chip;
    chip.master_stays = true;
    auto regs = chip.registers();
    CHECK(drain_dma(regs) == status::timed_out);
    CHECK((chip.reg[F::CTRL] & F::MASTER_DISABLE) == 0);
    CHECK(chip.now_us <= 100'000);
}

// --- settings
// ---------------------------------------------------------------------------------------

TEST_CASE("a filter changes its bits only", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::RCTL] = 0x0400'8022;
    auto regs = chip.registers();
    set_filter(regs, {.promiscuous = true});
    CHECK(chip.reg[F::RCTL] == 0x0400'803A);
    set_filter(regs, {.all_multicast = true});
    CHECK(chip.reg[F::RCTL] == 0x0400'8032);
    set_filter(regs, {});
    CHECK(chip.reg[F::RCTL] == 0x0400'8022);
}

TEST_CASE("long packets change LPE only", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::RCTL] = 0x0400'8002;
    auto regs = chip.registers();
    set_long_packets(regs, true);
    CHECK(chip.reg[F::RCTL] == 0x0400'8022);
    set_long_packets(regs, false);
    CHECK(chip.reg[F::RCTL] == 0x0400'8002);
}

TEST_CASE("an address becomes valid with its last write", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    set_mac(regs, 3, station);
    REQUIRE(chip.writes.size() == 2);
    CHECK((chip.writes[0].offset == 0x5418 && chip.writes[0].value == 0x3322'1100));
    CHECK((chip.writes[1].offset == 0x541C && chip.writes[1].value == 0x8000'5544));
}

TEST_CASE("an address becomes invalid with its first write", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    clear_mac(regs, 14);
    REQUIRE(chip.writes.size() == 2);
    CHECK((chip.writes[0].offset == 0x5474 && chip.writes[0].value == 0));
    CHECK((chip.writes[1].offset == 0x5470 && chip.writes[1].value == 0));
}

TEST_CASE("read_link reads speed and duplex", "[hw][chip]")
{
    struct {
        std::uint32_t status;
        bool up, full;
        std::uint16_t mbps;
    } const table[] = {{0x02, true, false, 10},   {0x43, true, true, 100},
                       {0x83, true, true, 1000},  {0xC3, true, true, 1000},
                       {0x82, true, false, 1000}, {0x81, false, true, 1000}};
    for (const auto &t : table) {
        fake_82574 chip;
        chip.reg[F::STATUS] = t.status | F::MASTER_EN;
        link_state link;
        CAPTURE(t.status);
        CHECK(read_link(chip.registers(), link));
        CHECK(link.up == t.up);
        CHECK(link.full_duplex == t.full);
        CHECK(link.mbps == t.mbps);
    }
}

TEST_CASE("all ones is not a link at 1000 Mb/s", "[hw][chip]")
{
    fake_82574 chip;
    chip.gone_from = 0;
    link_state link{.up = false, .full_duplex = true, .mbps = 7};
    CHECK_FALSE(read_link(chip.registers(), link));
    CHECK((!link.up && link.full_duplex && link.mbps == 7));
}

// --- interrupts
// -------------------------------------------------------------------------------------

TEST_CASE("the link interrupt is unmasked, with its vector where there are vectors", "[hw][chip]")
{
    SECTION("message or pin")
    {
        fake_82574 chip;
        auto regs = chip.registers();
        unmask_link_interrupt(regs, interrupt_mode::message_or_pin);
        CHECK(chip.reg[F::IMS] == 1u << 2);
        CHECK(chip.first(F::IVAR) == F::never);
    }
    SECTION("MSI-X")
    {
        fake_82574 chip;
        auto regs = chip.registers();
        unmask_link_interrupt(regs, interrupt_mode::msi_x);
        CHECK(chip.reg[F::IMS] == (1u << 2 | 1u << 24));
        CHECK((chip.reg[F::IVAR] & 0xF'0000) == 0x8'0000); // OTHER, vector 0, valid
        CHECK(chip.first(F::IVAR) < chip.first(F::IMS));
    }
}

TEST_CASE("masking masks everything", "[hw][chip]")
{
    fake_82574 chip;
    chip.reg[F::IMS] = all;
    auto regs = chip.registers();
    mask_interrupts(regs);
    CHECK(chip.reg[F::IMS] == 0);
}

TEST_CASE("an interrupt is acknowledged and says whether the link may have changed", "[hw][chip]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    chip.reg[F::ICR] = 1u << 2 | 1u << 24;
    CHECK(acknowledge_interrupt(regs));
    CHECK(chip.reg[F::ICR] == 0);
    CHECK(chip.writes.back().value == (1u << 2 | 1u << 24));

    chip.reg[F::ICR] = 1u << 24;
    CHECK_FALSE(acknowledge_interrupt(regs));

    chip.gone_from = 0;
    CHECK_FALSE(acknowledge_interrupt(regs));
}
