// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What the receive MAC lets in: station addresses, multicast hash, VLAN table, promiscuity
// (hardware.md §3.2 RCTL, §3.4, §3.11).
#pragma once

#include <array>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

struct chip;

enum class match : u8 { rejected, exact, broadcast, inexact };

class address_filter {
public:
    explicit address_filter(chip &c) noexcept : c_{c} {}

    void addresses_changed() noexcept;
    [[nodiscard]] match address(const u8 *destination) const noexcept;
    [[nodiscard]] bool vlan_passes(u32 tag) const noexcept;
    /// Position in the 4096-bit table for RCTL.MO.
    [[nodiscard]] static u32 hash(const u8 *mac, u32 offset_code) noexcept;

private:
    [[nodiscard]] bool station(u64 mac) const noexcept;

    chip &c_;
    std::array<u64, 16> stations_{};
    u32 station_count_ = 0;
};

} // namespace miniport::nicmodel
