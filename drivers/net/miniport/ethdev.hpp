// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The ethdev face of a port.
#pragma once

#include "dpdk.hpp"

namespace miniport {

/// The same table in every process; telemetry tells our ports by it.
extern const eth_dev_ops ops;

} // namespace miniport
