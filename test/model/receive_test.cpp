// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

constexpr u32 sbp = 1u << 2, upe = 1u << 3, mpe = 1u << 4, lpe = 1u << 5, vfe = 1u << 18,
              secrc = 1u << 26;

/// What b makes of one frame under these RCTL bits.
received through(pair &p, const bytes &b)
{
    p.a->send(b);
    p.settle();
    return p.b->take();
}

struct started : pair {
    explicit started(u32 rctl = 0, u32 rfctl = 1u << 15)
    {
        b->start_receive(0, rctl, rfctl);
        a->start_transmit();
    }
};

constexpr std::array<u8, 6> other{0x02, 0, 0, 0, 0, 0x99},
    group{0x01, 0xAA, 0x00, 0x12, 0x34, 0x56};

} // namespace

TEST_CASE("receive: station, broadcast, other addresses")
{
    started p;
    CHECK(through(p, ether(mac_b, 0x88B5)).done);
    CHECK(through(p, ether(broadcast, 0x88B5)).done);
    CHECK_FALSE(through(p, ether(other, 0x88B5)).done);
    CHECK_FALSE(through(p, ether(group, 0x88B5)).done);
    p.b->clear(at::RCTL, 1u << 15);
    CHECK_FALSE(through(p, ether(broadcast, 0x88B5)).done);
    p.b->write(at::RAL + 8 * 15, 0x00000002);
    p.b->write(at::RAH + 8 * 15, 0x80009900);
    const received r = through(p, ether(other, 0x88B5));
    CHECK(r.done);
    CHECK((r.status & 1u << 7) == 0); // exact
    p.b->write(at::RAH + 8 * 15, 0x00009900);
    CHECK_FALSE(through(p, ether(other, 0x88B5)).done);
}

TEST_CASE("receive: promiscuity is of unicast and multicast apart")
{
    started p{upe};
    const received r = through(p, ether(other, 0x88B5));
    CHECK(r.done);
    CHECK((r.status & 1u << 7) != 0); // PIF
    CHECK_FALSE(through(p, ether(group, 0x88B5)).done);
    p.b->clear(at::RCTL, upe);
    p.b->set(at::RCTL, mpe);
    CHECK_FALSE(through(p, ether(other, 0x88B5)).done);
    CHECK(through(p, ether(group, 0x88B5)).done);
}

TEST_CASE("receive: multicast hash for all four offsets")
{
    // READING-INCORRECT: hardware.md §3.4 quotes 0x163 for MO 2; bits 45:34 of 56:34:… are 0x58D,
    // as its own formula says.
    const u32 golden[] = {0x563, 0xAC6, 0x58D, 0x634};
    for (u32 mo = 0; mo < 4; ++mo) {
        CHECK(nm::address_filter::hash(group.data(), mo) == golden[mo]);
        started p{mo << 12};
        CHECK_FALSE(through(p, ether(group, 0x88B5)).done);
        p.b->write(at::MTA + 4 * (golden[mo] >> 5), 1u << (golden[mo] & 31));
        CHECK(through(p, ether(group, 0x88B5)).done);
    }
}

TEST_CASE("receive: VLAN filter and strip")
{
    started p{vfe};
    const bytes inner = ether(mac_b, 0x88B5, 64);
    CHECK_FALSE(through(p, tagged(inner, 0x2005)).done);
    p.b->write(at::VFTA, 1u << 5);
    received r = through(p, tagged(inner, 0x2005));
    CHECK(r.done);
    CHECK(r.data == tagged(inner, 0x2005));
    CHECK((r.status & 8) == 0);
    CHECK(r.vlan == 0);
    CHECK(through(p, inner).done); // untagged passes
    p.b->set(at::CTRL, 1u << 30);  // VME
    r = through(p, tagged(inner, 0x2005));
    CHECK(r.done);
    CHECK((r.status & 8) != 0);
    CHECK(r.vlan == 0x2005);
    CHECK(r.data == inner);
    p.b->write(at::VET, 0x88A8); // another ethertype: not a tag any more
    r = through(p, tagged(inner, 0x0777));
    CHECK(r.done);
    CHECK(r.vlan == 0);
}

TEST_CASE("receive: FCS in memory is the real one")
{
    started p;
    p.b->clear(at::RCTL, secrc);
    const bytes b = ether(mac_b, 0x88B5, 100);
    const received r = through(p, b);
    REQUIRE(r.done);
    CHECK(r.length == 104);
    u32 fcs = 0;
    std::memcpy(&fcs, r.data.data() + 100, 4);
    CHECK(fcs == nm::crc32(b.data(), b.size()));
    CHECK(nm::crc32(r.data.data(), 104) == 0x2144DF1C); // residue of any right frame
}

TEST_CASE("receive: sizes")
{
    started p;
    CHECK(through(p, ether(mac_b, 0x88B5, 1518)).done); // 1522 with FCS
    CHECK_FALSE(through(p, ether(mac_b, 0x88B5, 1519)).done);
    CHECK(p.b->read(at::ROC) == 1);
    CHECK(p.b->read(at::RLEC) == 1);
    p.b->set(at::RCTL, lpe);
    CHECK(through(p, ether(mac_b, 0x88B5, 1519)).done);
    // 9230 + FCS over buffers of 2048: five descriptors, EOP on the last only.
    p.a->send(ether(mac_b, 0x88B5, 9230));
    p.settle();
    u32 total = 0;
    for (int i = 0; i < 5; ++i) {
        const received r = p.b->take();
        REQUIRE(r.done);
        CHECK(((r.status & 2) != 0) == (i == 4));
        total += r.length;
    }
    CHECK(total == 9230);
    const bytes runt = ether(mac_b, 0x88B5, 40);
    p.b->device.inject({runt.data(), 40, 0});
    p.settle();
    CHECK_FALSE(p.b->take().done);
    CHECK(p.b->read(at::RUC) == 1);
    p.b->device.inject({runt.data(), 40, 5});
    CHECK(p.b->read(at::RFC) == 1);
    const bytes giant(9400, 2);
    bytes g = ether(mac_b, 0x88B5, 9300);
    p.b->device.inject({g.data(), 9300, 0});
    CHECK(p.b->read(at::ROC) == 1);
    p.b->device.inject({g.data(), 9300, 5});
    CHECK(p.b->read(at::RJC) == 1);
}

TEST_CASE("receive: every buffer size")
{
    struct row {
        u32 rctl, bytes_;
    };
    const row rows[] = {{0, 2048},
                        {1u << 16, 1024},
                        {2u << 16, 512},
                        {3u << 16, 256},
                        {1u << 25 | 3u << 16, 4096},
                        {1u << 25 | 2u << 16, 8192},
                        {1u << 25 | 1u << 16, 16384}};
    for (const row &r : rows) {
        pair p;
        for (bytes &m : p.b->rx_memory[0])
            m.resize(16384);
        p.b->start_receive(0, r.rctl | lpe);
        p.a->start_transmit();
        const u32 n = 5000;
        p.a->send(ether(mac_b, 0x88B5, n));
        p.settle();
        u32 total = 0, count = 0;
        for (received x = p.b->take(); x.done; x = p.b->take(), ++count)
            total += x.length;
        CHECK(total == n);
        CHECK(count == (n + r.bytes_ - 1) / r.bytes_);
    }
}

TEST_CASE("receive: bad frames are dropped, or stored with SBP")
{
    started p;
    const bytes b = ether(mac_b, 0x88B5, 100);
    p.b->device.inject({b.data(), 100, 1});
    p.settle();
    CHECK_FALSE(p.b->take().done);
    CHECK(p.b->read(at::CRCERRS) == 1);
    p.b->set(at::RCTL, sbp);
    p.b->device.inject({b.data(), 100, 1});
    p.settle();
    const received r = p.b->take();
    CHECK(r.done);
    CHECK((r.status & 1u << 24) != 0); // CE
    CHECK(p.b->read(at::GPRC) == 0);
    CHECK(p.b->read(at::TPR) == 2);
}

TEST_CASE("receive: counters of good frames")
{
    started p{mpe};
    through(p, ether(mac_b, 0x88B5, 60));
    through(p, ether(mac_b, 0x88B5, 200));
    through(p, ether(broadcast, 0x88B5, 60));
    through(p, ether(group, 0x88B5, 1000));
    through(p, ether(other, 0x88B5, 60)); // filtered: TPR and TOR only
    CHECK(p.b->read(at::GPRC) == 4);
    CHECK(p.b->read(at::GPRC) == 0); // clear on read
    CHECK(p.b->read(at::TPR) == 5);
    CHECK(p.b->read(at::BPRC) == 1);
    CHECK(p.b->read(at::MPRC) == 1);
    CHECK(p.b->read(at::PRC64) == 2);
    CHECK(p.b->read(at::PRC255) == 1);
    CHECK(p.b->read(at::PRC1023) == 1);
    CHECK(p.b->read(at::GORCL) == 64 + 204 + 64 + 1004);
    CHECK(p.b->read(at::GORCL) == 64 + 204 + 64 + 1004); // until the high half is read
    CHECK(p.b->read(at::GORCH) == 0);
    CHECK(p.b->read(at::GORCL) == 0);
    CHECK(p.b->read(at::TORL) == 64 + 204 + 64 + 1004 + 64);
    CHECK(p.a->read(at::GPTC) == 5);
    CHECK(p.a->read(at::TPT) == 5);
    CHECK(p.a->read(at::GOTCL) == 64 + 204 + 64 + 1004 + 64);
    CHECK(p.a->read(at::PTC64) == 3);
    CHECK(p.a->read(at::BPTC) == 1);
    CHECK(p.a->read(at::MPTC) == 1);
}

TEST_CASE("receive: without descriptors the packet buffer fills, then frames are missed")
{
    started p;
    p.b->write(at::RDH, 0); // empty ring
    p.b->ring(at::RDT, 0);
    static_cast<void>(p.b->read(at::ICR));
    u32 sent = 0;
    for (int k = 0; k < 30; ++k) {
        p.a->send(ether(mac_b, 0x88B5, 1000));
        p.settle();
        ++sent;
    }
    const u32 held = 20 * 1024 / (1004 + 16);
    CHECK(p.b->read(at::RNBC) == sent);
    CHECK(p.b->read(at::MPC) == sent - held);
    CHECK(p.b->read(at::MPC) == 0);
    CHECK(p.b->read(at::GPRC) == held);
    CHECK((p.b->read(at::ICR) & 1u << 6) != 0); // RXO
    p.b->ring(at::RDT, ring_size - 1);
    p.settle();
    u32 got = 0;
    while (p.b->take().done)
        ++got;
    CHECK(got == held);
    // A larger packet buffer holds more.
    CHECK(p.b->read(at::RDFPC) == 0);
}

TEST_CASE("receive: RDH moves, descriptors of another owner are not touched")
{
    started p;
    p.b->write(at::RDH, 0);
    p.b->ring(at::RDT, 3); // three posted
    for (int k = 0; k < 5; ++k)
        p.a->send(ether(mac_b, 0x88B5));
    p.settle();
    CHECK(p.b->read(at::RDH) == 3);
    CHECK(p.b->rx_ring[0][3].high == 0);
    for (u32 i = 0; i < 3; ++i)
        CHECK((p.b->rx_ring[0][i].high & 3) == 3);
}

TEST_CASE("receive: RXDMT0 when the free descriptors fall to the threshold")
{
    for (u32 rdmts = 0; rdmts < 3; ++rdmts) {
        started p{rdmts << 8};
        static_cast<void>(p.b->read(at::ICR));
        const u32 threshold = ring_size >> (1 + rdmts);
        u32 n = 0;
        for (; n < ring_size && (p.b->read(at::ICS), true); ++n) {
            p.a->send(ether(mac_b, 0x88B5));
            p.settle();
            p.b->take(0, false);
            if ((p.b->read(at::ICR) & 1u << 4) != 0)
                break;
        }
        CHECK(ring_size - 1 - (n + 1) == threshold);
    }
}

TEST_CASE("receive: legacy descriptors")
{
    started p{0, 0};
    const bytes b = ip_frame(4, 6, 100);
    p.a->send(b);
    p.settle();
    const descriptor d = p.b->rx_ring[0][0];
    CHECK(d.low == iova(p.b->rx_memory[0][0].data())); // the address stays
    CHECK((d.high & 0xFFFF) == b.size());
    CHECK((d.high >> 32 & 0xFF) == (1 | 2 | 0x20 | 0x40)); // DD EOP TCPCS IPCS
    CHECK((d.high >> 40 & 0xFF) == 0);
    CHECK((d.high >> 16 & 0xFFFF) == nm::fold(nm::ones_sum(b.data(), b.size())));
}

TEST_CASE("receive: packet split puts headers apart")
{
    pair p;
    port &b = *p.b;
    struct alignas(16) split_descriptor {
        u64 word[4];
    };
    static split_descriptor ring[ring_size];
    std::vector<bytes> buffers(4 * ring_size, bytes(4096, 0xEE));
    for (u32 i = 0; i < ring_size; ++i)
        ring[i] = {{iova(buffers[4 * i].data()), iova(buffers[4 * i + 1].data()),
                    iova(buffers[4 * i + 2].data()), ~u64{0}}};
    b.write(at::RFCTL, 1u << 15);
    b.write(at::PSRCTL, 2 | 1u << 8 | 1u << 16 | 1u << 24); // 256, 1 K, 1 K, 1 K
    b.write(at::RDBAL, static_cast<u32>(iova(ring)));
    b.write(at::RDBAH, static_cast<u32>(iova(ring) >> 32));
    b.write(at::RDLEN, ring_size * 32);
    b.write(at::RCTL, 1u << 1 | 1u << 10 | 1u << 15 | 1u << 26);
    b.write(at::RDH, 0);
    b.ring(at::RDT, ring_size - 1);
    p.a->start_transmit();

    const bytes f = ip_frame(4, 6, 1200);
    p.a->send(f);
    p.settle();
    const split_descriptor &d = ring[0];
    CHECK((d.word[1] & 3) == 3);
    CHECK((d.word[1] >> 32 & 0xFFFF) == 54);       // length 0: Ethernet, IP, TCP
    CHECK((d.word[2] & 0x83FF) == (0x8000u | 54)); // HDRSP, HLEN
    CHECK((d.word[2] >> 16 & 0xFFFF) == 1024);
    CHECK((d.word[2] >> 32 & 0xFFFF) == 176);
    CHECK((d.word[2] >> 48 & 0xFFFF) == 0); // null buffer
    CHECK(std::memcmp(buffers[0].data(), f.data(), 54) == 0);
    CHECK(std::memcmp(buffers[1].data(), f.data() + 54, 1024) == 0);
    CHECK(std::memcmp(buffers[2].data(), f.data() + 54 + 1024, 176) == 0);

    const bytes plain = ether(mac_b, 0x88B5, 600);
    p.a->send(plain);
    p.settle();
    CHECK((ring[1].word[2] & 0x8000) == 0); // no split
    CHECK((ring[1].word[1] >> 32 & 0xFFFF) == 256);
    CHECK((ring[1].word[2] >> 16 & 0xFFFF) == 344);
}

TEST_CASE("receive: latency, batch of write-backs")
{
    nm::latencies t;
    t.negotiation_ns = 1000;
    pair p{t};
    p.b->write(at::RXDCTL, 1u << 24 | 4u << 16); // WTHRESH 4
    p.b->start_receive();
    p.settle(); // descriptors fetched
    const bytes f = ether(mac_b, 0x88B5);
    for (int i = 0; i < 3; ++i)
        p.b->device.inject({f.data(), 60, 0});
    p.l.step(1000); // data in memory (800), no batch: nothing written back
    CHECK(std::memcmp(p.b->rx_memory[0][0].data(), f.data(), 60) == 0);
    CHECK_FALSE(p.b->take().done);
    CHECK(p.b->read(at::RDH) == 0);
    p.l.step(5000); // hold time over
    CHECK(p.b->read(at::RDH) == 3);
    for (int i = 0; i < 4; ++i)
        p.b->device.inject({f.data(), 60, 0});
    p.l.step(1200); // a whole batch goes at once
    CHECK(p.b->read(at::RDH) == 7);
}

TEST_CASE("receive: a refused address costs the data, not the device")
{
    started p;
    struct window {
        u64 bad;
    } w{iova(p.b->rx_memory[0][1].data())};
    p.b->device.translate_with(
        [](void *c, u64 a, u64) -> void * {
            return a == static_cast<window *>(c)->bad ? nullptr : reinterpret_cast<void *>(a);
        },
        &w);
    for (int i = 0; i < 3; ++i)
        CHECK(through(p, ether(mac_b, 0x88B5)).done);
    CHECK(p.b->device.iommu_faults() == 1);
    CHECK(p.b->rx_memory[0][1][0] == 0xEE);
    CHECK(p.b->rx_memory[0][2][0] == 0x02);
}
