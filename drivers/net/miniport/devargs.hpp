// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What a user may say of one device behind its address: -a BDF,key=value,…
#pragma once

#include "dpdk.hpp"
#include "status.hpp"

namespace miniport {

struct device_arguments {
    /// nvm_checksum=strict|ignore: ignore comes up although the NVM's checksum is wrong.
    bool ignore_nvm_checksum = false;
    /// watchdog=off|on: on resets a port whose transmit unit makes no progress for 2 s.
    bool watchdog = false;
    /// shutdown_on_signal=off|on: on shuts the adapter down when the process gets SIGTERM, SIGINT
    /// or a fatal signal, before the application's own handler or the default action.
    bool shutdown_on_signal = false;
};

/// status::invalid after one error line that names what was not understood.
[[nodiscard]] status parse(const rte_devargs *given, const char *device,
                           device_arguments &out) noexcept;

} // namespace miniport
