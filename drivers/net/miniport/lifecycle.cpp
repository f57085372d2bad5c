// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What each transition does to a port, in order: the MiniportXxx handlers. The adapter (lib/adapter)
// decides when they run and takes back what they acquired.
#include <algorithm>

#include "api.hpp"
#include "gates.hpp"
#include "hw/regs_82574.hpp"
#include "log.hpp"
#include "port.hpp"
#include "recovery.hpp"

namespace miniport {

namespace {

struct handlers {
    using owner_type = port;
    using ledger_type = port_ledger;

    port &p;

    port &owner() noexcept { return p; }

    // W9: memory and hardware first, timers, then interrupts last: the handler may run before
    // acquire returns.
    status initialize(port_ledger &ledger)
    {
        const bool wants_link_events = p.data->dev_conf.intr_conf.lsc != 0;
        status s = ledger.acquire<held::hardware>(p);
        if (!failed(s))
            s = ledger.acquire<held::counter_timer>(p);
        if (!failed(s) && p.arguments.watchdog)
            s = ledger.acquire<held::watchdog>(p);
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::interrupt_handler>(p);
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::interrupt_vector>(p);
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::link_cause>(p);
        return s;
    }

    status restart(port_ledger &ledger)
    {
        status s = queues_are_set_up();
        for (std::uint16_t q = 0; !failed(s) && q < p.data->nb_tx_queues; ++q)
            s = ledger.acquire<held::tx_frames>(p, q);
        for (std::uint16_t q = 0; !failed(s) && q < p.data->nb_rx_queues; ++q)
            s = ledger.acquire<held::rx_buffers>(p, q);
        if (!failed(s))
            s = ledger.acquire<held::dma>(p);
        if (!failed(s))
            s = ledger.acquire<held::units>(p);
        if (!failed(s))
            s = ledger.acquire<held::bursts>(p);
        return s;
    }

    void close_gates() noexcept { ::miniport::close_gates(p); }

    // The rest of a pause is the reverse of what restart did, and the adapter does it.
    pause_result pause() noexcept
    {
        return drained(p) ? pause_result::success : pause_result::pending;
    }

    void pause_overdue() noexcept
    {
        ++p.overdue;
        strand_busy_queues(p);
        MINIPORT_LOG(WARNING, life, p.name(),
                     "a burst has not returned for 2 s; pausing without it, its mbufs stay posted");
    }

    status reset(port_ledger &, bool passing)
    {
        return p.reset_allowed ? reset_hardware(p, passing) : status::failed_hard;
    }

    // N48, N49, N52: no interrupt and no timer from here on; the rest follows in reverse order.
    void halt(port_ledger &ledger, halt_action) noexcept
    {
        ledger.release<held::link_cause>(p);
        ledger.release<held::interrupt_vector>(p);
        ledger.release<held::interrupt_handler>(p);
        ledger.release<held::watchdog>(p);
        ledger.release<held::counter_timer>(p);
        cancel_removal_event(p);
        cancel_completion(p);
    }

    // §3.3 step 2 and no more: nothing waits, nothing is freed.
    void shutdown() noexcept
    {
        ::miniport::close_gates(p);
        hw::chip_82574::silence(p.regs);
    }

    void doze() noexcept { p.regs.sleep_us(50); }

    void happened(const trace_entry &t) noexcept
    {
        if (t.on == event::pause_complete)
            promise_of(p).fall_due();
        MINIPORT_LOG(INFO, life, p.name(), "%s -> %s (%s: %s)", name(t.from), name(t.to),
                     name(t.on), detail(t));
    }

private:
    status queues_are_set_up() const noexcept
    {
        for (std::uint16_t q = 0; q < p.data->nb_rx_queues; ++q)
            if (p.rx(q) == nullptr) {
                MINIPORT_LOG(ERR, life, p.name(), "rx queue %u is not set up", q);
                return status::invalid;
            }
        for (std::uint16_t q = 0; q < p.data->nb_tx_queues; ++q)
            if (p.tx(q) == nullptr) {
                MINIPORT_LOG(ERR, life, p.name(), "tx queue %u is not set up", q);
                return status::invalid;
            }
        return status::ok;
    }
};
static_assert(miniport_handlers<handlers>);

} // namespace

status initialize(port &p) noexcept
{
    return p.life.initialize(handlers{p});
}
status restart(port &p) noexcept
{
    return p.life.restart(handlers{p});
}
void pause(port &p) noexcept
{
    p.life.pause(handlers{p});
}
status pause_async(port &p, pause_promise &promise) noexcept
{
    return p.life.pause_async(handlers{p}, promise);
}
status complete_pause(port &p) noexcept
{
    return p.life.complete_pause(handlers{p});
}
void halt(port &p, halt_action action) noexcept
{
    p.life.halt(handlers{p}, action);
}
void shutdown(port &p) noexcept
{
    p.life.shutdown(handlers{p});
}
status reset(port &p) noexcept
{
    return p.life.reset(handlers{p});
}
bool begin_recovery(port &p) noexcept
{
    return p.life.begin_recovery(handlers{p});
}
status end_recovery(port &p) noexcept
{
    return p.life.end_recovery(handlers{p});
}
bool declare_removed(port &p) noexcept
{
    return p.life.remove(handlers{p});
}

halt_action reason_to_halt(const port &p) noexcept
{
    const flags f = p.life.attributes();
    if (f.has(flag_bit::removed))
        return halt_action::device_surprise_removed;
    if (f.has(flag_bit::failed))
        return halt_action::device_failed;
    // ethdev rolls its own state back when a check fails behind a dev_configure that succeeded.
    return p.data->dev_configured ? halt_action::device_disabled
                                  : halt_action::device_initialization_failed;
}

status bring_up(port &p) noexcept
{
    using namespace hw::chip_82574;
    if (const status s = hw::chip_82574::reset(p.regs); failed(s))
        return s;
    probe::hit(probe::kind::dma_off, &p);
    if (const status s = init(p.regs, p.mac); failed(s))
        return s;
    // Addresses that the application set outlive a reset; ethdev keeps the list.
    for (unsigned slot = 0; slot < mac_slots; ++slot) {
        const rte_ether_addr &mac = p.data->mac_addrs[slot];
        if (!rte_is_zero_ether_addr(&mac))
            set_mac(p.regs, slot, bytes_of(mac));
    }
    // A reset masked the link interrupt of an adapter that has it.
    return p.life.held().holds<held::link_cause>() ? held::link_cause::acquire(p, 0) : status::ok;
}

status arm(port &p, std::uint64_t us, rte_eal_alarm_callback callback) noexcept
{
    if (rte_eal_alarm_set(us, callback, &p) == 0)
        return status::ok;
    MINIPORT_LOG(ERR, life, p.name(), "cannot initialize: no memory for a timer");
    return status::no_memory;
}

status enable_units(port &p) noexcept
{
    using namespace hw::chip_82574;
    if (p.data->nb_tx_queues != 0) {
        tx_queue &q = *p.tx(0);
        q.tail = hw::doorbell{p.regs.io().doorbell(reg::TDT::offset())};
        if (const status s = start_transmit(p.regs, {q.memory->iova, q.size.count()}); failed(s))
            return s;
    }
    if (p.data->nb_rx_queues != 0) {
        rx_queue &q = *p.rx(0);
        q.tail = hw::doorbell{p.regs.io().doorbell(reg::RDT::offset())};
        if (const status s = start_receive(p.regs, {q.memory->iova, q.size.count()}, q.buffer,
                                           port::long_packets(q.frame_max), p.filter);
            failed(s))
            return s;
        q.tail.ring(q.refill.slot()); // behind RCTL.EN (hardware.md §3.5)
    }
    return status::ok;
}

namespace held {

// Whoever fails says why, in one line; the others keep silent.
status hardware::acquire(port &p, std::uint16_t)
{
    const status s = bring_up(p);
    if (failed(s))
        MINIPORT_LOG(ERR, life, p.name(), "cannot initialize: %s", text(s));
    return s;
}
void hardware::release(port &p, std::uint16_t) noexcept
{
    // Leaves the device quiet for whoever comes next. One that is gone needs nothing.
    static_cast<void>(hw::chip_82574::quiesce(p.regs));
}

namespace {

/// A queue whose burst never ended can be used again only when it has.
template <class Queue> status unstrand(const port &p, Queue &q) noexcept
{
    if (!q.stranded)
        return status::ok;
    if (!q.gate.drained()) {
        MINIPORT_LOG(ERR, life, p.name(), "queue %u: a burst of before has still not returned",
                     q.number);
        return status::busy;
    }
    reap(q);
    q.stranded = false;
    return status::ok;
}

template <class Queue> void reap_unless_stranded(Queue &q) noexcept
{
    if (!q.stranded)
        reap(q);
}

} // namespace

status tx_frames::acquire(port &p, std::uint16_t queue)
{
    if (const status s = unstrand(p, *p.tx(queue)); failed(s))
        return s;
    clear(*p.tx(queue));
    return status::ok;
}
void tx_frames::release(port &p, std::uint16_t queue) noexcept
{
    reap_unless_stranded(*p.tx(queue));
}

status rx_buffers::acquire(port &p, std::uint16_t queue)
{
    rx_queue &q = *p.rx(queue);
    const std::uint16_t frame = p.frame_max(p.data->mtu);
    if (!fits(q, frame)) {
        MINIPORT_LOG(ERR, life, p.name(),
                     "rx queue %u: mbufs of pool %s are too small for MTU %u; set the queue up "
                     "with larger mbufs or enable the scatter offload",
                     queue, q.pool->name, p.data->mtu);
        return status::invalid;
    }
    if (const status s = unstrand(p, q); failed(s))
        return s;
    set_limits(q, frame);
    const status s = post_all(q);
    if (failed(s))
        MINIPORT_LOG(ERR, life, p.name(),
                     "rx queue %u: pool %s cannot give %u mbufs (%u free); use a larger pool or "
                     "fewer descriptors",
                     queue, q.pool->name, q.size.count() - 1u, rte_mempool_avail_count(q.pool));
    return s;
}
void rx_buffers::release(port &p, std::uint16_t queue) noexcept
{
    reap_unless_stranded(*p.rx(queue));
}

status dma::acquire(port &, std::uint16_t)
{
    return status::ok; // begins when a unit is enabled
}
void dma::release(port &p, std::uint16_t) noexcept
{
    const status s = hw::chip_82574::drain_dma(p.regs);
    if (s != status::timed_out)
        probe::hit(probe::kind::dma_off, &p);
    if (!failed(s))
        return;
    // Memory may go back only when it cannot be written any more. The bus is shut; a chip that is
    // still there is reset, and the bus opened again for link interrupts.
    allow_dma(p, false);
    if (s == status::removed)
        return;
    MINIPORT_LOG(WARNING, life, p.name(), "DMA did not end in time; resetting the MAC");
    if (failed(bring_up(p)))
        MINIPORT_LOG(ERR, life, p.name(), "the MAC did not come back from reset; close the port");
    else
        allow_dma(p, true);
}

status units::acquire(port &p, std::uint16_t)
{
    const status s = enable_units(p);
    if (failed(s)) {
        release(p, 0); // one of them may be on
        MINIPORT_LOG(ERR, life, p.name(), "cannot start: %s", text(s));
    }
    return s;
}
void units::release(port &p, std::uint16_t) noexcept
{
    hw::chip_82574::stop_receive(p.regs);
    hw::chip_82574::stop_transmit(p.regs);
}

status bursts::acquire(port &p, std::uint16_t)
{
    rte_eth_dev &device = p.device();
    auto layout = frame_layout::whole;
    for (std::uint16_t q = 0; q < p.data->nb_rx_queues; ++q) {
        if (p.rx(q)->frame_max + RTE_VLAN_HLEN > p.rx(q)->buffer)
            layout = frame_layout::scattered;
        p.data->rx_queue_state[q] = RTE_ETH_QUEUE_STATE_STARTED;
    }
    for (std::uint16_t q = 0; q < p.data->nb_tx_queues; ++q)
        p.data->tx_queue_state[q] = RTE_ETH_QUEUE_STATE_STARTED;
    p.data->scattered_rx = layout == frame_layout::scattered;
    device.rx_pkt_burst = receive_burst(layout, p.fence);
    device.tx_pkt_burst = transmit_burst(p.fence);
    open_gates(p);
    return status::ok;
}
void bursts::release(port &p, std::uint16_t) noexcept
{
    std::fill_n(p.data->rx_queue_state, p.data->nb_rx_queues, RTE_ETH_QUEUE_STATE_STOPPED);
    std::fill_n(p.data->tx_queue_state, p.data->nb_tx_queues, RTE_ETH_QUEUE_STATE_STOPPED);
}

} // namespace held
} // namespace miniport
