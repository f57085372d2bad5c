// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The gate in real threads: one polls a ring, the other pauses, poisons what it then owns alone,
// and restarts. A burst that meets poison, or a poison that meets a burst, is a violation (I5).
// Arguments: pause cycles (default 1000000), seconds for each run (default 20).
#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <unistd.h>

#include "adapter/fence.hpp"
#include "adapter/gate.hpp"

namespace {

using namespace miniport;

enum class pauser { heavy, plain_fence, none };

/// A gate whose burst side looks once only, as failsafe's rx path does (lifecycle.md §6a).
class careless_gate {
public:
    template <burst_fence> [[nodiscard]] bool enter(std::uint32_t process) noexcept
    {
        if (!is_open_.load(std::memory_order_acquire))
            return false;
        if (++entered_ % 64 == 0)
            for (unsigned i = 0; i < 2000; ++i)
                asm volatile("" ::: "memory"); // preempted here
        inside_.store(process, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        return true;
    }
    void leave() noexcept { inside_.store(0, std::memory_order_release); }
    void open() noexcept { is_open_.store(true, std::memory_order_release); }
    void close(gate::word) noexcept { is_open_.store(false, std::memory_order_relaxed); }
    [[nodiscard]] bool drained() const noexcept
    {
        return inside_.load(std::memory_order_acquire) == 0;
    }

private:
    std::atomic<bool> is_open_{false};
    std::atomic<std::uint32_t> inside_{0};
    unsigned entered_ = 0; ///< by the one poller
};

/// A variant of the protocol. Those of the driver must show no violation, the others should.
template <class Gate, burst_fence Burst, pauser Pause, bool Delayed> struct variant {
    using gate_type = Gate;
    static constexpr burst_fence burst = Burst;
    static constexpr pauser pause = Pause;
    static constexpr bool delayed = Delayed; ///< between the gate check and the work, and in pause
    static constexpr bool must_hold = std::same_as<Gate, gate> && Pause == pauser::heavy;
};

struct limits {
    std::uint64_t cycles;
    double seconds;
};

constexpr std::uint64_t sound = 0x50'52'49'56'41'54'45'21, poison = 0xDEAD'DEAD'DEAD'DEAD;

/// What lies behind the gate. The words are atomics so that a violation is a count, not undefined.
template <class Gate> struct ring {
    alignas(64) Gate door;
    alignas(64) std::array<std::atomic<std::uint64_t>, 4> words;
    alignas(64) std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> bursts{0}, met_poison{0};
};

void delay(unsigned loops) noexcept
{
    for (unsigned i = 0; i < loops; ++i)
        asm volatile("" ::: "memory");
}

template <class V> void poll(ring<typename V::gate_type> &r) noexcept
{
    const auto process = static_cast<std::uint32_t>(::getpid());
    std::uint64_t worked = 0, bad = 0;
    for (std::uint64_t n = 1; !r.stop.load(std::memory_order_relaxed); ++n) {
        if (!r.door.template enter<V::burst>(process))
            continue;
        if (V::delayed && n % 256 == 0)
            delay(500);
        for (std::atomic<std::uint64_t> &w : r.words) {
            bad += w.load(std::memory_order_relaxed) != sound;
            w.store(sound, std::memory_order_relaxed);
        }
        r.door.leave();
        ++worked;
    }
    r.bursts = worked;
    r.met_poison = bad;
}

template <class V> void close(typename V::gate_type &door) noexcept
{
    door.close(gate::word::paused);
    if constexpr (V::pause == pauser::heavy)
        heavy_fence(V::burst, reach::this_process);
    else if constexpr (V::pause == pauser::plain_fence)
        std::atomic_thread_fence(std::memory_order_seq_cst);
}

template <class V> bool run(const char *name, const limits &most)
{
    using clock = std::chrono::steady_clock;
    static ring<typename V::gate_type> r;
    for (std::atomic<std::uint64_t> &w : r.words)
        w = sound;
    std::thread poller{poll<V>, std::ref(r)};
    const auto begun = clock::now();
    const auto late = [&] {
        return std::chrono::duration<double>(clock::now() - begun).count() >= most.seconds;
    };
    std::uint64_t cycles = 0, overwritten = 0;
    const auto seen_enough = [&] { return !V::must_hold && overwritten >= 1000; };
    while (cycles < most.cycles && !seen_enough() && !(cycles % 64 == 0 && late())) {
        r.door.open();
        delay(static_cast<unsigned>(cycles * 2654435761u >> 7 & 1023)); // frames pass for a while
        close<V>(r.door);
        for (unsigned looks = 0; !r.door.drained(); ++looks)
            if (looks % 64 == 63)
                std::this_thread::yield();
        // The pause is complete: nobody else may touch this now.
        for (std::atomic<std::uint64_t> &w : r.words)
            w.store(poison, std::memory_order_relaxed);
        delay(V::delayed ? 1000 : 50);
        for (std::atomic<std::uint64_t> &w : r.words) {
            overwritten += w.load(std::memory_order_relaxed) != poison;
            w.store(sound, std::memory_order_relaxed);
        }
        ++cycles;
    }
    r.stop = true;
    poller.join();
    const std::chrono::duration<double> took = clock::now() - begun;
    const std::uint64_t violations = overwritten + r.met_poison;
    const char *verdict = V::must_hold ? (violations ? "FAILED" : "holds")
                          : violations ? "violated, as expected"
                                       : "no violation seen: this machine did not show it";
    std::printf("%-48s %8ju cycles %10ju bursts %6.1f s %7ju violations: %s\n", name,
                static_cast<std::uintmax_t>(cycles), static_cast<std::uintmax_t>(r.bursts),
                took.count(), static_cast<std::uintmax_t>(violations), verdict);
    std::fflush(stdout);
    return !V::must_hold || violations == 0;
}

} // namespace

int main(int argc, char **argv)
{
    const limits most{argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000,
                      argc > 2 ? std::strtod(argv[2], nullptr) : 20.0};
    using enum burst_fence;
    using enum pauser;
    bool holds = run<variant<gate, full, heavy, true>>("full fence in bursts and pause", most);
    if (register_heavy_fence()) {
        holds &= run<variant<gate, light, heavy, false>>("light bursts, membarrier", most);
        holds &= run<variant<gate, light, heavy, true>>("light bursts, membarrier, delays", most);
        run<variant<careless_gate, light, heavy, true>>("control: one look only, delays", most);
    } else {
        std::puts("no membarrier here: light bursts not run");
    }
    run<variant<gate, light, plain_fence, true>>("control: fence of the pauser only, delays", most);
    run<variant<gate, light, none, false>>("control: no fence", most);
    run<variant<gate, light, none, true>>("control: no fence, delays", most);
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
