// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One state of the model: memory as every thread sees it, what each thread has stored and nobody
// sees yet, what is held, and what the properties must remember. Compared byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "adapter/state.hpp"

namespace life_check {

using byte = std::uint8_t;

/// Who runs. The lcores poll for ever; the others do a bounded number of things.
enum who : byte { rx_lcore, tx_lcore, control_a, control_b, eal, handler, thread_count };
inline constexpr std::array<const char *, thread_count> thread_names{
    "rx lcore", "tx lcore", "control A", "control B", "eal thread", "signal"};

enum queue : byte { rx, tx, queue_count };

/// Memory that goes through store buffers. state_ and flags_ of the adapter do not: all their
/// writes are read-modify-writes.
enum cell : byte { gate_rx, gate_tx, inside_rx, inside_tx, slot_rx, slot_tx, halting, marked };
inline constexpr std::size_t cell_count = 8;
constexpr cell gate_of(queue q) noexcept
{
    return static_cast<cell>(int{gate_rx} + int{q});
}
constexpr cell inside_of(queue q) noexcept
{
    return static_cast<cell>(int{inside_rx} + int{q});
}
constexpr cell slot_of(queue q) noexcept
{
    return static_cast<cell>(int{slot_rx} + int{q});
}

/// A store on its way.
struct pending_store {
    byte packed = 0; ///< cell, value, release
    static constexpr pending_store of(cell c, byte value, bool release) noexcept
    {
        return {static_cast<byte>(int{c} | value << 3 | (release ? 0x80 : 0))};
    }
    [[nodiscard]] constexpr cell where() const noexcept { return static_cast<cell>(packed & 7); }
    [[nodiscard]] constexpr byte value() const noexcept { return packed >> 3 & 15; }
    [[nodiscard]] constexpr bool release() const noexcept { return (packed & 0x80) != 0; }
};

struct thread {
    std::uint16_t at = 0; ///< step; 0: idle
    byte left = 0;        ///< things it may still begin
    byte reg = 0;         ///< the step's own memory
    byte stores = 0;
    std::array<pending_store, 3> buffer{};
};

/// What the ledger holds.
enum held_bit : std::uint16_t {
    hardware = 1,
    timers = 2,    ///< counter timer and watchdog
    interrupt = 4, ///< handler, vector, cause
    rings = 8,     ///< rx_ring, tx_ring: queue memory
    section = 16,
    tx_frames = 32,
    rx_buffers = 64,
    dma = 128,
    units = 256,
    bursts = 512,
};

enum class dma_state : byte { off, on, ending };

/// pause_promise::state; due: repair::promise_of_ended_pause.
enum class promise : byte { none, made, due, being_kept };

/// A private asynchronous pause as its caller sees it.
enum class async : byte { none, called, begun, pending, other };

struct world {
    std::array<byte, cell_count> memory{};
    std::array<thread, thread_count> threads{};

    miniport::state life = miniport::state::halted;
    byte flags = 0;
    byte lock = 0;     ///< 1 + holder
    byte shutting = 0; ///< shutdowns inside
    std::uint16_t held = 0;
    dma_state device = dma_state::off;
    byte gone = 0;   ///< the device was pulled
    byte faults = 0; ///< failures that may still be injected

    // Truth about the mbuf of each ring, beside the record (slot) that the driver keeps of it.
    std::array<byte, queue_count> live{}; ///< generation that the ring owns; 0: none
    byte generation = 0;                  ///< bit per queue: of the next mbuf
    byte owned = 3;    ///< bit per queue: the owner has it, no burst may touch it
    byte stranded = 0; ///< bit per queue: rx_queue::stranded
    byte quit = 0;     ///< the application has ended its polling

    // Asynchronous pause of api.cpp.
    promise wanted = promise::none;
    byte call = 0; ///< whose
    byte armed = 0;
    std::array<async, 2> asked{};
    std::array<byte, 2> told{};

    // What the properties remember.
    byte pause_open = 0;
    byte reset_open = 0;
    byte overdue = 0;
    byte halted_for_good = 0;
    byte may_finish = 0; ///< bit per thread: began to release before the shutdown
    byte mark_due = 0;   ///< a shutdown relies on its mark
    byte promised = 0;   ///< bit per control thread: its pause is pending
    std::array<byte, 3> spare{};
};
static_assert(std::has_unique_object_representations_v<world>);

[[nodiscard]] inline bool same(const world &a, const world &b) noexcept
{
    return std::memcmp(&a, &b, sizeof a) == 0;
}
static_assert(sizeof(world) % 8 == 0, "hashed in words; enlarge or shrink world::spare");

} // namespace life_check
