// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// rte_pmd_miniport.h over the port.
#include "api.hpp"

#include <array>

#include "ethdev.hpp"
#include "port.hpp"

namespace miniport {
namespace {

static_assert(RTE_PMD_MINIPORT_PAUSING == static_cast<int>(state::pausing));
static_assert(RTE_PMD_MINIPORT_SHUTDOWN == static_cast<int>(state::shutdown));
static_assert(RTE_PMD_MINIPORT_FAILED == static_cast<unsigned>(flag_bit::failed));

std::array<pause_promise, RTE_MAX_ETHPORTS> promises{};

constexpr unsigned look_again_us = 100;

/// While a pause is pending: looks whether it can end.
void complete(void *context) noexcept
{
    port &p = *static_cast<port *>(context);
    const service awaited{&p.life, callback::pause_completion};
    if (complete_pause(p) == status::in_progress) {
        // Without an alarm the next pause, stop or halt ends it.
        static_cast<void>(rte_eal_alarm_set(look_again_us, complete, context));
        return;
    }
    report_paused(p);
}

template <class Call> int lifecycle(std::uint16_t port_id, Call call) noexcept
{
    port *const p = find_port(port_id);
    if (p == nullptr)
        return -ENODEV;
    return rte_eal_process_type() == RTE_PROC_PRIMARY ? call(*p) : -E_RTE_SECONDARY;
}

} // namespace

port *find_port(std::uint16_t port_id) noexcept
{
    if (port_id >= RTE_MAX_ETHPORTS)
        return nullptr;
    const rte_eth_dev &device = rte_eth_devices[port_id];
    const bool ours = device.state != RTE_ETH_DEV_UNUSED && device.dev_ops == &ops;
    return ours ? static_cast<port *>(device.data->dev_private) : nullptr;
}

pause_promise &promise_of(const port &p) noexcept
{
    return promises[p.data->port_id];
}

void report_paused(port &p) noexcept
{
    promise_of(p).keep(p.data->port_id, p.life.now() == state::shutdown);
}

void cancel_completion(port &p) noexcept
{
    rte_eal_alarm_cancel(complete, &p);
}

} // namespace miniport

using namespace miniport;

int rte_pmd_miniport_state(std::uint16_t port_id, std::uint32_t *flags)
{
    const port *const p = find_port(port_id);
    if (p == nullptr)
        return -ENODEV;
    if (flags != nullptr)
        *flags = p->life.attributes().bits;
    return static_cast<int>(p->life.now());
}

int rte_pmd_miniport_pause(std::uint16_t port_id)
{
    return lifecycle(port_id, [](port &p) {
        pause(p);
        report_paused(p);
        return 0;
    });
}

int rte_pmd_miniport_pause_async(std::uint16_t port_id, rte_pmd_miniport_paused_cb done,
                                 void *context)
{
    return lifecycle(port_id, [&](port &p) {
        pause_promise &promise = promise_of(p);
        promise.prepare(done, context);
        const status s = pause_async(p, promise);
        if (s == status::in_progress && rte_eal_alarm_set(look_again_us, complete, &p) != 0) {
            pause(p); // no alarm to be had: the caller waits after all
            report_paused(p);
        }
        return to_errno(s);
    });
}

int rte_pmd_miniport_restart(std::uint16_t port_id)
{
    return lifecycle(port_id, [](port &p) {
        return p.data->dev_started ? to_errno(restart(p)) : -EINVAL;
    });
}

int rte_pmd_miniport_shutdown(std::uint16_t port_id)
{
    return lifecycle(port_id, [](port &p) {
        shutdown(p);
        return 0;
    });
}

int rte_pmd_miniport_trace(std::uint16_t port_id, rte_pmd_miniport_event *events, unsigned room)
{
    const port *const p = find_port(port_id);
    if (p == nullptr)
        return -ENODEV;
    std::array<trace_entry, trace::capacity> entries;
    const std::size_t held = p->life.history().copy(entries);
    const std::size_t first = held > room ? held - room : 0;
    for (std::size_t i = first; i < held; ++i) {
        const trace_entry &t = entries[i];
        events[i - first] = {t.time_ns, name(t.from), name(t.to), name(t.on), detail(t)};
    }
    return static_cast<int>(held - first);
}
