// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

#include <algorithm>
#include <cstdio>

#ifdef MINIPORT_HAVE_PCAP
#include "nicmodel/capture.hpp"
#endif

using namespace rig;

namespace {

struct started : pair {
    explicit started(const nm::impairments &i = {},
                     const nm::latencies &t = nm::latencies::immediate())
        : pair{t}
    {
        b->start_receive();
        a->start_transmit();
        l.impair(a->device, i);
    }
    /// Sends n numbered frames, 10 µs apart, and gives the numbers that arrived.
    std::vector<u32> numbers(u32 n)
    {
        std::vector<u32> got;
        bytes numbered = ether(mac_b, 0x88B5, 100);
        for (u32 i = 0; i < n; ++i) {
            nm::put_be32(numbered.data() + 14, i);
            a->send(numbered);
            l.step(10'000);
            collect(got);
        }
        l.step(5'000'000);
        collect(got);
        return got;
    }
    void collect(std::vector<u32> &got)
    {
        for (received r = b->take(); r.done; r = b->take())
            got.push_back(nm::be32(r.data.data() + 14));
    }
};

bool ascending(const std::vector<u32> &v)
{
    return std::is_sorted(v.begin(), v.end());
}

} // namespace

TEST_CASE("wire: plain")
{
    started p;
    const auto got = p.numbers(200);
    CHECK(got.size() == 200);
    CHECK(ascending(got));
    CHECK(p.l.wire_counters(p.a->device).delivered == 200);
}

TEST_CASE("wire: loss, by seed")
{
    nm::impairments i;
    i.loss_ppm = 200'000;
    i.seed = 5;
    started p{i}, q{i};
    const auto got = p.numbers(500);
    CHECK(got.size() > 350);
    CHECK(got.size() < 450);
    CHECK(p.l.wire_counters(p.a->device).lost == 500 - got.size());
    CHECK(got == q.numbers(500)); // the same again
    i.seed = 6;
    started r{i};
    CHECK(got != r.numbers(500));
}

TEST_CASE("wire: duplication")
{
    nm::impairments i;
    i.duplicate_ppm = 100'000;
    started p{i};
    const auto got = p.numbers(500);
    const auto c = p.l.wire_counters(p.a->device);
    CHECK(c.duplicated > 20);
    CHECK(got.size() == 500 + c.duplicated);
}

TEST_CASE("wire: reordering loses nothing")
{
    nm::impairments i;
    i.reorder_ppm = 100'000;
    started p{i};
    auto got = p.numbers(500);
    CHECK(got.size() == 500);
    CHECK_FALSE(ascending(got));
    std::sort(got.begin(), got.end());
    for (u32 n = 0; n < 500; ++n)
        REQUIRE(got[n] == n);
    CHECK(p.l.wire_counters(p.a->device).reordered > 20);
}

TEST_CASE("wire: corruption is seen by the FCS")
{
    nm::impairments i;
    i.corrupt_ppm = 100'000;
    started p{i};
    p.b->set(at::RCTL, 1u << 3 | 1u << 4); // an address may be hit
    const auto got = p.numbers(500);
    const auto c = p.l.wire_counters(p.a->device);
    CHECK(c.corrupted > 20);
    CHECK(got.size() == 500 - c.corrupted);
    CHECK(p.b->read(at::CRCERRS) == c.corrupted);
}

TEST_CASE("wire: delay")
{
    nm::impairments i;
    i.delay_ns = 50'000;
    started p{i};
    p.a->send(ether(mac_b, 1));
    p.l.step(49'000);
    CHECK_FALSE(p.b->take().done);
    p.l.step(2'000);
    CHECK(p.b->take().done);
}

TEST_CASE("wire: line rate holds the transmitter back")
{
    nm::impairments i;
    i.line_rate = true;
    started p{i};
    // 1538 bytes on the wire each: 12.304 µs at 1 Gb/s.
    for (u32 k = 0; k < 60; ++k)
        p.a->put_data(0, ether(mac_b, 1, 1514));
    p.a->flush();
    p.l.step(12'304 * 30 + 100);
    u32 n = 0;
    while (p.b->take().done)
        ++n;
    CHECK(n == 30);
    CHECK(p.a->read(at::TDH) < 50); // the FIFO of 20 KB holds some 13 more
    p.l.step(12'304 * 30);
    while (p.b->take().done)
        ++n;
    CHECK(n == 60);
}

TEST_CASE("wire: bounded")
{
    nm::impairments i;
    i.delay_ns = 1'000'000'000;
    started p{i};
    for (u32 k = 0; k < 100; ++k) {
        for (u32 m = 0; m < 50; ++m)
            p.a->put_data(0, ether(mac_b, 1, 1514));
        p.a->flush();
        p.l.step(1000);
    }
    const auto c = p.l.wire_counters(p.a->device);
    CHECK(c.sent == 5000);
    CHECK(c.overflowed > 0);
}

TEST_CASE("wire: a model on its own cable, and disconnection")
{
    nm::lab l;
    nm::options o;
    o.timing = nm::latencies::immediate();
    port p{l, with_mac(0xA, o)};
    l.connect_to_itself(p.device);
    p.set(at::CTRL, 1u << 6);
    l.step(2'000'000);
    p.start_receive();
    p.start_transmit();
    p.send(ether(mac_a, 1));
    l.step(1000);
    CHECK(p.take().done);
    l.disconnect(p.device);
    l.step(1000);
    CHECK((p.read(at::STATUS) & 2) == 0);
    CHECK((p.read(at::ICR) & 4) != 0);
}

TEST_CASE("wire: a partner that is destroyed leaves the cable")
{
    nm::lab l;
    nm::options o;
    o.timing = nm::latencies::immediate();
    port a{l, with_mac(0xA, o)};
    {
        port b{l, with_mac(0xB, o)};
        l.connect(a.device, b.device);
        a.set(at::CTRL, 1u << 6);
        l.step(2'000'000);
        CHECK(a.device.link_up());
    }
    l.step(1000);
    CHECK_FALSE(a.device.link_up());
}

#ifdef MINIPORT_HAVE_PCAP
TEST_CASE("wire: capture files in and out")
{
    const char *path = "/tmp/nicmodel_wire_test.pcap";
    nm::options o;
    o.timing = nm::latencies::immediate();
    {
        nm::lab l;
        nm::capture file{l.clock()};
        REQUIRE(file.write_to(path));
        port p{l, with_mac(0xA, o)};
        l.connect(p.device, file);
        p.set(at::CTRL, 1u << 6);
        l.step(2'000'000);
        p.start_transmit();
        for (u32 i = 0; i < 10; ++i) {
            p.send(ether(mac_b, 0x1000 + i, 100));
            l.step(1000);
        }
        CHECK(file.taken() == 10);
    }
    {
        nm::lab l;
        nm::capture file;
        REQUIRE(file.read_from(path));
        port p{l, with_mac(0xB, o)};
        p.start_receive();
        l.connect(p.device, file);
        p.set(at::CTRL, 1u << 6);
        l.step(2'000'000);
        for (u32 i = 0; i < 10; ++i) {
            const received r = p.take();
            REQUIRE(r.done);
            CHECK(r.data == ether(mac_b, 0x1000 + i, 100));
        }
        CHECK_FALSE(p.take().done);
        CHECK(file.given() == 10);
    }
    std::remove(path);
    nm::capture none;
    CHECK_FALSE(none.read_from("/nonexistent"));
    CHECK(none.error()[0] != 0);
}
#endif
