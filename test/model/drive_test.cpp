// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

#include <atomic>
#include <chrono>
#include <thread>

using namespace rig;

namespace {

template <class Condition> bool soon(Condition condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    return true;
}

} // namespace

TEST_CASE("drive: time passes by step and by sleep, exactly")
{
    nm::lab l;
    port p{l, with_mac(1)};
    CHECK(l.now_ns() == 0);
    l.step(12'345);
    CHECK(l.now_ns() == 12'345);
    p.device.sleep_us(10);
    CHECK(l.now_ns() == 22'345);
    p.read(at::STATUS);
    l.step(0);
    CHECK(l.now_ns() == 22'345);
}

TEST_CASE("drive: an interrupted one may use registers, and reacts before time goes on")
{
    pair p{nm::latencies{}};
    p.b->start_receive();
    p.a->start_transmit();
    struct context {
        port *b;
        nm::lab *l;
        u64 when = 0;
    } c{p.b.get(), &p.l};
    p.b->device.interrupts_to(
        nm::interrupt_kind::msi,
        [](void *x, unsigned) {
            auto &me = *static_cast<context *>(x);
            me.b->read(at::ICR);
            me.when = me.l->now_ns();
        },
        &c);
    p.b->read(at::ICR);
    p.b->write(at::IMS, 1u << 7);
    const u64 before = p.l.now_ns();
    p.a->send(ether(mac_b, 1));
    p.l.step(1'000'000);
    CHECK(c.when > before);
    CHECK(c.when < before + 10'000);
}

TEST_CASE("drive: a thread turns the models while others use registers and rings")
{
    nm::options o;
    o.timing = nm::latencies::immediate();
    nm::lab l;
    port a{l, with_mac(0xA, o)}, b{l, with_mac(0xB, o)};
    l.connect(a.device, b.device);
    a.set(at::CTRL, 1u << 6);
    b.set(at::CTRL, 1u << 6);
    l.start();
    CHECK(l.running());
    REQUIRE(soon([&] { return a.device.link_up() && b.device.link_up(); }));
    b.start_receive();
    a.start_transmit();
    std::atomic<bool> stop{false};
    std::thread control{[&] {
        while (!stop) {
            b.read(at::STATUS);
            b.write(at::IMS, 4);
            b.device.fault().set(nm::fault::interrupt_lost, 1);
            b.device.sleep_us(50);
        }
    }};
    const u32 frames = 2000;
    u32 sent = 0, got = 0;
    const bool all = soon([&] {
        for (int i = 0; i < 16 && sent < frames && sent - got < 32; ++i, ++sent)
            a.send(ether(mac_b, 0x88B5));
        while (b.take().done)
            ++got;
        return got == frames;
    });
    stop = true;
    control.join();
    l.stop();
    CHECK(all);
    CHECK_FALSE(l.running());
    const u64 t = l.now_ns();
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    CHECK(l.now_ns() == t); // nobody drives
    l.start();              // and again
    l.stop();
}

TEST_CASE("drive: poll_once moves frames in the call that finds the doorbell")
{
    pair p;
    p.b->start_receive();
    p.a->start_transmit();
    p.a->send(ether(mac_b, 1));
    CHECK(p.l.poll_once());
    CHECK(p.a->sent(0));
    CHECK(p.b->take().done);
    p.l.poll_once();
    CHECK_FALSE(p.l.poll_once());
}

TEST_CASE("drive: the same seed, the same run")
{
    auto run = [](u64 seed) {
        nm::latencies t;
        t.jitter_ns = 3000;
        t.negotiation_ns = 10'000;
        nm::options o;
        o.timing = t;
        o.seed = seed;
        nm::lab l;
        port a{l, with_mac(0xA, o)}, b{l, with_mac(0xB, o)};
        l.connect(a.device, b.device);
        a.set(at::CTRL, 1u << 6);
        b.set(at::CTRL, 1u << 6);
        l.step(100'000);
        nm::impairments i;
        i.loss_ppm = i.reorder_ppm = i.duplicate_ppm = 50'000;
        i.line_rate = true;
        i.seed = seed;
        l.impair(a.device, i);
        b.start_receive();
        a.start_transmit();
        u64 trace = 0;
        for (u32 k = 0; k < 300; ++k) {
            a.send(ether(mac_b, 0x1000 + k));
            l.step(2500);
            for (received r = b.take(); r.done; r = b.take())
                trace = trace * 31 + nm::be16(r.data.data() + 12) + l.now_ns();
        }
        return trace;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}
