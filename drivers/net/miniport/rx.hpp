// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One receive queue: what the burst touches first, what only set-up needs behind it.
// Verbs: post (give to the NIC), take (get from it); rx.cpp is the data path, queue.cpp the rest.
// Lies in shared memory; one thread at a time bursts on it, the control path only while paused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "adapter/gate.hpp"
#include "dpdk.hpp"
#include "hw/desc_82574.hpp"
#include "hw/doorbell.hpp"
#include "hw/ring.hpp"
#include "status.hpp"

namespace miniport {

/// A frame that arrives in pieces.
enum class chain : std::uint8_t {
    none,
    open,     ///< its first pieces are here
    too_long, ///< it is dropped up to its end, for its length
    damaged,  ///< it is dropped up to its end, for what the device said of it
};

struct rx_queue {
    // Hot: one cache line.
    miniport::gate gate;
    hw::slot *ring;
    rte_mbuf **mbufs;         ///< mbufs[i] is posted in ring[i]; the only record of what is where
    std::uint64_t rearm;      ///< data_off, refcnt, nb_segs, port of a fresh mbuf
    rte_mempool *pool;
    hw::doorbell tail;
    hw::ring_size size;
    hw::ring_position next;   ///< the slot that the NIC finishes next
    hw::ring_position refill; ///< the first slot without a buffer
    std::uint16_t posted;     ///< slots that the NIC owns, from `next` on; at most size − 1
    std::uint16_t refill_at;  ///< rx_free_thresh: slots refilled together
    std::uint16_t whole_max;  ///< bytes up to which a frame in one buffer needs no second look
    enum chain chain;

    // Warm: only frames that are long, chained or wrong.
    alignas(RTE_CACHE_LINE_SIZE) rte_mbuf *chain_head; ///< of a frame whose end is not yet here
    rte_mbuf *chain_tail;
    std::uint16_t frame_max;  ///< MTU and Ethernet header, bytes without FCS
    std::uint16_t buffer;     ///< bytes per buffer as RCTL has it
    std::uint64_t invalid;    ///< frames dropped: damaged, or described impossibly
    std::uint64_t oversize;   ///< frames dropped: longer than the MTU allows
    std::uint64_t oversize_octets; ///< in those; the chip counted both as received
    std::uint64_t no_buffer;  ///< mbufs that the pool could not give

    // Cold.
    bool stranded;            ///< a burst never ended: its mbufs stay until it does
    const rte_memzone *memory;
    std::uint16_t number;
    rte_eth_rxconf conf;
};
static_assert(offsetof(rx_queue, chain_head) == 64, "a burst of whole frames touches one line");

/// Fills the empty ring with size − 1 buffers. status::no_memory: the pool is too small; what was
/// taken is in the ring for reap().
[[nodiscard]] status post_all(rx_queue &q) noexcept;

/// Posts again, from slot 0 on, the buffers that the ring holds: for a NIC that was reset. Fails
/// never, allocates nothing; a frame under way is dropped.
void repost(rx_queue &q) noexcept;

/// Frees every mbuf of the ring. Only while the NIC cannot write: receiver off, DMA drained.
void reap(rx_queue &q) noexcept;

/// The burst for frames in one buffer each, or in any number of buffers.
enum class frame_layout : std::uint8_t { whole, scattered };
[[nodiscard]] eth_rx_burst_t receive_burst(frame_layout layout, burst_fence fence) noexcept;

} // namespace miniport
