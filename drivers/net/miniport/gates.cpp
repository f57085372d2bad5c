// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "gates.hpp"

#include "adapter/probe.hpp"
#include "dpdk.hpp"
#include "port.hpp"

namespace miniport {
namespace {

/// Calls visit(queue) for each queue that is set up.
template <class Visitor> void each_queue(const port &p, Visitor visit) noexcept
{
    for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
        if (rx_queue *q = p.rx(i))
            visit(*q);
    for (std::uint16_t i = 0; i < p.data->nb_tx_queues; ++i)
        if (tx_queue *q = p.tx(i))
            visit(*q);
}

gate::word reason(const port &p) noexcept
{
    const flags f = p.life.attributes();
    if (p.life.now() == state::shutdown)
        return gate::word::shut_down;
    if (f.has(flag_bit::removed))
        return gate::word::removed;
    return f.has(flag_bit::resetting) ? gate::word::resetting : gate::word::paused;
}

} // namespace

std::uint16_t turn_away(const gate *closed) noexcept
{
    switch (closed ? closed->why() : gate::word::open) {
    case gate::word::paused:
        rte_errno = ENETDOWN;
        break;
    case gate::word::resetting:
        rte_errno = EAGAIN;
        break;
    case gate::word::removed:
        rte_errno = EIO;
        break;
    case gate::word::shut_down:
        rte_errno = ESHUTDOWN;
        break;
    default:
        rte_errno = EINVAL;
    }
    return 0;
}

void open_gates(port &p) noexcept
{
    each_queue(p, [&p](auto &q) {
        probe::hit(probe::kind::gate_open, &p, reinterpret_cast<std::uintptr_t>(&q));
        q.gate.open();
    });
    // ORDER: whoever declares the device removed or shut down from here on closes gates that are
    // open, and who did so before is seen by our caller's next look at flags and state.
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void close_gates(port &p) noexcept
{
    const gate::word why = reason(p);
    each_queue(p, [why](auto &q) { q.gate.close(why); });
    heavy_fence(p.fence, p.secondaries.load(std::memory_order_relaxed) ? reach::every_process
                                                                       : reach::this_process);
    each_queue(p, [&p](auto &q) {
        probe::hit(probe::kind::gate_close, &p, reinterpret_cast<std::uintptr_t>(&q));
    });
}

void strand_busy_queues(port &p) noexcept
{
    // Only adds: one stranded before is taken back by restart or the ring's release, not here.
    each_queue(p, [](auto &q) { q.stranded |= !q.gate.drained(); });
}

bool drained(const port &p) noexcept
{
    bool all = true;
    each_queue(p, [&all](const auto &q) { all &= q.gate.drained(); });
    return all;
}

status drain(port &p) noexcept
{
    constexpr unsigned step_us = 50;
    constexpr unsigned deadline_us = decltype(p.life)::pause_deadline_ns / 1000;
    for (unsigned waited = 0; !drained(p); waited += step_us) {
        if (waited >= deadline_us)
            return status::timed_out;
        p.regs.sleep_us(step_us);
    }
    return status::ok;
}

} // namespace miniport
