// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The asymmetric fence between bursts and pause (lifecycle.md §6): bursts pay a compiler barrier,
// pause pays one membarrier(2) that makes every running thread pass a full barrier. Where the
// kernel refuses, bursts must carry a real fence themselves.
#pragma once

#include <atomic>
#include <cstdint>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace miniport {

/// Which half of the work the burst does.
enum class burst_fence : std::uint8_t {
    light, ///< compiler barrier; pause uses heavy_fence()
    full,  ///< a fence in every burst; heavy_fence() is not available
};

/// Whose threads burst on a queue.
enum class reach : std::uint8_t { this_process, every_process };

namespace fence_detail {
inline long membarrier(int command) noexcept
{
    return ::syscall(SYS_membarrier, command, 0u, 0);
}
} // namespace fence_detail

/// Registers this process for both kinds of expedited barrier; every process that bursts does so
/// once before. False: not offered (old kernel, seccomp).
[[nodiscard]] inline bool register_heavy_fence() noexcept
{
    using fence_detail::membarrier;
    constexpr long wanted =
        MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_GLOBAL_EXPEDITED;
    const long offered = membarrier(MEMBARRIER_CMD_QUERY);
    return offered >= 0 && (offered & wanted) == wanted &&
           membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
           membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0;
}

/// After it returns, every burst that has not seen what was stored before it is seen to be inside.
/// With burst_fence::full in the bursts, an ordinary full barrier on this side suffices.
inline void heavy_fence(burst_fence bursts, reach whom) noexcept
{
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (bursts == burst_fence::light)
        fence_detail::membarrier(whom == reach::this_process
                                     ? MEMBARRIER_CMD_PRIVATE_EXPEDITED
                                     : MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

} // namespace miniport
