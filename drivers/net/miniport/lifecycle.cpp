// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What each transition does to a port, in order: the MiniportXxx handlers. The adapter (lib/adapter)
// decides when they run and takes back what they acquired.
#include <algorithm>

#include "hw/regs_82574.hpp"
#include "log.hpp"
#include "port.hpp"

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
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::interrupt_handler>(p);
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::interrupt_vector>(p);
        if (!failed(s) && wants_link_events)
            s = ledger.acquire<held::link_cause>(p);
        if (failed(s))
            MINIPORT_LOG(ERR, life, p.name(), "cannot initialize: %s", text(s));
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
        if (!failed(s) && p.data->nb_tx_queues != 0)
            s = ledger.acquire<held::transmitter>(p);
        if (!failed(s) && p.data->nb_rx_queues != 0)
            s = ledger.acquire<held::receiver>(p);
        if (!failed(s))
            s = ledger.acquire<held::bursts>(p);
        if (failed(s))
            MINIPORT_LOG(ERR, life, p.name(), "cannot start: %s", text(s));
        return s;
    }

    // Everything that a pause has to do is the reverse of what restart did, and the adapter does it.
    pause_result pause() noexcept { return pause_result::success; }

    // N48, N49, N52: no interrupt and no timer from here on; the rest follows in reverse order.
    void halt(port_ledger &ledger, halt_action) noexcept
    {
        ledger.release<held::link_cause>(p);
        ledger.release<held::interrupt_vector>(p);
        ledger.release<held::interrupt_handler>(p);
        ledger.release<held::counter_timer>(p);
    }

    void moved(const trace_entry &t) noexcept
    {
        MINIPORT_LOG(INFO, life, p.name(), "%s -> %s (%s%s%s)", ::miniport::name(t.from),
                     ::miniport::name(t.to), ::miniport::name(t.on),
                     t.on == event::halt || failed(t.result) ? ": " : "",
                     t.on == event::halt   ? ::miniport::name(t.action)
                     : failed(t.result) ? text(t.result)
                                        : "");
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
void halt(port &p, halt_action action) noexcept
{
    p.life.halt(handlers{p}, action);
}

namespace held {

status hardware::acquire(port &p, std::uint16_t)
{
    if (const status s = hw::chip_82574::reset(p.regs); failed(s))
        return s;
    return hw::chip_82574::init(p.regs, p.mac);
}
void hardware::release(port &p, std::uint16_t) noexcept
{
    // Leaves the device quiet for whoever comes next. One that is gone needs nothing.
    static_cast<void>(hw::chip_82574::quiesce(p.regs));
}

status tx_frames::acquire(port &p, std::uint16_t queue)
{
    clear(*p.tx(queue));
    return status::ok;
}
void tx_frames::release(port &p, std::uint16_t queue) noexcept
{
    reap(*p.tx(queue));
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
    reap(*p.rx(queue));
}

status dma::acquire(port &, std::uint16_t)
{
    return status::ok; // begins when a unit is enabled
}
void dma::release(port &p, std::uint16_t) noexcept
{
    if (hw::chip_82574::drain_dma(p.regs) != status::timed_out)
        return;
    // The chip does not confirm. Memory may go back only when it cannot be written any more: the
    // bus is shut, the MAC reset, and the bus opened again for link interrupts.
    MINIPORT_LOG(WARNING, life, p.name(), "DMA did not end in time; resetting the MAC");
    rte_pci_device &pci = p.pci();
    rte_pci_set_bus_master(&pci, false);
    if (failed(hardware::acquire(p, 0)))
        MINIPORT_LOG(ERR, life, p.name(), "the MAC did not come back from reset; close the port");
    rte_pci_set_bus_master(&pci, true);
}

status transmitter::acquire(port &p, std::uint16_t)
{
    using namespace hw::chip_82574;
    tx_queue &q = *p.tx(0);
    q.tail = hw::doorbell{p.regs.io().doorbell(reg::TDT::offset())};
    return start_transmit(p.regs, {q.memory->iova, q.size.count()});
}
void transmitter::release(port &p, std::uint16_t) noexcept
{
    hw::chip_82574::stop_transmit(p.regs);
}

status receiver::acquire(port &p, std::uint16_t)
{
    using namespace hw::chip_82574;
    rx_queue &q = *p.rx(0);
    q.tail = hw::doorbell{p.regs.io().doorbell(reg::RDT::offset())};
    if (const status s = start_receive(p.regs, {q.memory->iova, q.size.count()}, q.buffer,
                                       port::long_packets(q.frame_max), p.filter);
        failed(s))
        return s;
    q.tail.ring(q.refill.slot()); // behind RCTL.EN (hardware.md §3.5)
    return status::ok;
}
void receiver::release(port &p, std::uint16_t) noexcept
{
    hw::chip_82574::stop_receive(p.regs);
}

status bursts::acquire(port &p, std::uint16_t)
{
    rte_eth_dev &device = p.device();
    bool spans_buffers = false;
    for (std::uint16_t q = 0; q < p.data->nb_rx_queues; ++q) {
        spans_buffers |= p.rx(q)->frame_max + RTE_VLAN_HLEN > p.rx(q)->buffer;
        p.data->rx_queue_state[q] = RTE_ETH_QUEUE_STATE_STARTED;
    }
    for (std::uint16_t q = 0; q < p.data->nb_tx_queues; ++q)
        p.data->tx_queue_state[q] = RTE_ETH_QUEUE_STATE_STARTED;
    p.data->scattered_rx = spans_buffers;
    device.rx_pkt_burst = spans_buffers ? receive_scattered : receive_whole;
    device.tx_pkt_burst = transmit;
    return status::ok;
}
void bursts::release(port &p, std::uint16_t) noexcept
{
    std::fill_n(p.data->rx_queue_state, p.data->nb_rx_queues, RTE_ETH_QUEUE_STATE_STOPPED);
    std::fill_n(p.data->tx_queue_state, p.data->nb_tx_queues, RTE_ETH_QUEUE_STATE_STOPPED);
}

} // namespace held
} // namespace miniport
