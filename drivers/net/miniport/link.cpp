// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "link.hpp"

#include "removal.hpp"

namespace miniport {

bool refresh_link(port &p) noexcept
{
    hw::chip_82574::link_state now;
    // A device that is gone has no link (all ones would read as "up at 1000 Mb/s").
    if (!hw::chip_82574::read_link(p.regs, now))
        now = {};
    rte_eth_link link{};
    link.link_autoneg = RTE_ETH_LINK_AUTONEG;
    link.link_status = now.up ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN;
    link.link_duplex =
        now.up && now.full_duplex ? RTE_ETH_LINK_FULL_DUPLEX : RTE_ETH_LINK_HALF_DUPLEX;
    link.link_speed = now.up ? now.mbps : RTE_ETH_SPEED_NUM_NONE;
    return rte_eth_linkstatus_set(&p.device(), &link) == 0;
}

int update_link(port &p, bool wait) noexcept
{
    // ethdev lets rte_eth_link_get() wait for 9 seconds.
    constexpr unsigned step_us = 100'000;
    constexpr unsigned steps = 90;

    if (ask(request::control_query, p.life.now()).what != plan::perform)
        return -1; // nobody negotiates: what is known stands
    bool changed = present(p) && refresh_link(p);
    for (unsigned i = 0; wait && i < steps && !p.data->dev_link.link_status; ++i) {
        p.regs.sleep_us(step_us);
        if (!present(p))
            break;
        changed |= refresh_link(p);
    }
    return changed ? 0 : -1;
}

} // namespace miniport
