// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

struct started : pair {
    explicit started(const nm::latencies &t = nm::latencies::immediate()) : pair{t}
    {
        b->start_receive();
        a->start_transmit();
    }
    received arrived()
    {
        settle();
        return b->take();
    }
};

u64 context_low(u32 ipcss, u32 ipcso, u32 ipcse, u32 tucss, u32 tucso, u32 tucse)
{
    return ipcss | ipcso << 8 | ipcse << 16 | u64{tucss} << 32 | u64{tucso} << 40 |
           u64{tucse} << 48;
}
constexpr u32 tcp = 1u << 24, ipv4 = 1u << 25;
u64 context_high(u32 payload, u32 flags, u32 header = 0, u32 mss = 0)
{
    return payload | flags | port::dext | u64{header} << 40 | u64{mss} << 48;
}
constexpr u32 ixsm = 1u << 8, txsm = 1u << 9;

/// The pseudo header's sum in place of the checksum, as drivers leave it.
bytes without_checksums(bytes b, u32 version, u32 protocol, bool with_length = true)
{
    const u32 l3 = version == 4 ? 20 : 40;
    const u32 l4 = static_cast<u32>(b.size()) - 14 - l3;
    u8 *ip = b.data() + 14;
    u64 sum = protocol + (with_length ? l4 : 0);
    if (version == 4) {
        nm::put_be16(ip + 10, 0);
        sum = nm::ones_sum(ip + 12, 8, sum);
    } else {
        sum = nm::ones_sum(ip + 8, 32, sum);
    }
    nm::put_be16(ip + l3 + (protocol == 6 ? 16 : 6), nm::fold(sum));
    return b;
}

bool hangs(u64 low, u64 high, nm::hang why)
{
    started p;
    p.a->put(0, low, high);
    p.a->flush();
    p.settle();
    const bool hung = p.a->device.transmit_hang() == why && p.a->read(at::TDH) == 0;
    p.a->send(ether(mac_b, 0x88B5)); // and stays so
    p.settle();
    const bool stays = !p.b->take().done;
    p.a->set(at::CTRL, 1u << 26); // until reset
    p.l.step(10'000'000);
    p.a->set(at::CTRL, 1u << 6);
    p.a->start_transmit();
    p.a->send(ether(mac_b, 0x88B5));
    p.settle();
    return hung && stays && p.b->take().done;
}

} // namespace

TEST_CASE("transmit: TDH, DD where RS was set, nowhere else")
{
    started p;
    const u32 quiet = p.a->put_data(0, ether(mac_b, 1), port::eop | port::ifcs);
    const u32 told = p.a->put_data(0, ether(mac_b, 2));
    p.a->flush();
    p.settle();
    CHECK(p.a->read(at::TDH) == 2);
    CHECK_FALSE(p.a->sent(quiet));
    CHECK(p.a->sent(told));
    CHECK(p.b->take().done);
    CHECK(p.b->take().done);
}

TEST_CASE("transmit: nothing before TCTL.EN and TARC.ENABLE; the tail written meanwhile counts")
{
    started p;
    p.a->clear(at::TCTL, 2);
    p.a->send(ether(mac_b, 1));
    CHECK_FALSE(p.arrived().done);
    p.a->set(at::TCTL, 2);
    CHECK(p.arrived().done);
    p.a->clear(at::TARC, 1u << 10);
    p.a->send(ether(mac_b, 1));
    CHECK_FALSE(p.arrived().done);
    p.a->set(at::TARC, 1u << 10); // §4.1 row 8: hardware replays
    CHECK(p.arrived().done);
}

TEST_CASE("transmit: without link nothing is sent, and nothing is lost")
{
    started p;
    p.a->device.fault().set(nm::fault::link_down, 1);
    p.settle();
    p.a->send(ether(mac_b, 1));
    p.settle();
    CHECK_FALSE(p.a->sent(0));
    p.a->device.fault().set(nm::fault::link_down, 0);
    p.l.step(2'000'000);
    CHECK(p.a->sent(0));
    CHECK(p.b->take().done);
}

TEST_CASE("transmit: short frames are padded with PSP, runts without")
{
    started p;
    bytes b = ether(mac_b, 0x88B5, 20);
    p.a->send(b);
    received r = p.arrived();
    REQUIRE(r.done);
    CHECK(r.length == 60);
    b.resize(60);
    CHECK(r.data == b);
    p.a->clear(at::TCTL, 1u << 3);
    p.a->send(ether(mac_b, 0x88B5, 20));
    CHECK_FALSE(p.arrived().done);
    CHECK(p.b->read(at::RUC) == 1);
}

TEST_CASE("transmit: frames out of many descriptors")
{
    started p;
    const bytes whole = ether(mac_b, 0x88B5, 1400);
    std::size_t done = 0;
    for (const std::size_t n : {1u, 13u, 100u, 600u, 686u}) {
        const bytes part(whole.begin() + static_cast<long>(done),
                         whole.begin() + static_cast<long>(done + n));
        done += n;
        const bool last = done == whole.size();
        p.a->put_data(0, part, port::ifcs | (last ? port::eop | port::rs : 0));
    }
    p.a->flush();
    CHECK(p.arrived().data == whole);
}

TEST_CASE("transmit: a frame whose descriptors come with two doorbells")
{
    started p;
    const bytes whole = ether(mac_b, 0x88B5, 200);
    p.a->put_data(0, bytes(whole.begin(), whole.begin() + 100), port::ifcs);
    p.a->flush();
    CHECK_FALSE(p.arrived().done);
    p.a->put_data(0, bytes(whole.begin() + 100, whole.end()));
    p.a->flush();
    CHECK(p.arrived().data == whole);
}

TEST_CASE("transmit: legacy descriptors")
{
    started p;
    const bytes b = without_checksums(ip_frame(4, 17, 100), 4, 17);
    const bytes right = ip_frame(4, 17, 100);
    u8 *m = p.a->tx_memory[0][0].data();
    std::memcpy(m, b.data(), b.size());
    constexpr u32 ic = 1u << 26;
    p.a->put(0, iova(m),
             b.size() | 40u << 16 | port::eop | port::ifcs | port::rs | ic | u64{34u << 8} << 32);
    p.a->flush();
    const received r = p.arrived();
    REQUIRE(r.done);
    CHECK(nm::be16(r.data.data() + 40) == nm::be16(right.data() + 40));
    CHECK(p.a->sent(0));
}

TEST_CASE("transmit: software's own FCS without IFCS")
{
    started p;
    bytes b = ether(mac_b, 0x88B5, 100);
    const u32 fcs = nm::crc32(b.data(), b.size());
    b.resize(104);
    std::memcpy(b.data() + 100, &fcs, 4);
    p.a->put_data(0, b, port::eop | port::rs);
    p.a->flush();
    CHECK(p.arrived().length == 100);
    b[103] ^= 1;
    p.a->put_data(0, b, port::eop | port::rs);
    p.a->flush();
    CHECK_FALSE(p.arrived().done);
    CHECK(p.b->read(at::CRCERRS) == 1);
}

TEST_CASE("transmit: checksums by context, IPv4 and IPv6, TCP and UDP")
{
    for (const u32 version : {4u, 6u})
        for (const u32 protocol : {6u, 17u})
            for (const std::size_t payload : {100u, 101u}) {
                started p;
                const bytes right = ip_frame(version, protocol, payload);
                const bytes b = without_checksums(right, version, protocol);
                const u32 l4 = 14 + (version == 4 ? 20 : 40);
                p.a->put(0, context_low(14, 24, l4 - 1, l4, l4 + (protocol == 6 ? 16 : 6), 0),
                         context_high(0, (protocol == 6 ? tcp : 0) | (version == 4 ? ipv4 : 0)));
                p.a->put_data(0, b, port::eop | port::ifcs | port::rs,
                              txsm | (version == 4 ? ixsm : 0));
                p.a->flush();
                CHECK(p.arrived().data == right);
            }
}

TEST_CASE("transmit: one context for the whole port (E3)")
{
    started p;
    p.a->start_transmit(1);
    const bytes right = ip_frame(4, 17, 100);
    const bytes b = without_checksums(right, 4, 17);
    p.a->put(0, context_low(14, 24, 33, 34, 40, 0), context_high(0, ipv4));
    p.a->flush(0);
    p.settle();
    p.a->put(1, context_low(14, 24, 33, 34, 50, 0), context_high(0, ipv4 | tcp)); // another's
    p.a->flush(1);
    p.settle();
    p.a->put_data(0, b, port::eop | port::ifcs | port::rs, ixsm | txsm);
    p.a->flush(0);
    const received r = p.arrived();
    REQUIRE(r.done);
    CHECK(r.data != right); // queue 1's context was used
    CHECK(nm::be16(r.data.data() + 24) == nm::be16(right.data() + 24));
}

TEST_CASE("transmit: both queues in turn")
{
    started p;
    p.a->start_transmit(1);
    for (u32 i = 0; i < 10; ++i) {
        p.a->put_data(0, ether(mac_b, 0x1000));
        p.a->put_data(1, ether(mac_b, 0x2000));
    }
    p.a->flush(1);
    p.a->flush(0);
    p.settle();
    u32 seen[2] = {};
    for (int i = 0; i < 20; ++i) {
        const received r = p.b->take();
        REQUIRE(r.done);
        ++seen[nm::be16(r.data.data() + 12) == 0x2000];
        const u32 apart = seen[0] > seen[1] ? seen[0] - seen[1] : seen[1] - seen[0];
        CHECK(apart <= 1);
    }
}

TEST_CASE("transmit: VLAN tag inserted with VLE and CTRL.VME")
{
    started p;
    const bytes b = ether(mac_b, 0x88B5, 60);
    p.a->put_data(0, b, port::eop | port::ifcs | port::rs | port::vle, 0x6007u << 16);
    p.a->flush();
    CHECK(p.arrived().data == b); // VME off
    p.a->set(at::CTRL, 1u << 30);
    p.a->put_data(0, b, port::eop | port::ifcs | port::rs | port::vle, 0x6007u << 16);
    p.a->flush();
    CHECK(p.arrived().data == tagged(b, 0x6007));
}

TEST_CASE("transmit: large send")
{
    for (const u32 version : {4u, 6u}) {
        started p;
        const u32 l3 = version == 4 ? 20 : 40, header = 14 + l3 + 20, mss = 1000, payload = 3500;
        const bytes whole = ip_frame(version, 6, payload);
        bytes b = without_checksums(whole, version, 6, false);
        b[14 + l3 + 13] |= 1; // FIN besides ACK and PSH
        p.a->put(0, context_low(14, 24, 14 + l3 - 1, 14 + l3, 14 + l3 + 16, 0),
                 context_high(payload, tcp | port::tse | (version == 4 ? ipv4 : 0), header, mss));
        p.a->put_data(0, bytes(b.begin(), b.begin() + header), port::ifcs | port::tse,
                      txsm | (version == 4 ? ixsm : 0));
        p.a->put_data(0, bytes(b.begin() + header, b.end()),
                      port::ifcs | port::tse | port::eop | port::rs);
        p.b->write(at::RXCSUM, 3u << 8);
        p.a->flush();
        p.settle();
        for (u32 i = 0; i < 4; ++i) {
            const received r = p.b->take();
            REQUIRE(r.done);
            const u32 n = i < 3 ? mss : payload - 3 * mss;
            const u8 *ip = r.data.data() + 14, *t = ip + l3;
            CHECK(r.length == header + n);
            if (version == 4) {
                CHECK(nm::be16(ip + 2) == 40 + n);
                CHECK(nm::be16(ip + 4) == 0x1234 + i);
            } else {
                CHECK(nm::be16(ip + 4) == 20 + n);
            }
            CHECK(nm::be32(t + 4) == 0x01000000 + i * mss);
            CHECK((t[13] & 0x09) == (i == 3 ? 0x09 : 0x00)); // FIN and PSH on the last
            CHECK(std::memcmp(t + 20, whole.data() + header + i * mss, n) == 0);
            namespace bit = nm::rx_bit;
            CHECK((r.status & (bit::IPE | bit::L4E | bit::L4CS)) == bit::L4CS);
        }
        CHECK_FALSE(p.b->take().done);
        CHECK(p.a->read(at::TSCTC) == 1);
        CHECK(p.a->read(at::GPTC) == 4);
    }
}

TEST_CASE("transmit: a large send with a tag keeps it on every segment")
{
    started p;
    p.a->set(at::CTRL, 1u << 30);
    const bytes b = without_checksums(ip_frame(4, 6, 300), 4, 6, false);
    p.a->put(0, context_low(14, 24, 33, 34, 50, 0),
             context_high(300, tcp | ipv4 | port::tse, 54, 100));
    p.a->put_data(0, b, port::eop | port::ifcs | port::rs | port::vle | port::tse,
                  ixsm | txsm | 0x0042u << 16);
    p.a->flush();
    p.settle();
    for (int i = 0; i < 3; ++i) {
        const received r = p.b->take();
        REQUIRE(r.done);
        CHECK(nm::be32(r.data.data() + 12) == 0x81000042);
        CHECK(r.length == 158);
    }
}

TEST_CASE("transmit: what hangs the chip")
{
    static bytes memory(70000, 2);
    const u64 m = iova(memory.data());
    const u32 c = port::eop | port::ifcs | port::rs | port::dext | port::data_type;
    CHECK(hangs(m, c | 16, nm::hang::short_frame));
    CHECK(hangs(m, c | 0, nm::hang::empty_segment));
    CHECK(hangs(m, c | 20385, nm::hang::large_descriptor)); // PBA 20: 20480 − 96
    CHECK(hangs(m, c | 9231, nm::hang::large_frame));
    CHECK(hangs(m, (c | 200 | port::tse), nm::hang::bad_large_send)); // no context
    CHECK(hangs(m, port::dext | 2u << 20 | 60, nm::hang::unknown_type));
    CHECK(hangs(16, c | 60, nm::hang::bus_error));
    started p;
    p.a->write(at::PBA, 32); // 8 KB for transmit
    p.b->set(at::RCTL, 1u << 5);
    p.a->send(ether(mac_b, 1, 8096));
    p.settle();
    CHECK(p.a->device.transmit_hang() == nm::hang::none);
    p.a->send(ether(mac_b, 1, 8097));
    p.settle();
    CHECK(p.a->device.transmit_hang() == nm::hang::large_descriptor);
    CHECK(std::string{nm::name_of(nm::hang::large_descriptor)} == "large descriptor");
}

TEST_CASE("transmit: a seventeen byte frame is enough")
{
    started p;
    p.a->send(ether(mac_b, 1, 17));
    CHECK(p.arrived().done);
}

TEST_CASE("transmit: DMA is later than the doorbell, stage by stage")
{
    started p{nm::latencies{}};
    bytes b = ether(mac_b, 0x88B5);
    u8 *memory = p.a->tx_memory[0][0].data();
    p.a->send(b);
    p.l.step(400);
    p.a->tx_ring[0][0].high |= 0; // still ours to look at
    memory[20] = 0x77;            // data is read later: this is what goes out
    p.l.step(800);
    CHECK_FALSE(p.a->sent(0));
    p.l.step(300);
    memory[20] = 0x66; // too late
    p.settle();
    CHECK(p.a->sent(0));
    b[20] = 0x77;
    CHECK(p.b->take().data == b);
}

TEST_CASE("transmit: write-backs wait for WTHRESH or time")
{
    nm::latencies t;
    started p{t};
    p.a->write(at::TXDCTL, 1u << 22 | 1u << 24 | 4u << 16);
    p.a->send(ether(mac_b, 1));
    p.l.step(2'500);
    CHECK(p.a->read(at::TDH) == 1);
    CHECK_FALSE(p.a->sent(0));
    p.l.step(4'000);
    CHECK(p.a->sent(0));
}

TEST_CASE("transmit: jitter is the seed's")
{
    auto when = [](u64 seed) {
        nm::lab l;
        nm::options o;
        o.seed = seed;
        o.timing.jitter_ns = 5000;
        o.timing.negotiation_ns = 1000;
        port p{l, with_mac(1, o)};
        l.connect_to_itself(p.device);
        p.set(at::CTRL, 1u << 6);
        l.step(5000);
        p.start_transmit();
        p.send(ether(mac_b, 1));
        u64 n = 0;
        for (; !p.sent(0) && n < 1000; ++n)
            l.step(10);
        return n;
    };
    CHECK(when(1) == when(1));
    CHECK((when(1) != when(2) || when(2) != when(3)));
}

TEST_CASE("transmit: MAC loopback and PHY loopback")
{
    started p;
    p.a->start_receive(0, 1u << 6);
    p.a->send(ether(mac_a, 0x88B5));
    p.settle();
    CHECK(p.a->take().done);
    CHECK_FALSE(p.b->take().done);
}

TEST_CASE("flow control: XOFF stops the sender, XON lets it go on")
{
    started p;
    p.a->start_receive();
    p.a->set(at::CTRL, 1u << 27); // obeys
    p.b->set(at::CTRL, 1u << 28); // tells
    p.b->write(at::FCRTH, 4096);
    p.b->write(at::FCRTL, 2048 | 1u << 31);
    p.b->write(at::FCTTV, 0xFFFF);
    p.b->write(at::RDH, 0);
    p.b->ring(at::RDT, 0);
    for (int i = 0; i < 10; ++i) {
        p.a->send(ether(mac_b, 1, 1000));
        p.settle();
    }
    CHECK(p.b->read(at::XOFFTXC) == 1);
    CHECK(p.a->read(at::XOFFRXC) == 1);
    CHECK((p.a->read(at::STATUS) & 1u << 4) != 0); // TXOFF
    CHECK(p.a->read(at::TDH) < 10);
    p.b->ring(at::RDT, ring_size - 1);
    p.settle();
    CHECK(p.b->read(at::XONTXC) == 1);
    CHECK(p.a->read(at::XONRXC) == 1);
    CHECK(p.a->read(at::TDH) == 10);
    CHECK(p.b->read(at::MPC) == 0);
}
