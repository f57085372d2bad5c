// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Runs the life of one adapter: takes requests, asks the tables, calls the handlers, undoes what
// they acquired, records every event. Handlers are typed by what they may answer: initialize,
// restart and reset a status, pause only success or pending, halt and shutdown nothing.
//
// Lies in memory shared between processes, so it holds no pointer and no virtual function; the
// handlers come with each call. Requests come from any thread of the primary process.
#pragma once

#include <atomic>
#include <concepts>
#include <utility>

#include "adapter/answers.hpp"
#include "adapter/control_lock.hpp"
#include "adapter/ledger.hpp"
#include "adapter/probe.hpp"
#include "adapter/service.hpp"
#include "adapter/state.hpp"
#include "adapter/trace.hpp"
#include "adapter/transitions.hpp"

namespace miniport {

/// The MiniportXxx side of the contract.
template <class H>
concept miniport_handlers = requires(H &h, typename H::ledger_type &ledger, halt_action action,
                                     const trace_entry &entry, bool passing) {
    { h.owner() } noexcept -> std::same_as<typename H::owner_type &>;
    /// Acquires what the adapter needs while configured. What it acquired before it failed is
    /// taken back by the adapter.
    { h.initialize(ledger) } -> std::same_as<status>;
    /// Acquires what it needs to pass frames; last of all, lets them pass.
    { h.restart(ledger) } -> std::same_as<status>;
    /// Turns frames away; the first half of pause and of reset. Allocates nothing (W2).
    { h.close_gates() } noexcept -> std::same_as<void>;
    /// Whether every burst has ended. What restart acquired is then released by the adapter.
    { h.pause() } noexcept -> std::same_as<pause_result>;
    /// A burst did not end in time: count it. What it may still touch must survive the release.
    { h.pause_overdue() } noexcept -> std::same_as<void>;
    /// Brings hardware and settings back to what they were; `passing`: with frames under way, which
    /// are aborted and counted. Success leaves the gates as they were before.
    { h.reset(ledger, passing) } -> std::same_as<status>;
    /// What must precede the ledger's replay: interrupts and timers off (N48–N53).
    { h.halt(ledger, action) } noexcept -> std::same_as<void>;
    /// Interrupts and DMA off, nothing else: async-signal-safe, frees nothing (W14).
    { h.shutdown() } noexcept -> std::same_as<void>;
    /// Sleeps for a moment of a bounded wait.
    { h.doze() } noexcept -> std::same_as<void>;
    /// Told of each event but shutdown, under the control lock.
    { h.happened(entry) } noexcept -> std::same_as<void>;
};

template <class Ledger> class adapter {
public:
    /// dev_configure. A Paused adapter is halted first, with DeviceStopped (or DeviceFailed).
    template <miniport_handlers H> [[nodiscard]] status initialize(H h) noexcept
    {
        const control c = enter(control::patience::bounded);
        const reply r = consult(c, request::initialize);
        if (r.what != plan::perform && r.what != plan::halt_first)
            return r.result;
        if (r.what == plan::halt_first &&
            !do_halt(h,
                     attributes().has(flag_bit::failed) ? halt_action::device_failed
                                                        : halt_action::device_stopped,
                     Ledger::extent::but_survivors))
            return status::shut_down;
        clear(flag_bit::failed);
        shutdown_marked_.store(false, std::memory_order_relaxed);

        if (!move<state::halted, event::initialize>(h))
            return status::shut_down;
        status s = h.initialize(ledger_);
        if (!failed(s) && shutdown_marked_.load(std::memory_order_acquire))
            s = status::shut_down;
        if (!failed(s) && attributes().has(flag_bit::removed))
            s = status::removed;
        if (failed(s)) {
            ledger_.undo(h.owner(), Ledger::extent::but_survivors);
            move<state::initializing, event::initialize_failed>(h, s);
        } else {
            move<state::initializing, event::initialize_complete>(h);
            if (shutdown_marked_.load()) { // marked behind our look: then it is due now
                shutdown(h);
                s = status::shut_down;
            }
        }
        return s;
    }

    /// dev_start. Failure leaves the adapter Paused with nothing more held than before (N25).
    template <miniport_handlers H> [[nodiscard]] status restart(H h) noexcept
    {
        const control c = enter(control::patience::bounded);
        const reply r = consult(c, request::restart);
        if (r.what != plan::perform)
            return r.result;

        if (!move<state::paused, event::restart>(h))
            return status::shut_down;
        status s = ledger_.open_section();
        if (!failed(s)) {
            s = h.restart(ledger_);
            if (!failed(s) && attributes().has(flag_bit::removed))
                s = status::removed;
            // A shutdown meanwhile freed nothing and nothing is freed after it.
            if (failed(s) && now() != state::shutdown) {
                h.close_gates();
                await_bursts(h, trace::now_ns());
                ledger_.undo_section(h.owner());
            }
        }
        if (failed(s))
            return move<state::restarting, event::restart_failed>(h, s) ? s : status::shut_down;
        return move<state::restarting, event::restart_complete>(h) ? s : status::shut_down;
    }

    /// dev_stop. Success in every state (N1–N3, N31).
    template <miniport_handlers H> void pause(H h) noexcept
    {
        const control c = enter(control::patience::endless);
        const plan what = consult(c, request::pause).what;
        if (what == plan::perform || what == plan::join)
            do_pause(h);
    }

    /// status::ok: paused. status::in_progress: call complete_pause() until it says ok, or let any
    /// pause or halt end it. status::already, status::busy as lifecycle.md §4 has them. `promise`
    /// is made, under the lock, if and only if the answer is in_progress: the caller will be told.
    /// It must be free(), or an earlier caller has not been told yet.
    template <miniport_handlers H, class Promise>
    [[nodiscard]] status pause_async(H h, Promise &promise) noexcept
    {
        const control c = enter(control::patience::bounded);
        const reply r = consult(c, request::pause_async);
        if (r.what != plan::perform)
            return r.result;
        if (!promise.free())
            return status::already;
        begin_pause(h);
        if (h.pause() == pause_result::pending) {
            promise.make();
            return status::in_progress;
        }
        end_pause(h);
        return status::ok;
    }

    /// Ends a pending pause if it can end now. status::ok: there is none left.
    template <miniport_handlers H> [[nodiscard]] status complete_pause(H h) noexcept
    {
        const control c = enter(control::patience::bounded);
        if (!c.taken())
            return status::in_progress;
        if (now() != state::pausing)
            return status::ok;
        if (h.pause() == pause_result::pending) {
            if (trace::now_ns() - pause_began_ns_ < pause_deadline_ns)
                return status::in_progress;
            h.pause_overdue();
        }
        end_pause(h);
        return status::ok;
    }

    /// dev_close and remove. A Running adapter is paused first (C1). No failure result (N37).
    template <miniport_handlers H> void halt(H h, halt_action action) noexcept
    {
        const control c = enter(control::patience::endless);
        const plan what = consult(c, request::halt).what;
        if (what == plan::pause_first)
            do_pause(h);
        if (now() == state::paused && (what == plan::perform || what == plan::pause_first))
            do_halt(h, action, Ledger::extent::everything);
    }

    /// From any thread and from a signal handler: no lock, no allocation, no log (W14, I23).
    /// Afterwards every request is answered status::shut_down, pause and halt with success.
    template <miniport_handlers H> void shutdown(H h) noexcept
    {
        // Either a halt sees that we are inside and waits, or we see that it has begun.
        shutting_.fetch_add(1);
        if (!halting_.load()) // nested in a halt: no work at all (W14)
            do_shutdown(h);
        shutting_.fetch_sub(1);
    }

    /// dev_reset. State and settings stay (N6); a Running adapter is paused first, as ethdev does.
    template <miniport_handlers H> [[nodiscard]] status reset(H h) noexcept
    {
        const control c = enter(control::patience::bounded);
        const reply r = consult(c, request::reset);
        if (r.what != plan::perform && r.what != plan::pause_first)
            return r.result;
        if (r.what == plan::pause_first)
            do_pause(h);
        begin_reset(h);
        return end_reset(h);
    }

    /// The driver's own reset, in two halves so that the application can be told between them, with
    /// no lock held. True: begun, end_recovery() must follow. Frames are turned away meanwhile.
    template <miniport_handlers H> [[nodiscard]] bool begin_recovery(H h) noexcept
    {
        const control c = enter(control::patience::none); // the watchdog looks again
        if (consult(c, request::recover).what != plan::perform)
            return false;
        begin_reset(h);
        return true;
    }

    /// Whatever happened in between (pause, halt, shutdown, removal), the reset ends: with
    /// status::ok, with the cause of its failure, or with the state in which it became moot.
    template <miniport_handlers H> [[nodiscard]] status end_recovery(H h) noexcept
    {
        const control c = enter(control::patience::endless);
        if (!c.taken() || !attributes().has(flag_bit::resetting))
            return status::wrong_state; // being halted, or halted, meanwhile
        return end_reset(h);
    }

    /// The device was found gone. True for the first to say so; state unchanged (lifecycle.md §4).
    template <miniport_handlers H> bool remove(H h) noexcept
    {
        if (ask(request::remove, now(), attributes()).what == plan::answer)
            return false;
        if (flags_.fetch_or(static_cast<std::uint8_t>(flag_bit::removed)) &
            static_cast<std::uint8_t>(flag_bit::removed))
            return false;
        h.close_gates();
        const state s = now();
        record(h, {trace::now_ns(), s, s, event::removed, status::removed,
                   halt_action::device_disabled});
        return true;
    }

    /// Runs `work` → status where the table lets `r` be performed, under the control lock.
    template <class Work> [[nodiscard]] status when_allowed(request r, Work work) noexcept
    {
        const control c = enter(control::patience::bounded);
        const reply a = consult(c, r);
        if (a.what != plan::perform)
            return a.result;
        probe::hit(probe::kind::call_in, this, static_cast<std::uint64_t>(r));
        const status s = work();
        probe::hit(probe::kind::call_out, this, static_cast<std::uint64_t>(r),
                   static_cast<std::uint64_t>(s));
        return s;
    }

    [[nodiscard]] state now() const noexcept { return state_.load(std::memory_order_acquire); }
    [[nodiscard]] flags attributes() const noexcept
    {
        return {flags_.load(std::memory_order_acquire)};
    }
    [[nodiscard]] const trace &history() const noexcept { return trace_; }
    [[nodiscard]] Ledger &held() noexcept { return ledger_; }
    [[nodiscard]] const Ledger &held() const noexcept { return ledger_; }

    /// A burst that does not end in 2 s is overdue (I25): preempted for good, or stuck.
    static constexpr std::uint64_t pause_deadline_ns = 2'000'000'000;

private:
    /// The control lock, but for a thread that the halt under way waits for.
    [[nodiscard]] control enter(control::patience how) noexcept
    {
        return control{lock_, how, [this] {
                           return halting_.load(std::memory_order_acquire) && service::of(this);
                       }};
    }

    /// What to do about `r` now. A call from inside an operation of the same thread, or one whose
    /// patience ended, gets the answer of plan::wait: busy, or success where nothing can fail.
    [[nodiscard]] reply consult(const control &c, request r) const noexcept
    {
        if (!c.taken())
            return {plan::answer, r == request::pause || r == request::halt ? status::ok
                                                                            : status::busy};
        return ask(r, now(), attributes());
    }

    template <class H> void begin_pause(H &h) noexcept
    {
        pause_began_ns_ = trace::now_ns();
        h.close_gates();
        move<state::running, event::pause>(h);
    }

    template <class H> void end_pause(H &h) noexcept
    {
        if (now() != state::pausing)
            return; // shut down meanwhile: nothing is freed any more
        ledger_.undo_section(h.owner());
        move<state::pausing, event::pause_complete>(h);
    }

    /// From Running, or from Pausing where an asynchronous pause is pending.
    template <class H> void do_pause(H &h) noexcept
    {
        if (now() == state::running)
            begin_pause(h);
        await_bursts(h, pause_began_ns_);
        end_pause(h);
    }

    template <class H> void await_bursts(H &h, std::uint64_t since_ns) noexcept
    {
        while (h.pause() == pause_result::pending) {
            if (trace::now_ns() - since_ns >= pause_deadline_ns)
                return h.pause_overdue();
            h.doze();
        }
    }

    template <class H> void do_shutdown(H &h) noexcept
    {
        state s = now();
        for (;;) {
            const plan what = ask(request::shutdown, s).what;
            if (what == plan::mark) {
                shutdown_marked_.store(true);
                const state again = now();
                if (again == s)
                    return;
                s = again; // initialize may have looked before the mark was there
                continue;
            }
            if (what != plan::perform)
                return;
            if (state_.compare_exchange_weak(s, state::shutdown))
                break;
        }
        record(h, {trace::now_ns(), s, state::shutdown, event::shutdown, status::ok,
                   halt_action::device_disabled});
        h.shutdown();
    }

    /// From Paused. False: shut down before it began; nothing was done.
    template <class H>
    bool do_halt(H &h, halt_action action, typename Ledger::extent how_much) noexcept
    {
        halting_.store(true);
        while (shutting_.load() != 0) // microseconds: a shutdown neither waits nor locks
            h.doze();
        if (now() != state::paused) {
            halting_.store(false);
            return false;
        }
        h.halt(ledger_, action);
        ledger_.undo(h.owner(), how_much);
        clear(flag_bit::resetting); // a reset under way finds nothing to end
        move<state::paused, event::halt>(h, status::ok, action); // reached at return (N59)
        halting_.store(false, std::memory_order_release);
        return true;
    }

    template <class H> void begin_reset(H &h) noexcept
    {
        flags_.fetch_or(static_cast<std::uint8_t>(flag_bit::resetting));
        note(h, event::reset);
        if (passes_frames(now()))
            h.close_gates();
    }

    template <class H> status end_reset(H &h) noexcept
    {
        status s = attributes().has(flag_bit::removed) ? status::removed : status::ok;
        if (now() == state::shutdown)
            s = status::shut_down;
        if (!failed(s))
            s = h.reset(ledger_, passes_frames(now()));
        if (!failed(s) && attributes().has(flag_bit::removed)) {
            h.close_gates(); // gone while it was reset
            s = status::removed;
        }
        if (now() == state::shutdown) {
            h.shutdown(); // while it was reset: what the reset began stops like the rest
            s = status::shut_down;
        }
        if (failed(s) && s != status::shut_down)
            flags_.fetch_or(static_cast<std::uint8_t>(flag_bit::failed));
        else
            clear(flag_bit::failed);
        clear(flag_bit::resetting);
        note(h, failed(s) ? event::reset_failed : event::reset_complete, s);
        return s;
    }

    void clear(flag_bit f) noexcept
    {
        flags_.fetch_and(static_cast<std::uint8_t>(~static_cast<unsigned>(f)));
    }

    /// The only place that changes the state, but for shutdown, which may come between at any
    /// moment: false. A move that the table lacks does not compile.
    template <state From, event On, class H>
    bool move(H &h, status result = status::ok,
              halt_action action = halt_action::device_disabled) noexcept
    {
        constexpr std::optional<state> to = next(From, On);
        static_assert(to.has_value(), "NDIS knows no such transition");
        state from = From;
        if (!state_.compare_exchange_strong(from, *to, std::memory_order_acq_rel)) {
            h.shutdown(); // what was begun since is stopped like the rest
            return false;
        }
        tell(h, {trace::now_ns(), From, *to, On, result, action});
        return true;
    }

    /// Records an event that moves nothing.
    template <class H> void note(H &h, event on, status result = status::ok) noexcept
    {
        const state s = now();
        tell(h, {trace::now_ns(), s, s, on, result, halt_action::device_disabled});
    }

    template <class H> void tell(H &h, const trace_entry &e) noexcept
    {
        record(h, e);
        h.happened(e);
    }

    template <class H> void record(H &h, const trace_entry &e) noexcept
    {
        trace_.record(e);
        probe::hit(probe::kind::state, &h.owner(), trace::pack(e), attributes().bits);
    }

    control_lock lock_;
    std::atomic<state> state_{state::halted};
    std::atomic<std::uint8_t> flags_{0};
    std::atomic<bool> shutdown_marked_{false};
    std::atomic<bool> halting_{false};
    std::atomic<unsigned> shutting_{0}; ///< threads inside shutdown()
    std::uint64_t pause_began_ns_ = 0;
    Ledger ledger_{};
    trace trace_{};
};

} // namespace miniport
