// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// Whatever a driver writes to the chip, the model stands: random registers, descriptors, doorbells,
// faults and frames, with all DMA confined to one piece of memory.

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

constexpr u64 base = 0x10000, size = 0x40000;

struct arena {
    bytes memory = bytes(size);
    static void *translate(void *self, u64 iova, u64 length)
    {
        auto &me = *static_cast<arena *>(self);
        if (iova < base || length > size || iova - base > size - length)
            return nullptr;
        return me.memory.data() + (iova - base);
    }
};

u32 any_register(nm::randomness &r)
{
    const auto &row = nm::register_table[r.below(std::size(nm::register_table))];
    return row.offset + row.stride * static_cast<u32>(r.below(row.count));
}

/// Mostly what a driver might mean, sometimes anything at all: a chip that hangs at once is not
/// tried.
descriptor any_transmit(nm::randomness &r)
{
    if (r.below(300) == 0)
        return {r.next(), r.next()};
    const u64 address = base + r.below(size - 10'000);
    if (r.below(6) == 0) { // context
        const u64 low = 14 | 24 << 8 | 33 << 16 | u64{34} << 32 | u64{r.below(60)} << 40;
        const u64 high = r.below(3000) | (r.below(4) << 24) | port::dext | r.below(70) << 40 |
                         r.below(1500) << 48;
        return {low, high};
    }
    const u64 length = r.below(100) == 0 ? r.below(20'000) : 17 + r.below(1400);
    const u32 flags = (r.below(4) != 0 ? port::eop : 0) | (r.below(9) != 0 ? port::ifcs : 0) |
                      (r.below(200) == 0 ? port::tse : 0) | (r.below(2) != 0 ? port::rs : 0) |
                      (r.below(4) == 0 ? port::vle : 0);
    if (r.below(5) == 0) // legacy, with any checksum offsets
        return {address, length | flags | r.below(256) << 16 | r.below(2) << 26 | r.next() << 40};
    return {address,
            length | flags | port::dext | port::data_type | r.below(1024) << 40 | r.next() << 48};
}

/// What came of it: a fuzzer that reaches nothing finds nothing.
struct reached {
    u64 sent = 0, arrived = 0, written = 0, hangs = 0;
};

reached run(u64 seed, int operations)
{
    nm::randomness r{seed};
    nm::options o;
    o.seed = seed;
    if (seed % 2 == 0)
        o.timing = nm::latencies::immediate();
    o.timing.negotiation_ns = 1000;
    o.timing.jitter_ns = r.below(1000);
    arena memory[2];
    nm::lab l;
    port a{l, with_mac(0xA, o)}, b{l, with_mac(0xB, o)};
    port *ports[] = {&a, &b};
    l.connect(a.device, b.device);
    for (u32 i = 0; i < 2; ++i)
        ports[i]->device.translate_with(arena::translate, &memory[i]);
    auto start = [&](port &p) {
        for (const u32 q : {0u, 1u}) {
            p.write(at::RDBAL + 0x100 * q, static_cast<u32>(base + 0x1000 * q));
            p.write(at::RDLEN + 0x100 * q, 0x400);
            p.write(at::TDBAL + 0x100 * q, static_cast<u32>(base + 0x2000 + 0x1000 * q));
            p.write(at::TDLEN + 0x100 * q, 0x400);
        }
        p.write(at::RFCTL, r.below(2) != 0 ? 1u << 15 : 0);
        p.write(at::MRQC, static_cast<u32>(r.next()));
        p.write(at::RXCSUM, static_cast<u32>(r.next()));
        p.write(at::RCTL, static_cast<u32>(r.next() | 0x1A));
        p.write(at::TCTL, 0xA);
        p.set(at::CTRL, 1u << 6);
    };
    reached sum;
    for (int i = 0; i < operations; ++i) {
        const u32 which = static_cast<u32>(r.below(2));
        port &p = *ports[which];
        switch (r.below(12)) {
        case 0:
            p.write(any_register(r), static_cast<u32>(r.next()));
            break;
        case 1:
            p.read(any_register(r));
            break;
        case 2:
        case 3:
            if (p.device.transmit_hang() != nm::hang::none) {
                ++sum.hangs;
                p.device.power_on();
                l.step(10'000);
            }
            start(p);
            break;
        case 4: { // receive descriptors, split ones too
            u8 *ring = memory[which].memory.data();
            for (int k = 0; k < 256; ++k) {
                const u64 w = r.below(20) == 0 ? r.next() : base + r.below(size - 5'000);
                std::memcpy(ring + 8 * r.below(0x400), &w, 8);
            }
            break;
        }
        case 5: {
            u8 *ring = memory[which].memory.data() + 0x2000;
            for (u32 k = 0; k < 128; ++k) {
                const descriptor d = any_transmit(r);
                std::memcpy(ring + 0x1000 * (k & 1) + 16 * (k / 2), &d, 16);
            }
            break;
        }
        case 6:
            p.ring(at::TDT + 0x100 * static_cast<u32>(r.below(2)), static_cast<u32>(r.below(70)));
            break;
        case 7:
            p.ring(at::RDT + 0x100 * static_cast<u32>(r.below(2)), static_cast<u32>(r.below(70)));
            break;
        case 8: {
            bytes f(14 + r.below(r.below(4) == 0 ? 9300 : 200));
            for (u8 &x : f)
                x = static_cast<u8>(r.next());
            nm::put_be16(f.data() + 12, r.below(2) != 0   ? 0x0800u
                                        : r.below(2) != 0 ? 0x86DDu
                                                          : 0x8100u);
            if (f.size() > 30) {
                f[14] = r.below(2) != 0 ? 0x45 : 0x60;
                f[20] = static_cast<u8>(r.below(64)); // next header
                f[23] = r.below(2) != 0 ? 6 : 17;
            }
            p.device.inject({f.data(), static_cast<u32>(f.size()), r.below(8) == 0 ? 1u : 0u});
            break;
        }
        case 9:
            l.step(r.below(100'000));
            break;
        case 10:
            if (r.below(20) == 0)
                p.device.fault().set(static_cast<nm::fault>(r.below(nm::fault_count)),
                                     r.below(5000));
            else
                p.device.fault().clear();
            if (r.below(10) == 0)
                p.device.fault().tell({.what = static_cast<nm::lie>(1 + r.below(12)),
                                       .value = static_cast<u32>(r.next()),
                                       .skip = static_cast<u32>(r.below(5)),
                                       .count = 1 + static_cast<u32>(r.below(5))});
            break;
        default: {
            nm::impairments im;
            im.loss_ppm = im.corrupt_ppm = im.duplicate_ppm = im.reorder_ppm =
                static_cast<u32>(r.below(2) * 100'000);
            im.line_rate = r.below(2) != 0;
            im.delay_ns = r.below(2) * r.below(100'000);
            im.seed = r.next();
            l.impair(p.device, im);
        }
        }
    }
    for (port *p : ports) {
        p->device.fault().clear();
        const nm::counters c = p->device.counted();
        sum.sent += c.tx_frames;
        sum.arrived += c.rx_frames;
        sum.written += c.descriptors_written;
    }
    l.step(10'000'000);
    // After a reset it is a chip like any other.
    for (port *p : ports)
        p->device.power_on();
    l.step(10'000'000);
    for (port *p : ports)
        CHECK(p->read(at::VET) == 0x8100);
    return sum;
}

} // namespace

TEST_CASE("fuzz: random drivers")
{
    reached sum;
    for (u64 seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        const reached one = run(seed, 2000);
        sum.sent += one.sent;
        sum.arrived += one.arrived;
        sum.written += one.written;
        sum.hangs += one.hangs;
    }
    CAPTURE(sum.sent, sum.arrived, sum.written, sum.hangs);
    CHECK(sum.sent > 10'000);
    CHECK(sum.arrived > 10'000);
    CHECK(sum.written > 10'000);
    CHECK(sum.hangs > 100);
}
