// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Shutdown on signals, for ports that asked for it with shutdown_on_signal=on: the devices fall
// silent before the process dies or its own handler runs (lifecycle.md X19, X20).
#pragma once

#include "port.hpp"

namespace miniport {

/// Adds a port; the first one installs the handlers. status::no_memory: too many ports.
[[nodiscard]] status shut_down_on_signals(port &p) noexcept;

/// Takes the port out. The handlers stay and do nothing for it.
void forget_signals(const port &p) noexcept;

} // namespace miniport
