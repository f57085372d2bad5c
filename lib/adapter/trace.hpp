// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The last transitions of one adapter with their times. Written under the control lock, read by
// anybody at any moment (telemetry, a debugger): entries are atomic words, and a reader drops those
// that were overwritten while it copied.
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
    state to;
    event on;
    status result;         ///< why, for *_failed
    halt_action action;    ///< for halt
};

class trace {
public:
    static constexpr std::size_t capacity = 64;

    void record(state from, event on, state to, status result = status::ok,
                halt_action action = halt_action::device_disabled) noexcept
    {
        const std::uint64_t at = written_.load(std::memory_order_relaxed);
        cell &c = cells_[at % capacity];
        started_.store(at + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release); // a torn copy is seen as started
        c.time_ns.store(now_ns(), std::memory_order_relaxed);
        c.what.store(pack(from, on, to, result, action), std::memory_order_relaxed);
        written_.store(at + 1, std::memory_order_release);
    }

    /// Copies the entries held, oldest first; returns how many (0…capacity).
    std::size_t copy(std::array<trace_entry, capacity> &out) const noexcept
    {
        const std::uint64_t end = written_.load(std::memory_order_acquire);
        const std::uint64_t begin = end > capacity ? end - capacity : 0;
        std::array<trace_entry, capacity> copied;
        for (std::uint64_t i = begin; i < end; ++i) {
            const cell &c = cells_[i % capacity];
            copied[i - begin] = unpack(c.time_ns.load(std::memory_order_relaxed),
                                       c.what.load(std::memory_order_relaxed));
        }
        std::atomic_thread_fence(std::memory_order_acquire);
        const std::uint64_t overtaken = started_.load(std::memory_order_relaxed);
        const std::uint64_t valid = overtaken > capacity ? overtaken - capacity : 0;
        std::size_t n = 0;
        for (std::uint64_t i = begin < valid ? valid : begin; i < end; ++i)
            out[n++] = copied[i - begin];
        return n;
    }

    /// Transitions since the adapter came to be, also those no longer held.
    [[nodiscard]] std::uint64_t total() const noexcept
    {
        return written_.load(std::memory_order_acquire);
    }

    [[nodiscard]] static std::uint64_t now_ns() noexcept
    {
        timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
               static_cast<std::uint64_t>(t.tv_nsec);
    }

private:
    struct cell {
        std::atomic<std::uint64_t> time_ns{0};
        std::atomic<std::uint64_t> what{0};
    };

    static constexpr std::uint64_t pack(state from, event on, state to, status result,
                                        halt_action action) noexcept
    {
        return static_cast<std::uint64_t>(from) | static_cast<std::uint64_t>(on) << 8 |
               static_cast<std::uint64_t>(to) << 16 | static_cast<std::uint64_t>(result) << 24 |
               static_cast<std::uint64_t>(action) << 32;
    }
    static constexpr trace_entry unpack(std::uint64_t time_ns, std::uint64_t what) noexcept
    {
        const auto byte = [what](unsigned n) { return static_cast<std::uint8_t>(what >> 8 * n); };
        return {time_ns,
                static_cast<state>(byte(0)),
                static_cast<state>(byte(2)),
                static_cast<event>(byte(1)),
                static_cast<status>(byte(3)),
                static_cast<halt_action>(byte(4))};
    }

    std::array<cell, capacity> cells_{};
    std::atomic<std::uint64_t> started_{0}; ///< entries whose writing has begun
    std::atomic<std::uint64_t> written_{0}; ///< entries complete
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the trace lies in shared memory");

} // namespace miniport
