// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The last events of one adapter with their times. Written from any thread, also from a signal
// handler; read by anybody at any moment (telemetry, a debugger). Entries are atomic words under a
// sequence number, and a reader drops one that was written while it copied.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <ctime>

#include "adapter/state.hpp"
#include "status.hpp"

namespace miniport {

struct trace_entry {
    std::uint64_t time_ns; ///< CLOCK_MONOTONIC
    state from;
    state to; ///< the same as `from` where the event moves nothing
    event on;
    status result;      ///< why, for *_failed
    halt_action action; ///< for halt
};

/// One phrase: why a failure failed, or why a halt was asked for; else "ok".
[[nodiscard]] constexpr const char *detail(const trace_entry &e) noexcept
{
    if (e.on == event::halt)
        return name(e.action);
    return failed(e.result) ? text(e.result) : "ok";
}

class trace {
public:
    static constexpr std::size_t capacity = 64;

    void record(const trace_entry &e) noexcept
    {
        const std::uint64_t at = begun_.fetch_add(1, std::memory_order_relaxed);
        cell &c = cells_[at % capacity];
        c.sequence.store(being_written, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        c.time_ns.store(e.time_ns, std::memory_order_relaxed);
        c.what.store(pack(e), std::memory_order_relaxed);
        c.sequence.store(at + 1, std::memory_order_release);
    }

    /// Copies the entries held, oldest first; returns how many (0…capacity).
    std::size_t copy(std::array<trace_entry, capacity> &out) const noexcept
    {
        const std::uint64_t end = begun_.load(std::memory_order_acquire);
        std::size_t n = 0;
        for (std::uint64_t i = end > capacity ? end - capacity : 0; i < end; ++i) {
            const cell &c = cells_[i % capacity];
            if (c.sequence.load(std::memory_order_acquire) != i + 1)
                continue; // being written, or overtaken
            const std::uint64_t time_ns = c.time_ns.load(std::memory_order_relaxed);
            const std::uint64_t what = c.what.load(std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_acquire);
            if (c.sequence.load(std::memory_order_relaxed) == i + 1)
                out[n++] = unpack(time_ns, what);
        }
        return n;
    }

    /// Events since the adapter came to be, also those no longer held.
    [[nodiscard]] std::uint64_t total() const noexcept
    {
        return begun_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] static std::uint64_t now_ns() noexcept
    {
        timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
               static_cast<std::uint64_t>(t.tv_nsec);
    }

    /// An entry without its time in one word, as the probes write it too.
    [[nodiscard]] static constexpr std::uint64_t pack(const trace_entry &e) noexcept
    {
        return static_cast<std::uint64_t>(e.from) | static_cast<std::uint64_t>(e.to) << 8 |
               static_cast<std::uint64_t>(e.on) << 16 |
               static_cast<std::uint64_t>(e.result) << 24 |
               static_cast<std::uint64_t>(e.action) << 32;
    }

private:
    static constexpr std::uint64_t being_written = 0;

    struct cell {
        std::atomic<std::uint64_t> sequence{being_written};
        std::atomic<std::uint64_t> time_ns{0};
        std::atomic<std::uint64_t> what{0};
    };

    static constexpr trace_entry unpack(std::uint64_t time_ns, std::uint64_t what) noexcept
    {
        const auto byte = [what](unsigned n) { return static_cast<std::uint8_t>(what >> 8 * n); };
        return {time_ns,
                static_cast<state>(byte(0)),
                static_cast<state>(byte(1)),
                static_cast<event>(byte(2)),
                static_cast<status>(byte(3)),
                static_cast<halt_action>(byte(4))};
    }

    std::array<cell, capacity> cells_{};
    std::atomic<std::uint64_t> begun_{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the trace lies in shared memory");

} // namespace miniport
