// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Surprise removal: noticed, confirmed, made known once (lifecycle.md W19, W20, X14).
#pragma once

#include "port.hpp"

namespace miniport {

/// Whether the device answers. The first time it does not (two registers that can never read all
/// ones on a live chip both do), the port is declared removed: bursts turn away, no register is
/// touched any more, the link goes down, and INTR_RMV is raised once, from EAL's interrupt thread.
/// Any thread of the primary process; a secondary only looks.
bool present(port &p) noexcept;

} // namespace miniport
