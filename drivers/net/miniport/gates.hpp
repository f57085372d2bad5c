// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The burst gates of one port together: one fence serves all its queues (lifecycle.md §6).
#pragma once

#include <cstdint>
#include <unistd.h>

#include "adapter/gate.hpp"
#include "status.hpp"

namespace miniport {

struct port;

/// Who bursts: this process, as gates name it.
inline const auto this_process = static_cast<std::uint32_t>(::getpid());

/// What a burst answers that may not pass: no frames, and rte_errno says why (ENETDOWN paused,
/// EAGAIN resetting, EIO removed, ESHUTDOWN shut down, EINVAL no queue).
[[gnu::cold, gnu::noinline]] std::uint16_t turn_away(const gate *closed) noexcept;

void open_gates(port &p) noexcept;

/// Closes all gates, with the reason that the port's flags give, and makes that known to every
/// thread that bursts. Async-signal-safe.
void close_gates(port &p) noexcept;

/// Whether no burst is inside any queue.
[[nodiscard]] bool drained(const port &p) noexcept;

/// Marks the queues that a burst is still inside of: their mbufs and rings stay (lifecycle.md I25).
void strand_busy_queues(port &p) noexcept;

/// Waits for drained(); status::timed_out after the deadline of a pause.
[[nodiscard]] status drain(port &p) noexcept;

} // namespace miniport
