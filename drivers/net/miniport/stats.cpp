// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "stats.hpp"

#include "hw/regs_82574.hpp"
#include "log.hpp"
#include "port.hpp"
#include "removal.hpp"

namespace miniport {
namespace {

// The 32-bit packet counters stick at all ones after 48 minutes at line rate (hardware.md §3.10).
constexpr std::uint64_t timer_us = 600 * 1'000'000ULL;

/// What the chip counted since the last look.
struct harvest {
    std::uint64_t rx_packets, rx_octets, tx_packets, rx_missed, rx_errors, tx_errors;
};

harvest read_and_clear(hw::registers &regs) noexcept
{
    using namespace reg;
    harvest h{};
    h.rx_packets = regs.collect<GPRC>();
    // Low half first: reading the high half clears the pair.
    h.rx_octets = regs.collect<GORCL>();
    h.rx_octets |= std::uint64_t{regs.collect<GORCH>()} << 32;
    // The total less flow control and management rather than GPTC: QEMU 7.2 copies the total into
    // that at every frame, so what was read and cleared there would come back.
    const std::uint64_t others = std::uint64_t{regs.collect<XONTXC>()} +
                                 regs.collect<XOFFTXC>() + regs.collect<MGTPTC>();
    h.tx_packets = regs.collect<TPT>();
    h.tx_packets -= RTE_MIN(h.tx_packets, others);
    h.rx_missed = regs.collect<MPC>();
    h.rx_errors = std::uint64_t{regs.collect<CRCERRS>()} + regs.collect<RLEC>() +
                  regs.collect<RXERRC>() + regs.collect<ALGNERRC>() + regs.collect<CEXTERR>();
    h.tx_errors = std::uint64_t{regs.collect<ECOL>()} + regs.collect<LATECOL>();
    return h;
}

/// The caller holds count.lock.
void collect_locked(port &p) noexcept
{
    const harvest h = read_and_clear(p.regs);
    // A device that went away meanwhile answered all ones to some of it: none of it counts.
    if (p.regs.read<reg::STATUS>().all_ones())
        return;
    p.count.rx_packets += h.rx_packets;
    p.count.rx_octets += h.rx_octets;
    p.count.tx_packets += h.tx_packets;
    p.count.rx_missed += h.rx_missed;
    p.count.rx_errors += h.rx_errors;
    p.count.tx_errors += h.tx_errors;
}

/// In Halted the registers are nobody's: the counters stand.
bool chip_is_ours(const port &p) noexcept
{
    return p.life.now() != state::halted && p.life.now() != state::shutdown;
}

void tick(void *context) noexcept
{
    port &p = *static_cast<port *>(context);
    const service awaited{&p.life, callback::counters};
    if (present(p))
        collect(p);
    if (rte_eal_alarm_set(timer_us, tick, context) != 0)
        MINIPORT_LOG(WARNING, ctrl, p.name(),
                     "no timer for the counters; read them at least every 40 minutes");
}

} // namespace

status held::counter_timer::acquire(port &p, std::uint16_t)
{
    const control c{p.count.lock};
    if (c.taken()) // what the chip counted before this life is not ours
        static_cast<void>(read_and_clear(p.regs));
    return arm(p, timer_us, tick);
}

void held::counter_timer::release(port &p, std::uint16_t) noexcept
{
    rte_eal_alarm_cancel(tick, &p); // waits for a tick under way (N53)
    collect(p);
}

void queue_counters::add(const rx_queue &q) noexcept
{
    rx_invalid += q.invalid;
    rx_oversize += q.oversize;
    rx_oversize_octets += q.oversize_octets;
    rx_no_buffer += q.no_buffer;
}

void queue_counters::add(const tx_queue &q) noexcept
{
    tx_octets += q.octets;
    tx_unsendable += q.unsendable;
}

void collect(port &p) noexcept
{
    const control c{p.count.lock};
    if (c.taken())
        collect_locked(p);
}

void get(port &p, rte_eth_stats &out) noexcept
{
    const control c{p.count.lock};
    if (c.taken() && chip_is_ours(p) && present(p))
        collect_locked(p);

    const counters &n = p.count;
    queue_counters q = n.queues;
    for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
        if (const rx_queue *rx = p.rx(i))
            q.add(*rx);
    for (std::uint16_t i = 0; i < p.data->nb_tx_queues; ++i)
        if (const tx_queue *tx = p.tx(i))
            q.add(*tx);

    // What we dropped as too long was good for the chip. The chip counts the FCS too, ethdev's
    // octets do not (hardware.md §3.10); the queues know what was sent without it, whatever a
    // device model makes of the FCS on transmit.
    const std::uint64_t not_ours =
        n.rx_packets * RTE_ETHER_CRC_LEN + q.rx_oversize_octets;
    out.ipackets = n.rx_packets - RTE_MIN(n.rx_packets, q.rx_oversize);
    out.ibytes = n.rx_octets - RTE_MIN(n.rx_octets, not_ours);
    out.imissed = n.rx_missed;
    out.ierrors = n.rx_errors + q.rx_invalid + q.rx_oversize;
    out.rx_nombuf = q.rx_no_buffer;
    out.opackets = n.tx_packets;
    out.obytes = q.tx_octets;
    out.oerrors = n.tx_errors + q.tx_unsendable;
}

void reset_counters(port &p) noexcept
{
    const control c{p.count.lock};
    if (c.taken() && chip_is_ours(p))
        static_cast<void>(read_and_clear(p.regs));
    counters &n = p.count;
    n.rx_packets = n.rx_octets = n.tx_packets = 0;
    n.rx_missed = n.rx_errors = n.tx_errors = 0;
    n.queues = {};
    for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
        if (rx_queue *q = p.rx(i))
            q->invalid = q->oversize = q->oversize_octets = q->no_buffer = 0;
    for (std::uint16_t i = 0; i < p.data->nb_tx_queues; ++i)
        if (tx_queue *q = p.tx(i))
            q->octets = q->unsendable = q->aborted = 0;
}

} // namespace miniport
