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

/// The arguments of a model in memory (net_miniport_model).
struct model_arguments {
    /// wire=NAME: models of the same name are wired to each other; loop: to itself; none: to nothing;
    /// tap:INTERFACE: to this machine's network stack. Default: model 0 to 1, 2 to 3, and so on.
    char wire[32] = "";
    /// fault=NAME:NUMBER, from the beginning (nicmodel/faults.hpp). May be given several times.
    static constexpr unsigned most_faults = 8;
    char faults[most_faults][40] = {};
    unsigned fault_count = 0;
};

/// `given` may be null or empty; `model` is null where only device_arguments are known.
/// status::invalid after one error line that names what was not understood.
[[nodiscard]] status parse(const char *given, const char *device, device_arguments &out,
                           model_arguments *model = nullptr) noexcept;

} // namespace miniport
