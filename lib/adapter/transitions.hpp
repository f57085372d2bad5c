// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// THE LIFE: every legal move of a miniport adapter, and proofs about the table.
//
//            initialize            complete           restart             complete
//   Halted ─────────────▶ Initializing ───▶ Paused ───────────▶ Restarting ───▶ Running
//     ▲ ▲                      │ failed     │ ▲ ▲                  │ failed        │ pause
//     │ └──────────────────────┘            │ │ └──────────────────┘               ▼
//     └──────────────── halt ───────────────┘ └──────────── complete ────────── Pausing
//
//   Paused, Restarting, Running, Pausing ── shutdown ──▶ Shutdown (no way out)
//
// Source: NDIS "Miniport Adapter States and Operations", lifecycle.md §1 (N13–N33) and §2a.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "adapter/state.hpp"

namespace miniport {

struct transition {
    state from;
    event on;
    state to;
};

inline constexpr std::array life{
    transition{state::halted, event::initialize, state::initializing},            // N14
    transition{state::initializing, event::initialize_complete, state::paused},   // N16
    transition{state::initializing, event::initialize_failed, state::halted},     // N15
    transition{state::paused, event::restart, state::restarting},                 // N23
    transition{state::restarting, event::restart_complete, state::running},       // N26
    transition{state::restarting, event::restart_failed, state::paused},          // N25
    transition{state::running, event::pause, state::pausing},                     // N28
    transition{state::pausing, event::pause_complete, state::paused},             // N32
    transition{state::paused, event::halt, state::halted},                        // N17
    transition{state::paused, event::shutdown, state::shutdown},                  // N19
    transition{state::restarting, event::shutdown, state::shutdown},              // N19
    transition{state::running, event::shutdown, state::shutdown},                 // N19
    transition{state::pausing, event::shutdown, state::shutdown},                 // N19
};

/// The state that `on` leads to from `from`; nothing where NDIS calls the combination invalid.
[[nodiscard]] constexpr std::optional<state> next(state from, event on) noexcept
{
    for (const transition &t : life)
        if (t.from == from && t.on == on)
            return t.to;
    return std::nullopt;
}

/// Frames may flow: receive may be indicated and send accepted (N21, N22, N27).
[[nodiscard]] constexpr bool passes_frames(state s) noexcept
{
    return s == state::running;
}

namespace rules {

template <class Predicate> constexpr bool every(Predicate p)
{
    return std::ranges::all_of(life, p);
}

constexpr bool reachable(state wanted)
{
    std::array<bool, state_count> seen{};
    seen[static_cast<std::size_t>(state::halted)] = true;
    for (std::size_t round = 0; round < state_count; ++round)
        for (const transition &t : life)
            if (seen[static_cast<std::size_t>(t.from)])
                seen[static_cast<std::size_t>(t.to)] = true;
    return seen[static_cast<std::size_t>(wanted)];
}

constexpr bool every_state_is_reachable = [] {
    for (std::size_t s = 0; s < state_count; ++s)
        if (!reachable(static_cast<state>(s)))
            return false;
    return true;
}();

constexpr bool table_is_deterministic = [] {
    for (std::size_t i = 0; i < life.size(); ++i)
        for (std::size_t j = i + 1; j < life.size(); ++j)
            if (life[i].from == life[j].from && life[i].on == life[j].on)
                return false;
    return true;
}();

// The only ways out of Pausing are its completion and shutdown: there is no failed pause (N31).
constexpr bool miniport_pause_return = every([](const transition &t) {
    return t.from != state::pausing ||
           (t.on == event::pause_complete && t.to == state::paused) || t.on == event::shutdown;
});
constexpr bool pause_only_when_running =
    every([](const transition &t) { return t.on != event::pause || t.from == state::running; });
constexpr bool halt_only_after_pause =
    every([](const transition &t) { return t.on != event::halt || t.from == state::paused; });
constexpr bool shutdown_is_absorbing =
    every([](const transition &t) { return t.from != state::shutdown; });
constexpr bool no_shutdown_before_initialize_or_after_halt = every([](const transition &t) {
    return t.on != event::shutdown ||
           (t.from != state::halted && t.from != state::initializing);
});
constexpr bool initialize_ends_paused_never_running = every([](const transition &t) {
    return t.from != state::initializing || t.to == state::paused || t.to == state::halted;
});
constexpr bool failed_restart_returns_to_paused = every(
    [](const transition &t) { return t.on != event::restart_failed || t.to == state::paused; });
constexpr bool running_is_entered_only_by_a_complete_restart = every([](const transition &t) {
    return t.to != state::running || t.on == event::restart_complete;
});

static_assert(every_state_is_reachable);
static_assert(table_is_deterministic);
static_assert(miniport_pause_return);
static_assert(pause_only_when_running);
static_assert(halt_only_after_pause);
static_assert(shutdown_is_absorbing);
static_assert(no_shutdown_before_initialize_or_after_halt);
static_assert(initialize_ends_paused_never_running);
static_assert(failed_restart_returns_to_paused);
static_assert(running_is_entered_only_by_a_complete_restart);

} // namespace rules
} // namespace miniport
