// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Reset with settings kept (lifecycle.md N6–N12, W15): for dev_reset, for the driver's own recovery
// with its events, and the watchdog that asks for it.
#pragma once

#include "port.hpp"

namespace miniport {

/// The reset handler: MAC reset and bring-up, addresses and filters as before; with frames `passing`
/// those pending are aborted and counted, receive buffers stay, and the gates are open again on
/// success. Allocates nothing.
[[nodiscard]] status reset_hardware(port &p, bool passing) noexcept;

/// Reset by the driver's own decision: ERR_RECOVERING, reset, RECOVERY_SUCCESS or RECOVERY_FAILED.
/// More than 3 in 60 s fail the adapter (W18). Primary process, no lock held. False: the
/// application closed the port in a callback.
bool recover(port &p, const char *cause) noexcept;

} // namespace miniport
