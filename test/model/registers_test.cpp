// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

TEST_CASE("registers: the table's reset values, read back")
{
    nm::lab l;
    port p{l, with_mac(1)};
    CHECK(p.read(at::STATUS) == 0x00080081); // no link; GIO master enabled
    CHECK(p.read(at::CTRL) == 0x00000201);
    CHECK(p.read(at::VET) == 0x8100);
    CHECK(p.read(at::PBA) == 0x00140014); // §3.2: 20 KB each
    CHECK(p.read(at::TIPG) == (8u | 8u << 10 | 6u << 20));
    CHECK(p.read(at::FCAL) == 0x00C28001);
    CHECK(p.read(at::FCAH) == 0x0100);
    CHECK(p.read(at::FCT) == 0x8808);
    CHECK(p.read(at::TARC) == 0x403);
    CHECK(p.read(at::RAL) == 0x00504D02);
    CHECK(p.read(at::RAH) == 0x80000100);
    CHECK((p.read(at::EECD) & 0x300) == 0x300); // present, read
    for (const auto &r : nm::register_table) {
        if (r.handled || r.mode == nm::access::wo)
            continue;
        INFO(r.name);
        for (u32 n = 0; n < r.count; ++n)
            REQUIRE(p.read(r.offset + n * r.stride) == r.reset);
    }
}

TEST_CASE("registers: a write reaches the writable bits and no others")
{
    nm::lab l;
    port p{l, with_mac(1)};
    for (const auto &r : nm::register_table) {
        if (r.handled || r.mode != nm::access::rw)
            continue;
        INFO(r.name);
        const u32 last = r.offset + (r.count - 1u) * r.stride;
        p.write(last, 0xFFFFFFFF);
        REQUIRE(p.read(last) == ((r.reset & ~r.writable) | (r.writable & ~r.self_clearing)));
        p.write(last, 0);
        REQUIRE(p.read(last) == (r.reset & ~r.writable));
    }
    p.write(at::PBA, 32);
    CHECK(p.read(at::PBA) == (32u | 8u << 16)); // what receive leaves of 40
    p.write(at::RDLEN, 0xFFFFFFFF);
    CHECK(p.read(at::RDLEN) == 0xFFF80); // multiples of 128 bytes
    p.write(at::STATUS, 0);
    CHECK(p.read(at::STATUS) != 0);
}

TEST_CASE("registers: unknown ones read 0 and are counted")
{
    nm::lab l;
    port p{l, with_mac(1)};
    p.write(0x0004, 5);
    CHECK(p.read(0x0004) == 0);
    CHECK(p.read(0x1FFFC) == 0);
    CHECK(p.read(0x20000) == 0);
    CHECK(p.read(0x0002) == 0);
    CHECK(p.device.counted().unknown_reads == 4);
    CHECK(p.device.counted().unknown_writes == 1);
}

TEST_CASE("reset: registers away, then defaults; auto read later; link kept by the PHY")
{
    pair p;
    port &a = *p.a;
    a.start_receive();
    a.write(at::MTA, 7);
    a.write(at::RAL + 8, 5);
    a.write(at::IMS, 4);
    CHECK((a.read(at::STATUS) & 2) != 0);
    a.set(at::CTRL, 1u << 26);
    CHECK(a.read(at::CTRL) == 0xFFFFFFFF); // nobody answers
    a.write(at::VET, 0x1234);              // nobody listens
    p.l.step(1000);
    CHECK(a.read(at::CTRL) == 0x201); // RST cleared itself
    CHECK(a.read(at::VET) == 0x8100);
    CHECK(a.read(at::MTA) == 0);
    CHECK(a.read(at::RAL + 8) == 0);
    CHECK(a.read(at::IMS) == 0);
    CHECK(a.read(at::RCTL) == 0);
    CHECK(a.read(at::RDT) == 0);
    CHECK(*static_cast<volatile u32 *>(a.device.doorbell(at::RDT)) == 0);
    CHECK((a.read(at::EECD) & 0x200) == 0);
    CHECK(a.read(at::RAH) == 0);
    p.l.step(2'000'000);
    CHECK((a.read(at::EECD) & 0x200) != 0);
    CHECK(a.read(at::RAH) == 0x80000A00);
    CHECK((a.read(at::STATUS) & 2) == 0); // SLU is off again
    a.set(at::CTRL, 1u << 6);
    CHECK((a.read(at::STATUS) & 2) != 0);
    CHECK(a.device.counted().resets == 1);
}

TEST_CASE("reset: NVM read again on CTRL_EXT.EE_RST")
{
    nm::lab l;
    port p{l, with_mac(1)};
    p.write(at::CTRL_EXT, 1u << 13 | 1u << 28);
    CHECK(p.read(at::CTRL_EXT) == 1u << 28); // self-clearing
    CHECK((p.read(at::EECD) & 0x200) == 0);
    l.step(2'000'000);
    CHECK((p.read(at::EECD) & 0x200) != 0);
}

TEST_CASE("nvm: words take their time, the sum is 0xBABA, EEWR writes")
{
    nm::lab l;
    port p{l, with_mac(0x77)};
    auto word = [&](u32 n) {
        p.write(at::EERD, 1 | n << 2);
        l.step(10'000);
        const u32 v = p.read(at::EERD);
        REQUIRE((v & 2) != 0);
        return v >> 16;
    };
    p.write(at::EERD, 1);
    CHECK((p.read(at::EERD) & 2) == 0);
    l.step(9'000);
    CHECK((p.read(at::EERD) & 2) == 0);
    l.step(1'000);
    CHECK((p.read(at::EERD) & 2) != 0);
    CHECK(word(0) == 0x4D02);
    CHECK(word(2) == 0x7700);
    CHECK(word(0x0D) == 0x10D3);
    u32 sum = 0;
    for (u32 i = 0; i < 64; ++i)
        sum += word(i);
    CHECK((sum & 0xFFFF) == 0xBABA);
    p.write(at::EEWR, 1 | 0x20u << 2 | 0xCAFEu << 16);
    l.step(10'000);
    CHECK((p.read(at::EEWR) & 2) != 0);
    CHECK(word(0x20) == 0xCAFE);
    CHECK(word(64) == 0xFFFF);
}

TEST_CASE("semaphores: SMBI is taken by reading, MDIO by writing")
{
    nm::lab l;
    port p{l, with_mac(1)};
    CHECK((p.read(at::SWSM) & 1) == 0);
    CHECK((p.read(at::SWSM) & 1) == 1);
    p.write(at::SWSM, 2);
    CHECK((p.read(at::SWSM) & 3) == 2);
    p.set(at::EXTCNF_CTRL, 1u << 5);
    CHECK((p.read(at::EXTCNF_CTRL) & 1u << 5) != 0);
}

TEST_CASE("master disable: confirmed when DMA under way has ended")
{
    pair p{nm::latencies{}};
    p.a->start_transmit();
    p.b->start_receive();
    p.a->send(ether(mac_b, 0x88B5));
    p.l.step(600); // descriptors fetched, data not yet
    p.a->set(at::CTRL, 1u << 2);
    CHECK((p.a->read(at::STATUS) & 1u << 19) != 0);
    p.settle();
    CHECK((p.a->read(at::STATUS) & 1u << 19) == 0);
    CHECK(p.a->sent(0)); // what was begun was ended
    p.a->send(ether(mac_b, 0x88B5));
    p.settle();
    CHECK_FALSE(p.a->sent(1)); // nothing new
    p.a->clear(at::CTRL, 1u << 2);
    p.settle();
    CHECK(p.a->sent(1));
}

TEST_CASE("statistics: clear on read, octets low then high, no wrap")
{
    nm::register_store r;
    nm::statistics s{r};
    r[at::GPRC] = 0xFFFFFFFE;
    s.add(at::GPRC);
    s.add(at::GPRC);
    CHECK(r[at::GPRC] == 0xFFFFFFFF);
    r[at::GORCL] = 0xFFFFFFFF;
    s.add_octets(at::GORCL, 2);
    CHECK(r[at::GORCL] == 1);
    CHECK(r[at::GORCH] == 1);
    r[at::GORCL] = r[at::GORCH] = 0xFFFFFFFF;
    s.add_octets(at::GORCL, 64);
    CHECK(r[at::GORCL] == 0xFFFFFFFF);
    for (const auto &[n, bin] : {std::pair{64u, at::PRC64},
                                 {65u, at::PRC127},
                                 {127u, at::PRC127},
                                 {128u, at::PRC255},
                                 {256u, at::PRC511},
                                 {1023u, at::PRC1023},
                                 {1024u, at::PRC1522},
                                 {9000u, at::PRC1522}}) {
        const u32 before = r[bin];
        s.add_size(at::PRC64, n);
        CHECK(r[bin] == before + 1);
    }
}

TEST_CASE("time: SYSTIM counts by TIMINCA, latches high, adjusts")
{
    nm::lab l;
    port p{l, with_mac(1)};
    CHECK(p.read(at::SYSTIML) == 0);
    p.write(at::TIMINCA, 1u << 24 | 40u << 18); // §3.12: 25 MHz, shift 18
    l.step(1'000'000);
    const u64 low = p.read(at::SYSTIML), high = p.read(at::SYSTIMH);
    CHECK((high << 32 | low) == u64{1'000'000} << 18);
    p.write(at::TIMADJL, 1u << 18);
    p.write(at::TIMADJH, 0x80000000);
    const u64 low2 = p.read(at::SYSTIML), high2 = p.read(at::SYSTIMH);
    CHECK((high2 << 32 | low2) == u64{999'999} << 18);
}
