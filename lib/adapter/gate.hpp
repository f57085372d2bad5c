// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The burst gate of one queue (lifecycle.md §6a). A burst enters, works, leaves; whoever owns the
// queue otherwise closes the gate, runs one heavy fence for all queues, and waits until nobody is
// inside. Stop, reset, removal and queue stop use the same gate. Lies in shared memory.
//
//     burst                               pause
//     gate open? else 0 frames            gate = closed
//     inside = my process                 heavy fence
//     light fence                         wait until inside == nobody
//     gate still open? else leave         … the queue is ours
//
// Either the burst's store to `inside` is visible after the heavy fence, or its second look at the
// gate sees it closed. Without the second look, or without the fence, a burst slips through.
#pragma once

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/types.h>

#include "adapter/fence.hpp"

namespace miniport {

class gate {
public:
    /// Why no frame passes. Constants rather than a bool: memory that is no queue is closed too.
    enum class word : std::uint32_t {
        paused = 0,
        open = 0x4F50'454E,      // "OPEN"
        resetting = 0x5245'5345, // "RESE"
        removed = 0x474F'4E45,   // "GONE"
        shut_down = 0x5348'5554, // "SHUT"
    };

    /// Burst side. False: not entered, the queue must not be touched.
    template <burst_fence Fence>
    [[nodiscard, gnu::always_inline]] bool enter(std::uint32_t process) noexcept
    {
        if (word_.load(std::memory_order_relaxed) != word::open) [[unlikely]]
            return false;
        inside_.store(process, std::memory_order_relaxed);
        if constexpr (Fence == burst_fence::full)
            std::atomic_thread_fence(std::memory_order_seq_cst);
        else
            std::atomic_signal_fence(std::memory_order_seq_cst);
        if (word_.load(std::memory_order_acquire) != word::open) [[unlikely]] {
            leave();
            return false;
        }
        return true;
    }
    [[gnu::always_inline]] void leave() noexcept
    {
        inside_.store(nobody, std::memory_order_release);
    }

    /// Owner side. Queue memory written before is visible to bursts that enter.
    void open() noexcept { word_.store(word::open, std::memory_order_release); }

    /// From here on bursts turn away, but one may be inside: heavy_fence(), then drained().
    void close(word why) noexcept { word_.store(why, std::memory_order_relaxed); }

    /// After the heavy fence: nobody is inside, or who was has died (lifecycle.md I30).
    [[nodiscard]] bool drained() const noexcept
    {
        const std::uint32_t process = inside_.load(std::memory_order_acquire);
        return process == nobody ||
               (::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH);
    }

    [[nodiscard]] word why() const noexcept { return word_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_open() const noexcept { return why() == word::open; }

private:
    static constexpr std::uint32_t nobody = 0;

    std::atomic<word> word_{word::paused};    ///< read by bursts, written by the owner
    std::atomic<std::uint32_t> inside_{nobody}; ///< written by bursts
};
static_assert(sizeof(gate) == 8 && std::atomic<gate::word>::is_always_lock_free);

} // namespace miniport
