// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "adapter/gate.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "catch.hpp"

using namespace miniport;

namespace {

const auto me = static_cast<std::uint32_t>(::getpid());

bool pass(gate &g)
{
    if (!g.enter<burst_fence::full>(me))
        return false;
    g.leave();
    return true;
}

/// The pid of a process that is no more.
std::uint32_t dead_process()
{
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    int how = 0;
    waitpid(child, &how, 0);
    return static_cast<std::uint32_t>(child);
}

/// Bursts and pauses at once for a second; how often a burst was inside while the owner had the
/// queue. No locked instruction in the burst: it would be the fence that is missing.
template <burst_fence Fence> std::uint64_t intrusions()
{
    gate g;
    std::atomic<bool> stop{false};
    std::atomic<int> owned{0};
    std::atomic<std::uint64_t> seen{0}, bursts{0};
    std::thread burster{[&] {
        std::uint64_t mine = 0, met = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            if (!g.enter<Fence>(me))
                continue;
            int with_owner = 0;
            for (int look = 0; look < 20; ++look)
                with_owner |= owned.load(std::memory_order_relaxed);
            g.leave();
            met += with_owner != 0;
            bursts.store(++mine, std::memory_order_relaxed);
        }
        seen = met;
    }};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    for (unsigned pauses = 0; std::chrono::steady_clock::now() < end; ++pauses) {
        const std::uint64_t before = bursts.load(std::memory_order_relaxed);
        g.open();
        for (unsigned spin = 0; bursts.load(std::memory_order_relaxed) == before; ++spin)
            if (spin > 10'000)
                std::this_thread::yield();
        for (unsigned spin = pauses % 64; spin != 0; --spin) // close at every point of a burst
            std::atomic_signal_fence(std::memory_order_seq_cst);
        g.close(gate::word::paused);
        heavy_fence(Fence, reach::this_process);
        for (unsigned spin = 0; !g.drained(); ++spin)
            if (spin > 10'000)
                std::this_thread::yield();
        owned.store(1, std::memory_order_relaxed);
        for (int spin = 0; spin < 200; ++spin)
            std::atomic_signal_fence(std::memory_order_seq_cst);
        owned.store(0, std::memory_order_relaxed);
    }
    stop = true;
    burster.join();
    return seen;
}

} // namespace

TEST_CASE("a new gate is closed and empty", "[lib][gate]")
{
    gate g;
    CHECK_FALSE(pass(g));
    CHECK(g.why() == gate::word::paused);
    CHECK(g.drained());
}

TEST_CASE("a burst passes an open gate only", "[lib][gate]")
{
    gate g;
    g.open();
    CHECK(g.is_open());
    CHECK(pass(g));
    for (const auto why :
         {gate::word::paused, gate::word::resetting, gate::word::removed, gate::word::shut_down}) {
        g.close(why);
        CHECK_FALSE(pass(g));
        CHECK(g.why() == why);
        CHECK(g.drained());
    }
}

TEST_CASE("memory that is no queue is a closed gate", "[lib][gate]")
{
    for (const int filler : {0, 1, 0x55, 0xFF}) {
        alignas(gate) unsigned char memory[sizeof(gate)];
        std::memset(memory, filler, sizeof memory);
        gate &g = *std::launder(reinterpret_cast<gate *>(memory));
        CHECK_FALSE(g.enter<burst_fence::light>(me));
    }
}

TEST_CASE("a gate is not drained while a burst is inside", "[lib][gate]")
{
    gate g;
    g.open();
    REQUIRE(g.enter<burst_fence::light>(me));
    g.close(gate::word::paused);
    CHECK_FALSE(g.drained());
    g.leave();
    CHECK(g.drained());
}

TEST_CASE("who died inside a gate has left it", "[lib][gate][fork]")
{
    gate g;
    g.open();
    REQUIRE(g.enter<burst_fence::light>(dead_process()));
    g.close(gate::word::paused);
    CHECK(g.drained());
}

TEST_CASE("no burst is inside while the owner has the queue: full fence", "[lib][gate][threads]")
{
    CHECK(intrusions<burst_fence::full>() == 0);
}

TEST_CASE("no burst is inside while the owner has the queue: light fence", "[lib][gate][threads]")
{
    if (!register_heavy_fence())
        return; // the kernel has none; drivers then use full fences
    CHECK(intrusions<burst_fence::light>() == 0);
}
