// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Events that the port raises to the application, which may close the port from inside its
// callback: the port's memory then lives until the callback has returned (lifecycle.md X9, I29).
#pragma once

#include "port.hpp"

namespace miniport {

/// Runs the application's callbacks. Hold no lock. Afterwards `p` exists only if this says so.
[[nodiscard]] bool raise(port &p, rte_eth_event_type what) noexcept;

/// Whether this thread is inside raise() of this port.
[[nodiscard]] bool inside_callback_of(const port &p) noexcept;

/// Ends the port object: at once, or when the callback that this thread is in has returned.
/// ethdev frees dev_private only in the first case.
void retire(port &p) noexcept;

} // namespace miniport
