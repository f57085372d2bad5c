// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Queue memory: the only code that allocates. A ring is a DMA zone under the name that testpmd's
// `read rxd` looks for, and a record with the mbufs behind it.
#include <cstring>
#include <new>

#include "log.hpp"
#include "port.hpp"

namespace miniport {
namespace {

constexpr std::uint16_t default_rx_free_thresh = 32;
constexpr std::uint16_t default_tx_free_thresh = 32;
constexpr std::uint16_t default_tx_rs_thresh = 32;
constexpr unsigned ring_alignment = 128; // RDLEN and TDLEN count 128-byte lines

/// A queue's record with its ring: one piece of shared memory for the record and `slot_bytes` for
/// each descriptor behind it, mbuf pointers first; and the DMA zone that testpmd and our own dumps
/// find by `zone`. nullptr after an error line.
template <class Queue>
Queue *make_ring(const port &p, const char *kind, const char *zone, std::uint16_t number,
                 std::uint16_t descriptors, std::size_t slot_bytes, unsigned socket) noexcept
{
    const int where = static_cast<int>(socket);
    void *const room = rte_zmalloc_socket("miniport queue", sizeof(Queue) + slot_bytes * descriptors,
                                          RTE_CACHE_LINE_SIZE, where);
    const rte_memzone *const memory =
        room ? rte_eth_dma_zone_reserve(&p.device(), zone, number, descriptors * sizeof(hw::slot),
                                        ring_alignment, where)
             : nullptr;
    if (memory == nullptr) {
        rte_free(room);
        MINIPORT_LOG(ERR, ctrl, p.name(),
                     "%s queue %u: no memory for %u descriptors; give DPDK more hugepages", kind,
                     number, descriptors);
        return nullptr;
    }
    auto *const q = new (room) Queue{};
    q->memory = memory;
    q->ring = static_cast<hw::slot *>(memory->addr);
    q->mbufs = reinterpret_cast<rte_mbuf **>(q + 1);
    q->size = hw::ring_size{descriptors};
    q->number = number;
    return q;
}

/// Bytes that the pool's mbufs hold behind the headroom.
std::uint32_t room_of(rte_mempool *pool) noexcept
{
    return rte_pktmbuf_data_room_size(pool) - std::uint32_t{RTE_PKTMBUF_HEADROOM};
}

std::uint64_t rearm_word(std::uint16_t port) noexcept
{
    rte_mbuf fresh{};
    fresh.data_off = RTE_PKTMBUF_HEADROOM;
    fresh.nb_segs = 1;
    fresh.port = port;
    rte_mbuf_refcnt_set(&fresh, 1);
    std::uint64_t word = 0;
    std::memcpy(&word, &fresh.rearm_data, sizeof word);
    return word;
}

/// Memory that a burst may still touch is never freed (lifecycle.md I25).
template <class Queue> void free_ring(port &p, Queue *q) noexcept
{
    p.count.queues.add(*q);
    if (q->stranded && !q->gate.drained()) {
        MINIPORT_LOG(ERR, ctrl, p.name(),
                     "queue %u: a burst never ended; its ring and mbufs are left behind",
                     q->number);
        return;
    }
    if (q->stranded)
        reap(*q);
    rte_memzone_free(q->memory);
    rte_free(q);
}

} // namespace

bool fits(const rx_queue &q, std::uint16_t frame_max) noexcept
{
    const bool scatter = (q.conf.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
    return scatter || frame_max + RTE_VLAN_HLEN <= q.buffer;
}

void set_limits(rx_queue &q, std::uint16_t frame_max) noexcept
{
    q.frame_max = frame_max;
    q.whole_max = RTE_MIN(frame_max, q.buffer);
}

status held::rx_ring::acquire(port &p, std::uint16_t queue, const rx_ring_request &what)
{
    const std::uint64_t offloads = what.conf->offloads | p.data->dev_conf.rxmode.offloads;
    const std::uint16_t threshold =
        what.conf->rx_free_thresh ? what.conf->rx_free_thresh : default_rx_free_thresh;
    if (threshold >= what.descriptors) {
        MINIPORT_LOG(ERR, ctrl, p.name(),
                     "rx queue %u: rx_free_thresh %u does not leave a descriptor of %u posted; "
                     "use less than the ring size",
                     queue, threshold, what.descriptors);
        return status::invalid;
    }

    rx_queue probe{};
    probe.conf.offloads = offloads;
    probe.buffer = hw::chip_82574::usable_buffer(room_of(what.pool));
    const std::uint16_t frame = p.frame_max(p.data->mtu);
    if (!fits(probe, frame)) {
        MINIPORT_LOG(ERR, ctrl, p.name(),
                     "rx queue %u: mbufs of pool %s give the NIC %u bytes, frames of MTU %u need "
                     "%u; use larger mbufs or enable the scatter offload",
                     queue, what.pool->name, probe.buffer, p.data->mtu, frame + RTE_VLAN_HLEN);
        return status::invalid;
    }

    rx_queue *const q = make_ring<rx_queue>(p, "rx", "rx_ring", queue, what.descriptors,
                                            sizeof(rte_mbuf *), what.socket);
    if (q == nullptr)
        return status::no_memory;
    q->rearm = rearm_word(p.data->port_id);
    q->pool = what.pool;
    q->refill_at = threshold;
    q->buffer = probe.buffer;
    q->conf = *what.conf;
    q->conf.offloads = offloads;
    q->conf.rx_free_thresh = threshold;
    set_limits(*q, frame);
    p.data->rx_queues[queue] = q;
    return status::ok;
}

void held::rx_ring::release(port &p, std::uint16_t queue) noexcept
{
    rx_queue *const q = p.rx(queue);
    p.data->rx_queues[queue] = nullptr;
    free_ring(p, q);
}

status held::tx_ring::acquire(port &p, std::uint16_t queue, const tx_ring_request &what)
{
    const std::uint16_t free_thresh =
        what.conf->tx_free_thresh ? what.conf->tx_free_thresh : default_tx_free_thresh;
    const std::uint16_t asked_rs =
        what.conf->tx_rs_thresh ? what.conf->tx_rs_thresh : default_tx_rs_thresh;
    if (free_thresh >= what.descriptors || asked_rs >= what.descriptors) {
        MINIPORT_LOG(ERR, ctrl, p.name(),
                     "tx queue %u: tx_free_thresh %u and tx_rs_thresh %u must be below the ring "
                     "size %u",
                     queue, free_thresh, asked_rs, what.descriptors);
        return status::invalid;
    }
    // Slots behind the last report cannot be reclaimed: at most a quarter of the ring may wait.
    const std::uint16_t rs_thresh =
        RTE_MIN(asked_rs, static_cast<std::uint16_t>(what.descriptors / 4));

    tx_queue *const q = make_ring<tx_queue>(p, "tx", "tx_ring", queue, what.descriptors,
                                            sizeof(rte_mbuf *) + sizeof(hw::ring_position),
                                            what.socket);
    if (q == nullptr)
        return status::no_memory;
    q->reports = reinterpret_cast<hw::ring_position *>(q->mbufs + what.descriptors);
    q->report_at = rs_thresh;
    q->reclaim_at = free_thresh;
    q->most_segments = static_cast<std::uint16_t>(what.descriptors - rs_thresh);
    q->conf = *what.conf;
    q->conf.offloads |= p.data->dev_conf.txmode.offloads;
    q->conf.tx_free_thresh = free_thresh;
    q->conf.tx_rs_thresh = rs_thresh;
    clear(*q);
    p.data->tx_queues[queue] = q;
    return status::ok;
}

void held::tx_ring::release(port &p, std::uint16_t queue) noexcept
{
    tx_queue *const q = p.tx(queue);
    p.data->tx_queues[queue] = nullptr;
    free_ring(p, q);
}

} // namespace miniport
