// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/phy.hpp"

#include "catch.hpp"
#include "fake_82574.hpp"

using namespace miniport;
using namespace miniport::hw;

TEST_CASE("a PHY register is read at PHY address 1", "[hw][phy]")
{
    fake_82574 chip;
    chip.phy[4] = 0xABCD;
    auto regs = chip.registers();
    std::uint16_t value = 0;
    CHECK(read_phy(regs, phy_register::advertisement, value) == status::ok);
    CHECK(value == 0xABCD);
    REQUIRE(chip.writes.size() == 1);
    CHECK(chip.writes[0].offset == 0x20);
    CHECK(chip.writes[0].value == (2u << 26 | 1u << 21 | 4u << 16));
}

TEST_CASE("a PHY register is written at PHY address 1", "[hw][phy]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    CHECK(write_phy(regs, phy_register::control_1000t, 0x0300) == status::ok);
    CHECK(chip.phy[9] == 0x0300);
    REQUIRE(chip.writes.size() == 1);
    CHECK(chip.writes[0].value == (1u << 26 | 1u << 21 | 9u << 16 | 0x0300));
}

TEST_CASE("two MDI errors in a row are overcome", "[hw][phy]")
{
    fake_82574 chip;
    chip.mdic_errors = 2;
    auto regs = chip.registers();
    std::uint16_t value = 0;
    CHECK(read_phy(regs, phy_register::control, value) == status::ok);
    CHECK(value == 0x1140);
}

TEST_CASE("three MDI errors are a failure that touches no value", "[hw][phy]")
{
    fake_82574 chip;
    chip.mdic_errors = 3;
    auto regs = chip.registers();
    std::uint16_t value = 7;
    CHECK(read_phy(regs, phy_register::control, value) == status::io_error);
    CHECK(value == 7);
    CHECK(chip.writes.size() == 3);
}

TEST_CASE("a silent PHY is given up after three tries", "[hw][phy]")
{
    fake_82574 chip;
    chip.mdic_silent = true;
    auto regs = chip.registers();
    std::uint16_t value = 7;
    CHECK(read_phy(regs, phy_register::control, value) == status::timed_out);
    CHECK(value == 7);
    CHECK(chip.writes.size() == 3);
    CHECK(chip.now_us <= 40'000);
}

TEST_CASE("a device that is gone is not asked again", "[hw][phy]")
{
    fake_82574 chip;
    chip.gone_from = 0;
    auto regs = chip.registers();
    std::uint16_t value = 7;
    CHECK(read_phy(regs, phy_register::control, value) == status::removed);
    CHECK(chip.writes.size() == 1);
    CHECK(value == 7);
}

TEST_CASE("a device that goes away between READY and the data gives no value", "[hw][phy]")
{
    fake_82574 chip;
    chip.gone_from = 2; // the write, the wait's read; then nothing
    auto regs = chip.registers();
    std::uint16_t value = 7;
    CHECK(failed(read_phy(regs, phy_register::control, value)));
    CHECK(value == 7);
}

TEST_CASE("a PHY that negotiated what we offer keeps its link", "[hw][phy]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    CHECK(start_phy(regs) == status::ok);
    CHECK(chip.phy_writes.empty());
}

TEST_CASE("an offer that changed starts negotiation anew", "[hw][phy]")
{
    constexpr std::uint32_t anew = 1u << 12 | 1u << 9; // autonegotiate, restart
    SECTION("10 and 100 Mb/s")
    {
        fake_82574 chip;
        chip.phy[4] = 0x0C01; // pause bits and selector stay as they are
        auto regs = chip.registers();
        CHECK(start_phy(regs) == status::ok);
        CHECK(chip.phy[4] == (0x0C01 | 0x01E0));
        CHECK(chip.phy_writes.back().offset == 0);
        CHECK(chip.phy_writes.back().value == anew);
    }
    SECTION("1000 Mb/s")
    {
        fake_82574 chip;
        chip.phy[9] = 0;
        auto regs = chip.registers();
        CHECK(start_phy(regs) == status::ok);
        CHECK(chip.phy[9] == 0x0200);
        CHECK(chip.phy_writes.back().value == anew);
    }
    SECTION("powered down")
    {
        fake_82574 chip;
        chip.phy[0] = 0x0800;
        auto regs = chip.registers();
        CHECK(start_phy(regs) == status::ok);
        CHECK((chip.phy_writes.front().value & 0x1800) == 0x1000);
        CHECK(chip.phy_writes.back().value == anew);
    }
    SECTION("never completed")
    {
        fake_82574 chip;
        chip.phy[1] = 0;
        auto regs = chip.registers();
        CHECK(start_phy(regs) == status::ok);
        REQUIRE(chip.phy_writes.size() == 1);
        CHECK(chip.phy_writes[0].value == anew);
    }
}

TEST_CASE("a failing PHY fails its start, in bounded time", "[hw][phy]")
{
    fake_82574 chip;
    chip.mdic_silent = true;
    auto regs = chip.registers();
    CHECK(start_phy(regs) == status::timed_out);
    CHECK(chip.now_us <= 40'000);
}
