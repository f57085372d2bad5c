// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One log type per topic, so that --log-level=pmd.net.miniport.life:info shows just the life.
// Bursts never log.
#pragma once

#include "dpdk.hpp"

namespace miniport {

extern int log_init; ///< probe, remove, what the device is
extern int log_life; ///< transitions
extern int log_ctrl; ///< queues, filters, link, counters

} // namespace miniport

/// MINIPORT_LOG(ERR, init, device_name, "cause; what to do", …): one line.
#define MINIPORT_LOG(level, topic, device, format, ...)                                            \
    rte_log(RTE_LOG_##level, static_cast<std::uint32_t>(::miniport::log_##topic),                  \
            "net_miniport: %s: " format "\n", device __VA_OPT__(, ) __VA_ARGS__)
