// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "events.hpp"

#include <memory>

namespace miniport {
namespace {

thread_local const port *raising = nullptr;
thread_local bool retired_inside = false;

} // namespace

bool raise(port &p, rte_eth_event_type what) noexcept
{
    const port *const outer = raising;
    raising = &p;
    retired_inside = false;
    probe::hit(probe::kind::event, &p, what);
    rte_eth_dev_callback_process(&p.device(), what, nullptr);
    raising = outer;
    if (!retired_inside)
        return true;
    retired_inside = outer == &p; // an outer raise of the same port must know as well
    if (!retired_inside) {
        std::destroy_at(&p);
        rte_free(&p);
    }
    return false;
}

bool inside_callback_of(const port &p) noexcept
{
    return raising == &p;
}

void retire(port &p) noexcept
{
    if (inside_callback_of(p)) {
        retired_inside = true;
        p.data->dev_private = nullptr; // the driver frees it (ethdev_driver.h, dev_private)
    } else {
        std::destroy_at(&p);
    }
}

} // namespace miniport
