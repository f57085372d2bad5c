// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "removal.hpp"

#include "events.hpp"
#include "hw/regs_82574.hpp"
#include "link.hpp"
#include "log.hpp"

namespace miniport {
namespace {

bool answers(const port &p) noexcept
{
    // RCTL's upper bits are reserved zero, STATUS's too: one all-ones read may be a passing fault
    // of the bus, both are a device that is gone.
    return !p.regs.read<reg::STATUS>().all_ones() || !p.regs.read<reg::RCTL>().all_ones();
}

void raise_removed(void *context) noexcept
{
    port &p = *static_cast<port *>(context);
    const service awaited{&p.life, callback::removal};
    if (p.data->dev_conf.intr_conf.rmv)
        static_cast<void>(raise(p, RTE_ETH_EVENT_INTR_RMV));
}

} // namespace

void cancel_removal_event(port &p) noexcept
{
    if (!inside_callback_of(p)) // the event's own alarm is running this very call
        rte_eal_alarm_cancel(raise_removed, &p);
}

bool present(port &p) noexcept
{
    if (p.life.attributes().has(flag_bit::removed))
        return false;
    if (answers(p))
        return true;
    // In Halted it is remembered, and nobody is told (lifecycle.md §4).
    const bool told = ask(request::remove, p.life.now()).what == plan::perform;
    if (rte_eal_process_type() != RTE_PROC_PRIMARY || !declare_removed(p))
        return false;
    p.regs.io().disconnect();
    static_cast<void>(refresh_link(p));
    MINIPORT_LOG(WARNING, life, p.name(), "the device is gone; close the port");
    if (told && rte_eal_alarm_set(1, raise_removed, &p) != 0)
        MINIPORT_LOG(ERR, life, p.name(), "cannot raise the removal event; close the port");
    return false;
}

} // namespace miniport
