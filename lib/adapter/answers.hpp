// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What an adapter answers to each request in each state and under each flag: lifecycle.md §4, cell
// by cell. Who holds the control lock consults it; bursts have the gate instead.
#pragma once

#include <array>

#include "adapter/state.hpp"
#include "status.hpp"

namespace miniport {

enum class plan : std::uint8_t {
    perform,     ///< do it
    pause_first, ///< end the passing of frames (or the pause under way), then do it (C1, N33)
    halt_first,  ///< halt(DeviceStopped), then do it
    join,        ///< a pause is under way: end it, then answer
    wait,        ///< another thread is in a transition: ask again when it has ended
    mark,        ///< remember it; it takes effect when the transition under way ends
    answer,      ///< no work: the result is all
};

struct reply {
    plan what;
    status result = status::ok; ///< for plan::answer; for plan::wait, what a re-entry gets
};

namespace answers_detail {

constexpr reply perform{plan::perform}, pause_1st{plan::pause_first}, halt_1st{plan::halt_first};
constexpr reply join{plan::join}, mark{plan::mark}, wait{plan::wait, status::busy};
constexpr reply fine{plan::answer}, busy{plan::answer, status::busy};
constexpr reply wrong{plan::answer, status::wrong_state}, shut{plan::answer, status::shut_down};
constexpr reply down{plan::answer, status::net_down}, already{plan::answer, status::already};

using row = std::array<reply, state_count>;

// clang-format off
constexpr std::array<row, request_count> table{
    //  Halted   Initial. Paused     Restart. Running    Pausing    Shutdown
    row{perform, wait,    halt_1st,  wait,    busy,      busy,      shut}, // initialize
    row{wrong,   wrong,   perform,   wait,    fine,      busy,      shut}, // restart
    row{fine,    fine,    fine,      wait,    perform,   join,      fine}, // pause
    row{fine,    busy,    fine,      wait,    perform,   already,   fine}, // pause_async
    row{fine,    wait,    perform,   wait,    pause_1st, pause_1st, fine}, // halt
    row{fine,    mark,    perform,   perform, perform,   perform,   fine}, // shutdown
    row{wrong,   busy,    perform,   busy,    pause_1st, pause_1st, shut}, // reset
    row{fine,    fine,    perform,   fine,    perform,   fine,      fine}, // recover
    row{mark,    mark,    perform,   perform, perform,   perform,   fine}, // remove
    row{fine,    fine,    fine,      fine,    perform,   fine,      fine}, // burst
    row{wrong,   busy,    down,      busy,    perform,   busy,      shut}, // queue_status
    row{perform, busy,    perform,   wait,    perform,   perform,   shut}, // control_set: kept in Halted
    row{fine,    fine,    perform,   perform, perform,   perform,   fine}, // control_query
    row{perform, perform, perform,   perform, perform,   perform,   perform}, // identity
    row{wrong,   busy,    perform,   busy,    busy,      busy,      shut}, // queue_setup
    row{fine,    perform, perform,   fine,    fine,      fine,      fine}, // queue_release
    row{wrong,   wrong,   wrong,     busy,    perform,   busy,      shut}, // queue_start
    row{wrong,   wrong,   fine,      busy,    perform,   fine,      shut}, // queue_stop
};
// clang-format on

constexpr bool changes_settings_or_starts(request r) noexcept
{
    switch (r) {
    case request::initialize:
    case request::restart:
    case request::reset:
    case request::control_set:
    case request::queue_setup:
    case request::queue_start:
        return true;
    default:
        return false;
    }
}

} // namespace answers_detail

/// The answer without flags.
[[nodiscard]] constexpr reply ask(request r, state s) noexcept
{
    return answers_detail::table[static_cast<std::size_t>(r)][static_cast<std::size_t>(s)];
}

/// The answer; flags override (lifecycle.md §4, "flags override"). Pause and halt are answered by
/// the state alone, with any flag.
[[nodiscard]] constexpr reply ask(request r, state s, flags f) noexcept
{
    if (s == state::shutdown)
        return ask(r, s);
    const bool setting = answers_detail::changes_settings_or_starts(r);
    if (f.has(flag_bit::removed) && (setting || r == request::recover))
        return {plan::answer, status::removed};
    if (f.has(flag_bit::removed) && r == request::remove)
        return {plan::answer};
    if (f.has(flag_bit::resetting) && (r == request::reset || r == request::recover))
        return {plan::answer, status::again};
    if (f.has(flag_bit::resetting) && setting && r != request::initialize)
        return {plan::answer, status::busy};
    // A failed adapter is mended by initialize or reset only.
    if (f.has(flag_bit::failed) && setting && r != request::initialize && r != request::reset)
        return {plan::answer, status::failed_hard};
    return ask(r, s);
}

namespace rules {

constexpr bool always_succeeds(request r)
{
    for (std::size_t s = 0; s < state_count; ++s)
        for (std::uint8_t f = 0; f < 8; ++f)
            if (const reply a = ask(r, static_cast<state>(s), flags{f});
                a.what == plan::answer && failed(a.result))
                return false;
    return true;
}
constexpr bool nothing_but_pause_halt_and_queries_after_shutdown = [] {
    for (std::size_t r = 0; r < request_count; ++r)
        if (const reply a = ask(static_cast<request>(r), state::shutdown);
            a.what != plan::answer && static_cast<request>(r) != request::identity)
            return false;
    return true;
}();
constexpr bool pause_never_fails = always_succeeds(request::pause);
constexpr bool halt_never_fails = always_succeeds(request::halt);
constexpr bool identity_is_always_known = always_succeeds(request::identity);

static_assert(pause_never_fails);
static_assert(halt_never_fails);
static_assert(identity_is_always_known);
static_assert(nothing_but_pause_halt_and_queries_after_shutdown);

} // namespace rules
} // namespace miniport
