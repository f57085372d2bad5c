// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The 82574L as five verbs and their undo: quiesce, reset, init for the adapter; start and stop for
// its receive and transmit units. Each follows the data sheet's own steps. Knows no mbuf, no ethdev.
#pragma once

#include <cstdint>

#include "nvm.hpp"

namespace miniport::hw::chip_82574 {

inline constexpr unsigned mac_slots = 15;        ///< RAR 0…14; 15 may serve manageability
inline constexpr std::uint32_t max_frame = 9234; ///< bytes with FCS (LPE), 82574 §10.2.5.1
inline constexpr std::uint16_t min_tx_frame = 17; ///< bytes: shorter frames hang the DMA unit
inline constexpr std::uint16_t min_ring = 32, max_ring = 4096, ring_multiple = 8; // RDLEN: 128 B

/// What RCTL lets through besides our own addresses and broadcast.
struct receive_filter {
    bool promiscuous = false;
    bool all_multicast = false;
};

/// How the link interrupt reaches us.
enum class interrupt_mode : std::uint8_t { message_or_pin, msi_x };

/// The receive buffer sizes that RCTL can express. Rounds down; 0 below 256.
[[nodiscard]] std::uint16_t usable_buffer(std::uint32_t room) noexcept;

/// Stops all DMA and interrupts of a device in any state: it has no FLR, so whoever had it before
/// may have left rings running (§3.3 steps 1–2). Call before bus mastering is allowed.
/// status::removed where nothing is there; a master that does not stop is status::timed_out.
[[nodiscard]] status quiesce(registers &regs) noexcept;

/// §3.3 step 2 without a wait: interrupts masked, both units off. Async-signal-safe.
void silence(registers &regs) noexcept;

/// §3.3 steps 1–6: the MAC as after power-on. Leaves interrupts masked.
[[nodiscard]] status reset(registers &regs) noexcept;

/// §3.3 steps 7–8: everything but rings; link negotiation begins.
[[nodiscard]] status init(registers &regs, const mac_address &mac) noexcept;

struct ring_memory {
    std::uint64_t iova; ///< 128-byte aligned
    std::uint16_t descriptors;
};

[[nodiscard]] status start_transmit(registers &regs, const ring_memory &ring) noexcept;
void stop_transmit(registers &regs) noexcept;

/// `buffer` as usable_buffer() gave it. The caller rings the tail afterwards.
[[nodiscard]] status start_receive(registers &regs, const ring_memory &ring, std::uint16_t buffer,
                                   bool long_packets, receive_filter filter) noexcept;
void stop_receive(registers &regs) noexcept;

/// Waits until no DMA of the device is under way, takes its descriptors away, and lets it begin again. status::timed_out: the
/// device did not confirm, memory that it knows must not be reused.
[[nodiscard]] status drain_dma(registers &regs) noexcept;

void set_filter(registers &regs, receive_filter filter) noexcept;
void set_long_packets(registers &regs, bool on) noexcept;
void set_mac(registers &regs, unsigned slot, const mac_address &mac) noexcept;
void clear_mac(registers &regs, unsigned slot) noexcept;

struct link_state {
    bool up = false;
    bool full_duplex = false;
    std::uint16_t mbps = 0;
};
/// False: the registers read all ones, `out` is untouched.
[[nodiscard]] bool read_link(const registers &regs, link_state &out) noexcept;

void unmask_link_interrupt(registers &regs, interrupt_mode mode) noexcept;
void mask_interrupts(registers &regs) noexcept;
/// Acknowledges what raised the interrupt; true where the link may have changed.
[[nodiscard]] bool acknowledge_interrupt(registers &regs) noexcept;

} // namespace miniport::hw::chip_82574
