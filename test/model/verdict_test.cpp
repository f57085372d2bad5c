// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

namespace bit = nm::rx_bit;
constexpr u32 sums = 3u << 8, pcsd = 1u << 13;

received one(pair &p, const bytes &b)
{
    p.a->send(b);
    p.settle();
    received r = p.b->take();
    if (!r.done)
        r = p.b->take(1);
    REQUIRE(r.done);
    return r;
}

struct started : pair {
    explicit started(u32 rxcsum, u32 rfctl = 0)
    {
        b->write(at::RXCSUM, rxcsum);
        b->start_receive(0, 0, rfctl | 1u << 15);
        a->start_transmit();
    }
};

constexpr u32 verdict_bits =
    bit::IXSM | bit::UDPCS | bit::L4CS | bit::IPCS | bit::UDPV | bit::L4E | bit::IPE;

u32 type_of(const received &r)
{
    return r.status >> 16 & 0xF;
}

bytes broken(bytes b, std::size_t where)
{
    b[where] ^= 0x40;
    return b;
}

bytes fragment(bytes b, u32 flags_offset)
{
    nm::put_be16(b.data() + 20, flags_offset);
    nm::put_be16(b.data() + 24, 0);
    nm::put_be16(b.data() + 24, ~u32{nm::fold(nm::ones_sum(b.data() + 14, 20))});
    return b;
}

} // namespace

TEST_CASE("verdict: the checksum table of hardware.md §3.7")
{
    struct row {
        const char *what;
        bytes b;
        u32 verdict, type;
    };
    bytes no_udp_sum = ip_frame(4, 17, 40);
    nm::put_be16(no_udp_sum.data() + 40, 0);
    const row rows[] = {
        {"no IP", ether(mac_b, 0x88B5), bit::IXSM, 0},
        {"ARP", ether(mac_b, 0x0806), bit::IXSM, 0},
        {"IPv4 TCP right", ip_frame(4, 6, 100), bit::IPCS | bit::L4CS, 2},
        {"IPv4 UDP right", ip_frame(4, 17, 100), bit::IPCS | bit::UDPCS | bit::UDPV, 2},
        {"odd length", ip_frame(4, 6, 101), bit::IPCS | bit::L4CS, 2},
        {"padded to 60", ip_frame(4, 17, 1), bit::IPCS | bit::UDPCS | bit::UDPV, 2},
        {"IP header wrong", broken(ip_frame(4, 6, 100), 22), bit::IPCS | bit::IPE | bit::L4CS, 2},
        {"payload wrong", broken(ip_frame(4, 6, 100), 70), bit::IPCS | bit::L4CS | bit::L4E, 2},
        {"UDP payload wrong", broken(ip_frame(4, 17, 100), 70),
         bit::IPCS | bit::UDPCS | bit::UDPV | bit::L4E, 2},
        {"UDP without checksum", no_udp_sum, bit::IPCS | bit::UDPCS, 2},
        {"IPv6 TCP right", ip_frame(6, 6, 100), bit::L4CS, 6},
        {"IPv6 TCP wrong", broken(ip_frame(6, 6, 100), 80), bit::L4CS | bit::L4E, 6},
        {"IPv6 UDP right", ip_frame(6, 17, 100), bit::UDPCS | bit::UDPV, 6},
        {"other protocol",
         [] {
             bytes b = ip_frame(4, 17, 40);
             b[23] = 1;
             nm::put_be16(b.data() + 24, 0);
             nm::put_be16(b.data() + 24, ~u32{nm::fold(nm::ones_sum(b.data() + 14, 20))});
             return b;
         }(),
         bit::IPCS, 1},
        {"first fragment", fragment(ip_frame(4, 17, 100), 0x2000), bit::IPCS | bit::UDPV, 1},
        {"later fragment", fragment(ip_frame(4, 17, 100), 0x0010), bit::IPCS, 1},
        {"IP header cut short",
         [] {
             bytes b = ip_frame(4, 17, 100);
             nm::put_be16(b.data() + 16, 4000); // total length beyond the frame
             nm::put_be16(b.data() + 24, 0);
             nm::put_be16(b.data() + 24, ~u32{nm::fold(nm::ones_sum(b.data() + 14, 20))});
             return b;
         }(),
         bit::IPCS, 1},
    };
    started p{sums};
    for (const row &r : rows) {
        INFO(r.what);
        const received got = one(p, r.b);
        CHECK((got.status & verdict_bits) == r.verdict);
        CHECK(type_of(got) == r.type);
    }
    const received tag = one(p, tagged(ip_frame(4, 6, 100), 5));
    CHECK((tag.status & verdict_bits) == (bit::IPCS | bit::L4CS));
}

TEST_CASE("verdict: what is switched off says nothing")
{
    {
        started p{0};
        CHECK((one(p, ip_frame(4, 6, 10)).status & verdict_bits) == bit::IXSM);
    }
    {
        started p{1u << 8};
        CHECK((one(p, ip_frame(4, 6, 10)).status & verdict_bits) == bit::IPCS);
        CHECK((one(p, ip_frame(6, 6, 10)).status & verdict_bits) == 0);
    }
    {
        started p{1u << 9};
        CHECK((one(p, ip_frame(4, 6, 10)).status & verdict_bits) == bit::L4CS);
    }
    {
        started p{sums, 1u << 11}; // IPV6_XSUM_DIS
        CHECK((one(p, ip_frame(6, 6, 10)).status & verdict_bits) == 0);
    }
    {
        started p{sums, 1u << 10}; // IPV6_DIS
        CHECK(type_of(one(p, ip_frame(6, 6, 10))) == 0);
    }
}

TEST_CASE("verdict: packet checksum and identification of fragments")
{
    started p{14};
    const bytes b = ip_frame(4, 17, 200);
    received r = one(p, b);
    CHECK(r.rss >> 16 == nm::fold(nm::ones_sum(b.data() + 14, b.size() - 14)));
    CHECK((r.status & bit::IPIDV) == 0);
    r = one(p, fragment(b, 0x2000));
    CHECK((r.rss & 0xFFFF) == 0x1234);
    CHECK((r.status & bit::IPIDV) != 0);
}

TEST_CASE("verdict: pure acknowledgements")
{
    bytes b = ip_frame(4, 6, 0);
    b[47] = 0x10;
    started p{0};
    CHECK((one(p, b).status & bit::ACK) != 0);
    CHECK((one(p, ip_frame(4, 6, 1)).status & bit::ACK) == 0);
    started off{0, 1u << 12};
    CHECK((one(off, b).status & bit::ACK) == 0);
}

namespace {

void set_key(port &p)
{
    const u8 key[40] = {0x6D, 0x5A, 0x56, 0xDA, 0x25, 0x5B, 0x0E, 0xC2, 0x41, 0x67,
                        0x25, 0x3D, 0x43, 0xA3, 0x8F, 0xB0, 0xD0, 0xCA, 0x2B, 0xCB,
                        0xAE, 0x7B, 0x30, 0xB4, 0x77, 0xCB, 0x2D, 0xA3, 0x80, 0x30,
                        0xF2, 0x0C, 0x6A, 0x42, 0xB7, 0x3B, 0xBE, 0xAC, 0x01, 0xFA};
    for (u32 i = 0; i < 10; ++i) {
        u32 word = 0;
        std::memcpy(&word, key + 4 * i, 4); // byte 0 in bits 7:0
        p.write(at::RSSRK + 4 * i, word);
    }
}

} // namespace

TEST_CASE("rss: hash, type and queue")
{
    constexpr u32 tcp4 = 1u << 16, ip4 = 1u << 17, tcp6ex = 1u << 18, ip6 = 1u << 20,
                  tcp6 = 1u << 21;
    const flow microsoft{0x420995BB, 0xA18E6450, 2794, 1766}; // 66.9.149.187 → 161.142.100.80
    started p{pcsd};
    set_key(*p.b);
    p.b->write(at::RDH + 0x100, 0);
    p.b->start_receive(1);
    p.b->write(at::MRQC, 1 | tcp4 | ip4 | tcp6 | tcp6ex | ip6);
    received r = one(p, ip_frame(4, 6, 10, microsoft));
    CHECK(r.rss == 0x51CCC178);
    CHECK((r.mrq & 0xF) == 1);
    CHECK((r.mrq >> 8 & 0x1F) == 0);
    r = one(p, ip_frame(4, 17, 10, microsoft)); // UDP hashes as IPv4
    CHECK(r.rss == 0x323E8FC2);
    CHECK((r.mrq & 0xF) == 2);
    r = one(p, fragment(ip_frame(4, 6, 10, microsoft), 0x2000));
    CHECK(r.rss == 0x323E8FC2);
    CHECK((r.mrq & 0xF) == 2);
    r = one(p, ether(mac_b, 0x88B5));
    CHECK(r.mrq == 0);
    CHECK(r.rss == 0);
    CHECK((one(p, ip_frame(6, 6, 10)).mrq & 0xF) == 3);
    CHECK((one(p, ip_frame(6, 17, 10)).mrq & 0xF) == 5);
    CHECK(p.b->read(at::RDH + 0x100) == 0);

    // 0x51CCC178 & 0x7F = 0x78: entry 120, byte 0 of dword 30; bit 7 is the queue.
    p.b->write(at::RETA + 4 * 30, 0x80);
    p.a->send(ip_frame(4, 6, 10, microsoft));
    p.settle();
    CHECK_FALSE(p.b->take(0).done);
    r = p.b->take(1);
    CHECK(r.done);
    CHECK((r.mrq >> 8 & 0x1F) == 1);
    p.b->write(at::RETA + 4 * 30, 0x01); // bit 0 means nothing here
    p.a->send(ip_frame(4, 6, 10, microsoft));
    p.settle();
    CHECK(p.b->take(0).done);

    p.b->write(at::MRQC, 1 | ip4);
    CHECK((one(p, ip_frame(4, 6, 10, microsoft)).mrq & 0xF) == 2);
    CHECK((one(p, ip_frame(6, 6, 10)).mrq & 0xF) == 0);
    p.b->write(at::MRQC, 0);
    CHECK((one(p, ip_frame(4, 6, 10, microsoft)).rss) == 0);
}

TEST_CASE("rss: nothing without PCSD or extended descriptors")
{
    started p{0};
    set_key(*p.b);
    p.b->write(at::MRQC, 1 | 1u << 16);
    CHECK(one(p, ip_frame(4, 6, 10)).mrq == 0);
}

TEST_CASE("rss: flows spread over both queues")
{
    started p{pcsd};
    p.b->start_receive(1);
    set_key(*p.b);
    p.b->write(at::MRQC, 1 | 1u << 16);
    for (u32 i = 0; i < 32; ++i)
        p.b->write(at::RETA + 4 * i, 0x80008000);
    u32 on[2] = {};
    for (u32 i = 0; i < 50; ++i) {
        p.a->send(ip_frame(4, 6, 10, {1, 2, i, 80}));
        p.settle();
        for (u32 q = 0; q < 2; ++q)
            on[q] += p.b->take(q).done;
    }
    CHECK(on[0] + on[1] == 50);
    CHECK(on[0] > 10);
    CHECK(on[1] > 10);
}

TEST_CASE("time stamps: one per direction until it is read")
{
    started p{0};
    p.b->write(at::TIMINCA, 1u << 24 | 40);
    p.b->write(at::TSYNCRXCTL, 1u << 4 | 0u << 1); // L2
    CHECK((one(p, ether(mac_b, 0x88B5)).status & bit::TST) == 0);
    CHECK((one(p, ether(mac_b, 0x88F7)).status & bit::TST) != 0);
    CHECK((p.b->read(at::TSYNCRXCTL) & 1) == 1);
    CHECK((one(p, ether(mac_b, 0x88F7)).status & bit::TST) == 0); // not collected yet
    const u64 low = p.b->read(at::RXSTMPL), high = p.b->read(at::RXSTMPH);
    CHECK((high << 32 | low) != 0);
    CHECK((p.b->read(at::TSYNCRXCTL) & 1) == 0);
    CHECK((one(p, ether(mac_b, 0x88F7)).status & bit::TST) != 0);

    p.a->write(at::TIMINCA, 1u << 24 | 40);
    p.a->write(at::TSYNCTXCTL, 1u << 4);
    p.settle();
    p.a->put_data(0, ether(mac_b, 0x88F7), port::eop | port::ifcs | port::rs, 0x10);
    p.a->flush();
    p.settle();
    CHECK((p.a->read(at::TSYNCTXCTL) & 1) == 1);
    CHECK(p.a->read(at::TXSTMPL) != 0);
    static_cast<void>(p.a->read(at::TXSTMPH));
    CHECK((p.a->read(at::TSYNCTXCTL) & 1) == 0);
}
