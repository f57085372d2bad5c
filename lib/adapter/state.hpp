// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The vocabulary of the miniport adapter life: seven states, what happens to an adapter, what may
// be asked of it, and why it is halted. Names are NDIS's (lifecycle.md §1: N5, N39).
// transitions.hpp says which event moves where, answers.hpp what each request is answered.
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
    // These move nothing: they are recorded with the state they met (N6).
    reset,
    reset_complete,
    reset_failed,
    removed,
};
inline constexpr std::size_t event_count = 14;

/// What somebody asks of an adapter.
enum class request : std::uint8_t {
    initialize,    ///< dev_configure
    restart,       ///< dev_start
    pause,         ///< dev_stop
    pause_async,   ///< private
    halt,          ///< dev_close, remove
    shutdown,      ///< private, signal handlers
    reset,         ///< dev_reset
    recover,       ///< the driver's own reset (watchdog)
    remove,        ///< the device was found gone
    burst,         ///< rx and tx bursts; answered by the gate, here for the record
    queue_status,  ///< descriptor status, queue count
    control_set,   ///< MAC, MTU, promiscuous, …
    control_query, ///< link, statistics, registers
    identity,      ///< dev_infos_get, is_removed
    queue_setup,
    queue_release,
    queue_start,
    queue_stop,
};
inline constexpr std::size_t request_count = 18;

/// What is true of an adapter besides its state.
enum class flag_bit : std::uint8_t { removed = 1, resetting = 2, failed = 4 };

struct flags {
    std::uint8_t bits = 0;
    [[nodiscard]] constexpr bool has(flag_bit f) const noexcept
    {
        return (bits & static_cast<std::uint8_t>(f)) != 0;
    }
};

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
        "halt",             "shutdown",            "reset",             "reset complete",
        "reset failed",     "removed"};
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
