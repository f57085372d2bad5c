// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "recovery.hpp"

#include "events.hpp"
#include "gates.hpp"
#include "hw/regs_82574.hpp"
#include "log.hpp"
#include "removal.hpp"

namespace miniport {
namespace {

// W18: an adapter that is reset again and again is broken. This many in this time are too many.
constexpr unsigned budget = 3;
constexpr std::uint64_t budget_ns = 60'000'000'000;

// W16: a send that makes no progress for 2 s with the link up is a hang.
constexpr std::uint64_t watch_us = 2'000'000;

bool within_budget(port &p) noexcept
{
    const std::uint64_t now = trace::now_ns();
    if (now - p.recovery_window_ns > budget_ns) {
        p.recovery_window_ns = now;
        p.recoveries = 0;
    }
    return ++p.recoveries <= budget;
}

/// Frames wait, the link is up, no pause frame holds us, and the head has not moved since the last
/// look.
bool transmit_hangs(port &p) noexcept
{
    const std::uint32_t head = p.regs.read<reg::TDH>().raw;
    const std::uint32_t tail = p.regs.read<reg::TDT>().raw;
    const auto now = p.regs.read<reg::STATUS>();
    const bool stuck = passes_frames(p.life.now()) && head != tail && head == p.watched_head &&
                       now[reg::STATUS::LU] && !now[reg::STATUS::TXOFF] && !now.all_ones();
    p.watched_head = head != tail ? head : no_head;
    return stuck;
}

void watch(void *context) noexcept
{
    port &p = *static_cast<port *>(context);
    const service awaited{&p.life, callback::watchdog};
    // The alarm is armed again first: halt cancels whichever is armed, and waits for this call.
    static_cast<void>(rte_eal_alarm_set(watch_us, watch, context));
    if (!present(p) || !transmit_hangs(p))
        return;
    p.watched_head = no_head;
    static_cast<void>(recover(p, "transmit makes no progress"));
}

} // namespace

status held::watchdog::acquire(port &p, std::uint16_t)
{
    p.watched_head = no_head;
    return arm(p, watch_us, watch);
}
void held::watchdog::release(port &p, std::uint16_t) noexcept
{
    rte_eal_alarm_cancel(watch, &p);
}

status reset_hardware(port &p, bool passing) noexcept
{
    using namespace hw::chip_82574;
    collect(p); // the reset clears the chip's counters
    if (passing) {
        if (const status s = drain(p); failed(s))
            return s;
        stop_receive(p.regs);
        stop_transmit(p.regs);
    }
    if (const status s = bring_up(p); failed(s))
        return s;
    if (passing) {
        for (std::uint16_t i = 0; i < p.data->nb_tx_queues; ++i)
            abort_all(*p.tx(i));
        for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
            repost(*p.rx(i));
        if (const status s = enable_units(p); failed(s))
            return s;
        open_gates(p);
    }
    return status::ok;
}

bool recover(port &p, const char *cause) noexcept
{
    if (!begin_recovery(p))
        return true;
    MINIPORT_LOG(WARNING, life, p.name(), "resetting: %s", cause);
    p.reset_allowed = within_budget(p); // nobody else resets between begin and end
    if (!raise(p, RTE_ETH_EVENT_ERR_RECOVERING))
        return false;
    const status s = end_recovery(p);
    p.reset_allowed = true;
    if (failed(s))
        MINIPORT_LOG(ERR, life, p.name(), "reset failed: %s", text(s));
    return raise(p, failed(s) ? RTE_ETH_EVENT_RECOVERY_FAILED : RTE_ETH_EVENT_RECOVERY_SUCCESS);
}

} // namespace miniport
