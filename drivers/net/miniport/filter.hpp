// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Which frames the port takes: station addresses, promiscuous, all-multicast, MTU.
// Settings live in the port (or in ethdev) and reach the chip at once while it is configured;
// initialize and restart program them again. Each answers status::removed on a dead device.
#pragma once

#include "port.hpp"

namespace miniport {

[[nodiscard]] status set_receive_filter(port &p, hw::chip_82574::receive_filter wanted) noexcept;

/// slot 0 is the default address.
[[nodiscard]] status set_address(port &p, unsigned slot, const rte_ether_addr &mac) noexcept;
[[nodiscard]] status clear_address(port &p, unsigned slot) noexcept;

/// `mtu` bytes of payload: 68…9216. While frames flow it may grow only as far as the posted buffers
/// hold a frame.
[[nodiscard]] status set_mtu(port &p, std::uint16_t mtu) noexcept;

} // namespace miniport
