// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One transmit queue: what the burst touches first, what only set-up needs behind it.
// Verbs: post (give to the NIC), reclaim (get back after sending); tx.cpp is the data path.
// Lies in shared memory; one thread at a time bursts on it, the control path only while paused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "adapter/gate.hpp"
#include "dpdk.hpp"
#include "hw/desc_82574.hpp"
#include "hw/doorbell.hpp"
#include "hw/ring.hpp"

namespace miniport {

struct tx_queue {
    // Hot: one cache line.
    miniport::gate gate;
    hw::slot *ring;
    rte_mbuf **mbufs;         ///< mbufs[i] is the segment posted in ring[i]
    hw::ring_position *reports; ///< slots posted with RS and not yet seen done, oldest first
    hw::doorbell tail;
    hw::ring_size size;
    hw::ring_position next;   ///< the slot posted next
    hw::ring_position clean;  ///< the oldest slot not reclaimed
    hw::ring_position report_in, report_out; ///< positions in `reports`
    std::uint16_t free;       ///< slots that may be posted
    std::uint16_t unreported; ///< slots posted since the last RS
    std::uint16_t report_at;  ///< tx_rs_thresh: slots between RS
    std::uint16_t reclaim_at; ///< tx_free_thresh: reclaim when fewer are free
    bool one_pool;            ///< MBUF_FAST_FREE was promised, and no chained frame came yet

    // Warm.
    alignas(RTE_CACHE_LINE_SIZE) std::uint64_t octets; ///< posted, without FCS
    std::uint64_t unsendable; ///< frames dropped: the chip would hang
    std::uint64_t aborted;    ///< segments taken back unsent by a reset
    std::uint16_t most_segments; ///< of a frame; more could never be posted

    // Cold.
    bool stranded;            ///< a burst never ended: its mbufs stay until it does
    const rte_memzone *memory;
    std::uint16_t number;
    rte_eth_txconf conf;
};
static_assert(offsetof(tx_queue, octets) == 64, "a burst touches one line");

/// An empty ring.
void clear(tx_queue &q) noexcept;

/// Frees every mbuf of the ring, each once. Only while the NIC cannot read: DMA drained.
void reap(tx_queue &q) noexcept;

/// reap() for a NIC that was reset: what was not sent is counted as aborted.
void abort_all(tx_queue &q) noexcept;

[[nodiscard]] eth_tx_burst_t transmit_burst(burst_fence fence) noexcept;

} // namespace miniport
