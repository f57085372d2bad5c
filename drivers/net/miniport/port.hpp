// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One adapter of this driver: its chip, its life, its settings and its counters. Lies in
// dev_private, memory that secondary processes map too: no process pointers, no virtual functions.
// Lifecycle and control calls come from the primary process.
#pragma once

#include <array>
#include <cstdint>

#include "adapter/adapter.hpp"
#include "adapter/fence.hpp"
#include "devargs.hpp"
#include "dpdk.hpp"
#include "hw/chip_82574.hpp"
#include "rx.hpp"
#include "stats.hpp"
#include "tx.hpp"

namespace miniport {

struct port;

// What an adapter holds, oldest first as a running one acquires it. Each kind's two halves stand
// side by side in the file named behind it.
namespace held {

#define MINIPORT_ACQUISITION(kind, text, ...)                                                      \
    struct kind {                                                                                  \
        static constexpr const char *name = text;                                                  \
        static status acquire(port &p, std::uint16_t index __VA_OPT__(, ) __VA_ARGS__);            \
        static void release(port &p, std::uint16_t index) noexcept;                                \
    }

// By initialize (lifecycle.cpp, stats.cpp, recovery.cpp, interrupt.cpp): interrupts last (W9).
MINIPORT_ACQUISITION(hardware, "hardware");
MINIPORT_ACQUISITION(counter_timer, "counter timer");
MINIPORT_ACQUISITION(watchdog, "watchdog");
MINIPORT_ACQUISITION(interrupt_handler, "interrupt handler");
MINIPORT_ACQUISITION(interrupt_vector, "interrupt vector");
MINIPORT_ACQUISITION(link_cause, "link cause");

// By queue set-up (queue.cpp). ethdev keeps its queues across a re-configure.
struct rx_ring_request {
    std::uint16_t descriptors;
    unsigned socket;
    const rte_eth_rxconf *conf;
    rte_mempool *pool;
};
struct tx_ring_request {
    std::uint16_t descriptors;
    unsigned socket;
    const rte_eth_txconf *conf;
};
struct rx_ring {
    static constexpr const char *name = "rx ring";
    static constexpr bool survives_stop = true;
    static status acquire(port &p, std::uint16_t queue, const rx_ring_request &what);
    static void release(port &p, std::uint16_t queue) noexcept;
};
struct tx_ring {
    static constexpr const char *name = "tx ring";
    static constexpr bool survives_stop = true;
    static status acquire(port &p, std::uint16_t queue, const tx_ring_request &what);
    static void release(port &p, std::uint16_t queue) noexcept;
};

// By restart (lifecycle.cpp). Released in reverse: units off, DMA drained, mbufs back.
MINIPORT_ACQUISITION(tx_frames, "tx frames");
MINIPORT_ACQUISITION(rx_buffers, "rx buffers");
MINIPORT_ACQUISITION(dma, "dma");
MINIPORT_ACQUISITION(units, "units");
MINIPORT_ACQUISITION(bursts, "bursts");

#undef MINIPORT_ACQUISITION
} // namespace held

using port_ledger =
    ledger<port, 64, held::hardware, held::counter_timer, held::watchdog, held::interrupt_handler,
           held::interrupt_vector, held::link_cause, held::rx_ring, held::tx_ring, held::tx_frames,
           held::rx_buffers, held::dma, held::units, held::bursts>;

/// ethdev's address as the chip code has it.
[[nodiscard]] inline hw::mac_address bytes_of(const rte_ether_addr &mac) noexcept
{
    return std::to_array(mac.addr_bytes);
}

/// What TDH is never.
inline constexpr std::uint32_t no_head = UINT32_MAX;

struct port {
    adapter<port_ledger> life; ///< first: the probes know an adapter and its port by one address
    rte_eth_dev_data *data; ///< shared, same address in every process
    hw::registers regs;
    hw::mac_address mac;    ///< station address as the NVM has it
    hw::chip_82574::receive_filter filter;
    device_arguments arguments;
    counters count;

    burst_fence fence = burst_fence::full;     ///< of every burst of every process
    std::atomic<std::uint32_t> secondaries{0}; ///< processes that ever attached
    std::atomic<std::uint32_t> overdue{0};     ///< pauses that a burst kept from ending in time

    std::uint64_t recovery_window_ns = 0; ///< when the resets counted here began
    unsigned recoveries = 0;
    bool reset_allowed = true;
    std::uint32_t watched_head = no_head;

    /// The process-local device of this port.
    [[nodiscard]] rte_eth_dev &device() const noexcept { return rte_eth_devices[data->port_id]; }
    /// Otherwise it is a model in memory.
    [[nodiscard]] bool on_pci() const noexcept { return regs.io().is_bar(); }
    [[nodiscard]] rte_intr_handle *interrupt() const noexcept { return device().intr_handle; }
    [[nodiscard]] const char *name() const noexcept { return data->name; }

    [[nodiscard]] rx_queue *rx(std::uint16_t q) const noexcept
    {
        return static_cast<rx_queue *>(data->rx_queues[q]);
    }
    [[nodiscard]] tx_queue *tx(std::uint16_t q) const noexcept
    {
        return static_cast<tx_queue *>(data->tx_queues[q]);
    }

    /// Bytes of a frame without FCS and VLAN tags that the MTU allows.
    [[nodiscard]] std::uint16_t frame_max(std::uint16_t mtu) const noexcept
    {
        return static_cast<std::uint16_t>(mtu + RTE_ETHER_HDR_LEN);
    }
    /// Whether the chip must let frames of more than 1522 bytes through.
    [[nodiscard]] static bool long_packets(std::uint16_t frame_max) noexcept
    {
        return frame_max + RTE_ETHER_CRC_LEN + RTE_VLAN_HLEN > 1522;
    }
};

[[nodiscard]] inline port &port_of(const rte_eth_dev *device) noexcept
{
    return *static_cast<port *>(device->data->dev_private);
}

class pause_promise; // api.hpp

// The requests (lifecycle.cpp). Primary process; any thread, but not from inside a handler.
[[nodiscard]] status initialize(port &p) noexcept;
[[nodiscard]] status restart(port &p) noexcept;
void pause(port &p) noexcept;
[[nodiscard]] status pause_async(port &p, pause_promise &promise) noexcept;
[[nodiscard]] status complete_pause(port &p) noexcept;
void halt(port &p, halt_action action) noexcept;
void shutdown(port &p) noexcept; ///< async-signal-safe
[[nodiscard]] status reset(port &p) noexcept;
[[nodiscard]] bool begin_recovery(port &p) noexcept;
[[nodiscard]] status end_recovery(port &p) noexcept;
[[nodiscard]] bool declare_removed(port &p) noexcept;

/// Why a halt asked for by close or remove happens (lifecycle.md §3c).
[[nodiscard]] halt_action reason_to_halt(const port &p) noexcept;

// What initialize, restart and reset share (lifecycle.cpp).
/// MAC reset and init, addresses and filters as ethdev has them.
[[nodiscard]] status bring_up(port &p) noexcept;
/// Both units on, over the rings as they are; receive buffers given to the NIC.
[[nodiscard]] status enable_units(port &p) noexcept;

/// Lets the device master the bus, or not (pci.cpp).
bool allow_dma(const port &p, bool allowed) noexcept;

/// Sets an alarm that gets the port; status::no_memory after an error line (lifecycle.cpp).
[[nodiscard]] status arm(port &p, std::uint64_t us, rte_eal_alarm_callback callback) noexcept;

/// No alarm of an asynchronous pause runs any more (api.cpp).
void cancel_completion(port &p) noexcept;

/// No removal event will be raised any more (removal.cpp).
void cancel_removal_event(port &p) noexcept;

/// Whether queue memory of `q` holds frames of `frame_max` bytes: in one buffer, or in several where
/// scatter is enabled (queue.cpp).
[[nodiscard]] bool fits(const rx_queue &q, std::uint16_t frame_max) noexcept;

/// Recomputes the limits that follow from the MTU (queue.cpp).
void set_limits(rx_queue &q, std::uint16_t frame_max) noexcept;

} // namespace miniport
