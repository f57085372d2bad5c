// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What an adapter answers to a request in each state (lifecycle.md §4, first rows). A caller from
// another thread waits on the control lock until a transition has ended, and then meets the state
// that it led to; only a process that died inside a transition leaves Initializing, Restarting or
// Pausing behind.
#pragma once

#include <array>

#include "adapter/state.hpp"
#include "status.hpp"

namespace miniport {

enum class plan : std::uint8_t {
    perform,     ///< do it
    pause_first, ///< Running: pause, then do it (C1, N33)
    halt_first,  ///< Paused: halt(DeviceStopped), then do it
    nothing,     ///< already so: answer `result` without work
};

struct reply {
    plan what;
    status result = status::ok; ///< the answer where `what` is nothing
};

// clang-format off
inline constexpr std::array<std::array<reply, state_count>, request_count> replies{{
    // Halted, Initializing, Paused, Restarting, Running, Pausing, Shutdown
    {{ // initialize (dev_configure)
        {plan::perform}, {plan::nothing, status::busy}, {plan::halt_first},
        {plan::nothing, status::busy}, {plan::nothing, status::busy}, {plan::nothing, status::busy},
        {plan::nothing, status::shut_down} }},
    {{ // restart (dev_start)
        {plan::nothing, status::wrong_state}, {plan::nothing, status::busy}, {plan::perform},
        {plan::nothing, status::busy}, {plan::nothing}, {plan::nothing, status::busy},
        {plan::nothing, status::shut_down} }},
    {{ // pause (dev_stop): every answer is success (N1, N31)
        {plan::nothing}, {plan::nothing}, {plan::nothing},
        {plan::nothing}, {plan::perform}, {plan::nothing}, {plan::nothing} }},
    {{ // halt (dev_close, remove): every answer is success (N37)
        {plan::nothing}, {plan::nothing}, {plan::perform},
        {plan::nothing}, {plan::pause_first}, {plan::nothing}, {plan::nothing} }},
}};
// clang-format on

[[nodiscard]] constexpr reply ask(request r, state s) noexcept
{
    return replies[static_cast<std::size_t>(r)][static_cast<std::size_t>(s)];
}

namespace rules {

constexpr bool always_succeeds(request r)
{
    for (std::size_t s = 0; s < state_count; ++s)
        if (failed(ask(r, static_cast<state>(s)).result))
            return false;
    return true;
}
constexpr bool pause_never_fails = always_succeeds(request::pause);
constexpr bool halt_never_fails = always_succeeds(request::halt);
static_assert(pause_never_fails);
static_assert(halt_never_fails);

} // namespace rules
} // namespace miniport
