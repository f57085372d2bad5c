// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The vocabulary of the miniport adapter life: seven states, the events that move between them,
// the requests that cause the events, and why an adapter is halted. Names are NDIS's
// (lifecycle.md §1: N5, N39). transitions.hpp says which event is legal where.
#pragma once

#include <cstddef>
#include <cstdint>

namespace miniport {

enum class state : std::uint8_t {
    halted,       ///< initial state; nothing of the adapter is held
    initializing, ///< inside initialize (dev_configure)
    paused,       ///< configured; no frame is received or sent
    restarting,   ///< inside restart (dev_start)
    running,      ///< frames flow
    pausing,      ///< inside pause (dev_stop)
    shutdown,     ///< absorbing: unusable until the process ends
};
inline constexpr std::size_t state_count = 7;

/// What happened. A verb is a call that begins; *_complete and *_failed end it.
enum class event : std::uint8_t {
    initialize,
    initialize_complete,
    initialize_failed,
    restart,
    restart_complete,
    restart_failed,
    pause,
    pause_complete,
    halt,
    shutdown,
};
inline constexpr std::size_t event_count = 10;

/// What somebody asks of an adapter. requests.hpp says what the answer is in each state.
enum class request : std::uint8_t { initialize, restart, pause, halt };
inline constexpr std::size_t request_count = 4;

/// NDIS_HALT_ACTION, same order (N39.0–N39.6).
enum class halt_action : std::uint8_t {
    device_disabled,               ///< orderly close or remove
    device_instance_deinitialized, ///< a virtual instance was torn down
    device_powered_down,
    device_surprise_removed,       ///< hardware is not present: no register may be touched
    device_failed,
    device_initialization_failed,  ///< initialized, but never usable
    device_stopped,                ///< will be initialized again (re-configure)
};

/// All that a pause may answer (N1–N3, N31): there is no failure to express.
enum class [[nodiscard]] pause_result : std::uint8_t { success, pending };

[[nodiscard]] constexpr const char *name(state s) noexcept
{
    constexpr const char *names[state_count] = {"Halted",  "Initializing", "Paused",  "Restarting",
                                                "Running", "Pausing",      "Shutdown"};
    return static_cast<std::size_t>(s) < state_count ? names[static_cast<std::size_t>(s)] : "?";
}

[[nodiscard]] constexpr const char *name(event e) noexcept
{
    constexpr const char *names[event_count] = {
        "initialize",       "initialize complete", "initialize failed", "restart",
        "restart complete", "restart failed",      "pause",             "pause complete",
        "halt",             "shutdown"};
    return static_cast<std::size_t>(e) < event_count ? names[static_cast<std::size_t>(e)] : "?";
}

[[nodiscard]] constexpr const char *name(halt_action a) noexcept
{
    constexpr const char *names[] = {"DeviceDisabled",
                                     "DeviceInstanceDeInitialized",
                                     "DevicePoweredDown",
                                     "DeviceSurpriseRemoved",
                                     "DeviceFailed",
                                     "DeviceInitializationFailed",
                                     "DeviceStopped"};
    return static_cast<std::size_t>(a) < 7 ? names[static_cast<std::size_t>(a)] : "?";
}

} // namespace miniport
