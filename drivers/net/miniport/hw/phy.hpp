// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The PHY behind MDIC: powered up and negotiating. Link itself is read from the MAC's STATUS.
#pragma once

#include <cstdint>

#include "nvm.hpp"

namespace miniport::hw {

/// IEEE 802.3 clause 22 registers that the driver touches.
enum class phy_register : std::uint8_t {
    control = 0,         ///< BMCR
    status = 1,          ///< BMSR, link latched low: read twice
    advertisement = 4,   ///< ANAR
    control_1000t = 9,
};

/// Up to three tries, each with a deadline: single MDI errors happen on hardware.
[[nodiscard]] status read_phy(registers &regs, phy_register which, std::uint16_t &value) noexcept;
[[nodiscard]] status write_phy(registers &regs, phy_register which, std::uint16_t value) noexcept;

/// Powers the PHY up and has it offer everything up to 1000BASE-T full duplex. Negotiation starts
/// anew only where the offer changed or none ended yet, so that a re-configure keeps the link.
[[nodiscard]] status start_phy(registers &regs) noexcept;

} // namespace miniport::hw
