// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/nvm.hpp"

#include "catch.hpp"
#include "fake_82574.hpp"

using namespace miniport;
using namespace miniport::hw;

namespace {

/// An image whose words sum up to 0xBABA (hardware.md §3.4).
nvm_image sound_image()
{
    nvm_image nvm{};
    nvm[0] = 0x1100; // 00:11
    nvm[1] = 0x3322; // 22:33
    nvm[2] = 0x5544; // 44:55
    nvm[10] = 0xFFFF;
    nvm[0x3F] = static_cast<std::uint16_t>(0xBABA - 0x1100 - 0x3322 - 0x5544 - 0xFFFF);
    return nvm;
}

} // namespace

TEST_CASE("all 64 words are read, each through its address", "[hw][nvm]")
{
    fake_82574 chip;
    auto regs = chip.registers();
    nvm_image nvm{};
    REQUIRE(read_nvm(regs, nvm) == status::ok);
    CHECK(nvm == chip.nvm);
    REQUIRE(chip.writes.size() == 64);
    CHECK((chip.writes[0].offset == 0x14 && chip.writes[0].value == 0x0001));
    CHECK((chip.writes[63].offset == 0x14 && chip.writes[63].value == 0x00FD));
}

TEST_CASE("an NVM that never answers is given up", "[hw][nvm]")
{
    fake_82574 chip;
    chip.eerd_silent = true;
    auto regs = chip.registers();
    nvm_image nvm{};
    CHECK(read_nvm(regs, nvm) == status::timed_out);
    CHECK(chip.now_us <= 10'000);
}

TEST_CASE("a device that goes away while its NVM is read", "[hw][nvm]")
{
    std::uint64_t whole = 0;
    {
        fake_82574 chip;
        auto regs = chip.registers();
        nvm_image nvm{};
        REQUIRE(read_nvm(regs, nvm) == status::ok);
        whole = chip.accesses;
    }
    for (std::uint64_t k = 0; k < whole - 1; ++k) {
        fake_82574 chip;
        chip.gone_from = k;
        auto regs = chip.registers();
        nvm_image nvm{};
        CAPTURE(k);
        // The read that fetches the data may be the first to meet a gone device; the next word's
        // wait sees it.
        REQUIRE(read_nvm(regs, nvm) == status::removed);
        REQUIRE(chip.now_us <= 10'000);
    }
}

TEST_CASE("the checksum is the sum of all 64 words", "[hw][nvm]")
{
    nvm_image nvm = sound_image();
    CHECK(checksum_valid(nvm));
    for (unsigned word = 0; word < 64; ++word) {
        ++nvm[word];
        CHECK_FALSE(checksum_valid(nvm));
        --nvm[word];
    }
    CHECK_FALSE(checksum_valid(nvm_image{}));
    nvm.fill(0xFFFF);
    CHECK_FALSE(checksum_valid(nvm));
}

TEST_CASE("the address is in words 0 to 2, low byte first", "[hw][nvm]")
{
    CHECK(mac_of(sound_image()) == mac_address{0x00, 0x11, 0x22, 0x33, 0x44, 0x55});
}

TEST_CASE("a station has neither the zero nor a group address", "[hw][nvm]")
{
    CHECK(assignable({0x00, 0x11, 0x22, 0x33, 0x44, 0x55}));
    CHECK(assignable({0x02, 0, 0, 0, 0, 0})); // locally administered
    CHECK(assignable({0, 0, 0, 0, 0, 1}));
    CHECK_FALSE(assignable({0, 0, 0, 0, 0, 0}));
    CHECK_FALSE(assignable({0x01, 0, 0x5E, 0, 0, 1}));
    CHECK_FALSE(assignable({0x33, 0x33, 0, 0, 0, 1}));
    CHECK_FALSE(assignable({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
}
