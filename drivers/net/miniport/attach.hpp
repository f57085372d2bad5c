// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// AddDevice and RemoveDevice, whatever bus the device is on (pci.cpp, model.cpp): from registers to
// a port in state Halted, and back.
#pragma once

#include "devargs.hpp"
#include "dpdk.hpp"
#include "hw/io.hpp"

namespace miniport {

/// Makes `device`'s dev_private a port over `registers`: quiet, with its address known. In a
/// secondary process only takes part in what the primary has made; `registers` is then ignored.
/// 0, or a negative errno after one error line; nothing is held then.
[[nodiscard]] int attach(rte_eth_dev &device, hw::io registers,
                         const device_arguments &arguments) noexcept;

/// What is left of a port goes, also a running one. 0.
[[nodiscard]] int detach(rte_eth_dev *device) noexcept;

} // namespace miniport
