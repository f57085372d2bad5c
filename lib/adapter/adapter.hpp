// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Runs the life of one adapter: takes requests, asks the tables, calls the handlers, undoes what
// they acquired, records every transition. Handlers are typed by what they may answer: initialize
// and restart a status, pause only success or pending, halt nothing. Knows no NIC and no ethdev.
//
// Lies in memory shared between processes, so it holds no pointer and no virtual function; the
// handlers come with each call. Requests may come from any thread of the primary process.
#pragma once

#include <atomic>
#include <concepts>
#include <utility>

#include "adapter/control_lock.hpp"
#include "adapter/ledger.hpp"
#include "adapter/requests.hpp"
#include "adapter/state.hpp"
#include "adapter/trace.hpp"
#include "adapter/transitions.hpp"

namespace miniport {

/// The MiniportXxx side of the contract.
template <class H>
concept miniport_handlers =
    requires(H &h, typename H::ledger_type &ledger, halt_action action, const trace_entry &entry) {
        { h.owner() } noexcept -> std::same_as<typename H::owner_type &>;
        /// Acquires what the adapter needs while configured. What it acquired before it failed is
        /// taken back by the adapter.
        { h.initialize(ledger) } -> std::same_as<status>;
        /// Acquires what it needs to pass frames; last of all, lets them pass.
        { h.restart(ledger) } -> std::same_as<status>;
        /// Ends the passing of frames. What restart acquired is then released by the adapter.
        { h.pause() } noexcept -> std::same_as<pause_result>;
        /// What must precede the ledger's replay: interrupts and timers off (N48–N53).
        { h.halt(ledger, action) } noexcept -> std::same_as<void>;
        /// Told of each transition, under the control lock.
        { h.moved(entry) } noexcept -> std::same_as<void>;
    };

template <class Ledger> class adapter {
public:
    /// dev_configure. A Paused adapter is halted first, with DeviceStopped.
    template <miniport_handlers H> [[nodiscard]] status initialize(H h) noexcept
    {
        const control c{lock_};
        if (!c.taken())
            return status::busy;
        const reply r = ask(request::initialize, now());
        if (r.what == plan::nothing)
            return r.result;
        if (r.what == plan::halt_first)
            do_halt(h, halt_action::device_stopped);

        move<state::halted, event::initialize>(h);
        const status s = h.initialize(ledger_);
        if (failed(s)) {
            ledger_.undo(h.owner(), Ledger::extent::but_survivors);
            move<state::initializing, event::initialize_failed>(h, s);
        } else {
            move<state::initializing, event::initialize_complete>(h);
        }
        return s;
    }

    /// dev_start. Failure leaves the adapter Paused with nothing more held than before (N25).
    template <miniport_handlers H> [[nodiscard]] status restart(H h) noexcept
    {
        const control c{lock_};
        if (!c.taken())
            return status::busy;
        const reply r = ask(request::restart, now());
        if (r.what == plan::nothing)
            return r.result;

        move<state::paused, event::restart>(h);
        status s = ledger_.open_section();
        if (!failed(s)) {
            s = h.restart(ledger_);
            if (failed(s))
                ledger_.undo_section(h.owner());
        }
        if (failed(s))
            move<state::restarting, event::restart_failed>(h, s);
        else
            move<state::restarting, event::restart_complete>(h);
        return s;
    }

    /// dev_stop. Success in every state (N1–N3, N31).
    template <miniport_handlers H> void pause(H h) noexcept
    {
        const control c{lock_, control::patience::endless};
        if (c.taken() && ask(request::pause, now()).what == plan::perform)
            do_pause(h);
    }

    /// dev_close and remove. A Running adapter is paused first (C1). No failure result (N37).
    template <miniport_handlers H> void halt(H h, halt_action action) noexcept
    {
        const control c{lock_, control::patience::endless};
        if (!c.taken())
            return;
        const reply r = ask(request::halt, now());
        if (r.what == plan::nothing)
            return;
        if (r.what == plan::pause_first)
            do_pause(h);
        do_halt(h, action);
    }

    /// For operations that are no transition but must not overlap one (queue setup, MAC, MTU).
    [[nodiscard]] control exclusive() noexcept { return control{lock_}; }

    [[nodiscard]] state now() const noexcept { return state_.load(std::memory_order_acquire); }
    [[nodiscard]] const trace &history() const noexcept { return trace_; }
    [[nodiscard]] Ledger &held() noexcept { return ledger_; }
    [[nodiscard]] const Ledger &held() const noexcept { return ledger_; }

private:
    template <class H> void do_pause(H &h) noexcept
    {
        move<state::running, event::pause>(h);
        // The caller of dev_stop waits for a pending pause; the handler bounds how long.
        while (h.pause() == pause_result::pending) {
        }
        ledger_.undo_section(h.owner());
        move<state::pausing, event::pause_complete>(h);
    }

    template <class H> void do_halt(H &h, halt_action action) noexcept
    {
        h.halt(ledger_, action);
        ledger_.undo(h.owner(), action == halt_action::device_stopped
                                    ? Ledger::extent::but_survivors
                                    : Ledger::extent::everything);
        move<state::paused, event::halt>(h, status::ok, action); // reached at return (N59)
    }

    /// The only place that changes the state. A move that the table lacks does not compile.
    template <state From, event On, class H>
    void move(H &h, status result = status::ok,
              halt_action action = halt_action::device_disabled) noexcept
    {
        constexpr std::optional<state> to = next(From, On);
        static_assert(to.has_value(), "NDIS knows no such transition");
        state_.store(*to, std::memory_order_release);
        trace_.record(From, On, *to, result, action);
        h.moved(trace_entry{trace::now_ns(), From, *to, On, result, action});
    }

    control_lock lock_;
    std::atomic<state> state_{state::halted};
    Ledger ledger_{};
    trace trace_{};
};

} // namespace miniport
