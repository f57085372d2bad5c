// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Counters of one adapter: 64 bits in memory, fed from the chip's clear-on-read registers before
// those saturate. A device that is gone adds nothing: the last good values stay.
#pragma once

#include <cstdint>

#include "adapter/control_lock.hpp"
#include "dpdk.hpp"

namespace miniport {

struct port;
struct rx_queue;
struct tx_queue;

/// What the data path counts, per queue there, here summed up.
struct queue_counters {
    std::uint64_t rx_invalid = 0;
    std::uint64_t rx_oversize = 0;
    std::uint64_t rx_oversize_octets = 0;
    std::uint64_t rx_no_buffer = 0;
    std::uint64_t tx_octets = 0;
    std::uint64_t tx_unsendable = 0;

    void add(const rx_queue &q) noexcept;
    void add(const tx_queue &q) noexcept;
};

struct counters {
    control_lock lock; ///< read and cleared from any thread of any process

    std::uint64_t rx_packets = 0;
    std::uint64_t rx_octets = 0; ///< with FCS
    std::uint64_t tx_packets = 0;
    std::uint64_t rx_missed = 0; ///< MPC: no room in the packet buffer
    std::uint64_t rx_errors = 0; ///< CRCERRS RLEC RXERRC ALGNERRC CEXTERR
    std::uint64_t tx_errors = 0; ///< ECOL LATECOL

    // What queues counted that exist no more.
    queue_counters queues;
};

/// Moves the chip's counters into memory. Any thread, any process.
void collect(port &p) noexcept;

/// rte_eth_stats from memory, up to date where the chip answers.
void get(port &p, rte_eth_stats &out) noexcept;
void reset_counters(port &p) noexcept;

} // namespace miniport
