// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// hw/desc_82574.hpp and hw/le.hpp, byte for byte against hardware.md §3.7 and §3.8.

#include "hw/desc_82574.hpp"

#include <array>
#include <cstring>

#include "catch.hpp"

using namespace miniport::hw;

namespace {

using bytes = std::array<std::uint8_t, 16>;

template <class T> bytes bytes_of(const T &d)
{
    static_assert(sizeof(T) == 16);
    return std::bit_cast<bytes>(d);
}

slot slot_with(const bytes &b)
{
    slot s{};
    std::memcpy(static_cast<void *>(&s), b.data(), b.size());
    return s;
}

} // namespace

TEST_CASE("le stores the low byte first", "[hw][descriptor]")
{
    CHECK(std::bit_cast<std::array<std::uint8_t, 4>>(le<std::uint32_t>{0x1122'3344}) ==
          std::array<std::uint8_t, 4>{0x44, 0x33, 0x22, 0x11});
    CHECK(std::bit_cast<std::array<std::uint8_t, 2>>(le<std::uint16_t>{0x1122}) ==
          std::array<std::uint8_t, 2>{0x22, 0x11});
    STATIC_REQUIRE(le<std::uint64_t>{0x0102'0304'0506'0708} == 0x0102'0304'0506'0708);
    STATIC_REQUIRE(sizeof(le<std::uint16_t>) == 2);
}

TEST_CASE("receive: what we post is the address and eight zero bytes", "[hw][descriptor]")
{
    CHECK(bytes_of(rx_post{std::uint64_t{0x1122'3344'5566'7788}}) ==
          bytes{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("receive: what the NIC writes back", "[hw][descriptor]")
{
    const auto d = std::bit_cast<rx_done>(bytes{
        0x04, 0x03, 0x02, 0x01, // mrq
        0x14, 0x13, 0x12, 0x11, // rss
        0x24, 0x23, 0x22, 0x21, // staterr
        0x32, 0x31,             // length
        0x42, 0x41,             // vlan
    });
    CHECK(d.mrq == 0x0102'0304u);
    CHECK(d.rss == 0x1112'1314u);
    CHECK(d.status == 0x2122'2324u);
    CHECK(d.length == 0x3132u);
    CHECK(d.vlan == 0x4142u);
}

TEST_CASE("receive: status and error bits", "[hw][descriptor]")
{
    STATIC_REQUIRE(rx_status::DD.mask == 0x0000'0001);
    STATIC_REQUIRE(rx_status::EOP.mask == 0x0000'0002);
    STATIC_REQUIRE(rx_status::CE.mask == 0x0100'0000);
    STATIC_REQUIRE(rx_status::SE.mask == 0x0200'0000);
    STATIC_REQUIRE(rx_status::SEQ.mask == 0x0400'0000);
    STATIC_REQUIRE(rx_status::CXE.mask == 0x1000'0000);
    STATIC_REQUIRE(rx_status::RXE.mask == 0x8000'0000);
    // A checksum error inside (L4E 29, IPE 30) does not damage the frame.
    STATIC_REQUIRE(rx_status::frame_error == 0x9700'0000);
}

TEST_CASE("transmit: a whole frame's data descriptor", "[hw][descriptor]")
{
    const auto command = tx_command::DTALEN(1514) | tx_command::DTYP(1) | tx_command::EOP(true) |
                         tx_command::IFCS(true) | tx_command::RS(true) | tx_command::DEXT(true);
    CHECK(bytes_of(tx_post{std::uint64_t{0x1122'3344'5566'7788}, command.value}) ==
          bytes{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // address
                0xEA, 0x05, 0x10,                               // length 19:0, type 23:20
                0x2B,                                           // DEXT RS IFCS EOP
                0, 0, 0, 0});
}

TEST_CASE("transmit: command bits", "[hw][descriptor]")
{
    STATIC_REQUIRE(tx_command::DTALEN.mask == 0x000F'FFFF);
    STATIC_REQUIRE(tx_command::DTYP(1).value == 0x0010'0000);
    STATIC_REQUIRE(tx_command::EOP.mask == 0x0100'0000);
    STATIC_REQUIRE(tx_command::IFCS.mask == 0x0200'0000);
    STATIC_REQUIRE(tx_command::RS.mask == 0x0800'0000);
    STATIC_REQUIRE(tx_command::DEXT.mask == 0x2000'0000);
}

TEST_CASE("a slot shows exactly what was posted", "[hw][descriptor]")
{
    slot s = slot_with({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, //
                        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
    s.post(rx_post{std::uint64_t{0x1234}});
    CHECK(bytes_of(s) == bytes{0x34, 0x12});
}

TEST_CASE("a posted slot is not done", "[hw][descriptor]")
{
    slot s = slot_with({0, 0, 0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 64, 0, 0, 0});
    rx_done d{};
    REQUIRE(s.take(d));
    s.post(rx_post{~std::uint64_t{0}}); // no bit of an address is a DD
    CHECK_FALSE(s.take(d));
    s.post(tx_post{~std::uint64_t{0}, ~std::uint32_t{0}});
    CHECK_FALSE(s.sent());
}

TEST_CASE("take hands out a copy of the whole descriptor", "[hw][descriptor]")
{
    slot s = slot_with({1, 0, 0, 0, 2, 0, 0, 0, 0x03, 0, 0, 0x20, 0xEA, 0x05, 0x64, 0});
    rx_done d{};
    REQUIRE(s.take(d));
    s = slot_with({}); // the device changes its mind
    CHECK(d.mrq == 1u);
    CHECK(d.rss == 2u);
    CHECK(d.status == 0x2000'0003u);
    CHECK(d.length == 1514);
    CHECK(d.vlan == 100);
}

TEST_CASE("take goes by DD alone", "[hw][descriptor]")
{
    rx_done d{};
    CHECK_FALSE(slot_with({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, //
                           0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
                    .take(d));
    CHECK(slot_with({0, 0, 0, 0, 0, 0, 0, 0, 0x01}).take(d));
}

TEST_CASE("sent goes by the DD of the last dword alone", "[hw][descriptor]")
{
    CHECK(slot_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01}).sent());
    CHECK_FALSE(slot_with({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, //
                           0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF})
                    .sent());
}
