// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The copper PHY behind MDIC: IEEE 802.3 clause 22 registers, autonegotiation with whatever the
// cable leads to, link (hardware.md §3.4). The MAC's view of link is made in chip.cpp.
#pragma once

#include <array>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

struct chip;

struct link_result {
    bool up = false;
    u32 mbps = 10;
    bool full_duplex = false;
    friend bool operator==(const link_result &, const link_result &) = default;
};

class phy {
public:
    explicit phy(chip &c) noexcept : c_{c} { power_on(); }

    void power_on() noexcept; ///< also CTRL.PHY_RST and BMCR.RST: everything begins anew

    void start_mdic(u32 mdic) noexcept;
    void run() noexcept;
    [[nodiscard]] u64 due() const noexcept;

    /// What the cable leads to: another PHY, or (null with `plugged`) a partner that can
    /// everything.
    void cable(bool plugged, phy *partner) noexcept;
    [[nodiscard]] const link_result &link() const noexcept { return link_; }
    [[nodiscard]] bool loopback() const noexcept { return (r_[0] & 1u << 14) != 0; }
    [[nodiscard]] u16 value(u32 n) const noexcept { return r_[n % 32]; }
    void value(u32 n, u16 v) noexcept { r_[n % 32] = v; }

private:
    [[nodiscard]] bool ready() const noexcept;
    [[nodiscard]] bool negotiates() const noexcept { return (r_[0] & 1u << 12) != 0; }
    void begin() noexcept;     ///< both ends start to look for each other
    void lose_link() noexcept; ///< this end only
    void resolve() noexcept;
    void set_link(const link_result &result) noexcept;
    [[nodiscard]] u16 read(u32 n) noexcept;
    void write(u32 n, u16 v) noexcept;

    chip &c_;
    std::array<u16, 32> r_{};
    link_result link_;
    bool plugged_ = false, cable_fault_ = false;
    phy *partner_ = nullptr;
    u64 mdic_done_ = never, negotiated_ = never, flap_ = never;
};

} // namespace miniport::nicmodel
