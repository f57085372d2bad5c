// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The ethdev face of a port.
#pragma once

#include <cstdint>

#include "dpdk.hpp"

namespace miniport {

struct port;

/// The table of every port of ours in this process.
extern const eth_dev_ops ops;

/// The port behind an ethdev id (api.cpp); nullptr where there is none or another driver's.
[[nodiscard]] port *find_port(std::uint16_t port_id) noexcept;

/// Halts and retires a port: what dev_close and remove do (ethdev.cpp).
void leave(port &p) noexcept;

/// Tells who waits for an asynchronous pause, once, if it has ended (api.cpp). Hold no lock.
void report_paused(port &p) noexcept;

} // namespace miniport
