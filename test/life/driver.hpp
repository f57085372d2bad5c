// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The driver as micro-steps, function by function in the order of its code: gate.hpp, fence.hpp,
// gates.cpp, lifecycle.cpp, recovery.cpp, adapter.hpp, api.cpp, ethdev.cpp (leave). Lay them side
// by side. Answers and transitions are not written again: ask() and next() of lib/adapter decide.
#pragma once

#include "script.hpp"

namespace life_check {

using miniport::event;
using miniport::flag_bit;
using miniport::plan;
using miniport::request;
using miniport::state;

inline constexpr byte closed = 0, open = 1;

// --- lib/adapter/gate.hpp, rx.cpp, tx.cpp: one burst, for ever ---------------------------------
inline void burst(script &s, queue q)
{
    const label start = s.fresh(), leave = s.fresh();
    const bool early = s.has(mutant::second_look_relaxed);
    const auto how_to_leave =
        s.has(mutant::leave_relaxed) ? run::order::relaxed : run::order::release;
    s.bind(start);
    s.where.poll[q] = s.here();
    s.add("gate::enter: first look", [=](run &r) {
        if (r.w.quit || !r.holds(rings) || r.load(gate_of(q)) != open)
            r.block(); // turned away: polls again
    });
    s.add("gate::enter: inside = my process",
          [=](run &r) { r.store(inside_of(q), 1, run::order::relaxed); });
    if (s.sw.burst == fences::full)
        s.add("gate::enter: full fence", [](run &r) { r.full_fence(); });
    if (early)
        s.add("burst: ring load satisfied early", [=](run &r) { r.reg() = r.load(slot_of(q)); });
    if (!s.has(mutant::no_second_look))
        s.add("gate::enter: second look", [=](run &r) {
            if (r.load(gate_of(q)) != open)
                r.jump(leave);
        });
    s.where.inside[q].begin = s.here();
    s.add("burst: look at the ring", [=](run &r) {
        r.burst_touches(q);
        if (!early)
            r.reg() = r.load(slot_of(q));
    });
    s.add(
        q == rx ? "burst: take a frame, post a buffer" : "burst: reclaim or post a frame",
        [=](run &r) {
            r.burst_touches(q);
            const byte mbuf = r.reg();
            const bool posts = q == tx && mbuf == 0;
            const byte generation = static_cast<byte>(1 + (r.w.generation >> q & 1));
            if (mbuf == 0 && q == rx)
                return;
            r.store(slot_of(q), posts ? generation : q == rx ? mbuf : byte{0}, run::order::relaxed);
            if (posts) {
                r.w.live[q] = generation;
            } else {
                r.burst_keeps(q, mbuf);
                if (q == tx)
                    r.w.live[q] = 0;
            }
        });
    s.bind(leave);
    s.add("gate::leave: inside = nobody", [=](run &r) {
        r.store(inside_of(q), 0, how_to_leave);
        r.reg() = 0;
        r.jump(start);
    });
    s.where.inside[q].end = static_cast<label>(s.here() - 1);
}

// --- lib/adapter/fence.hpp ---------------------------------------------------------------------
inline void heavy_fence(script &s)
{
    if (s.has(mutant::no_heavy_fence))
        return;
    s.add("heavy_fence: own fence", [](run &r) { r.full_fence(); });
    if (s.sw.burst == fences::full || s.has(mutant::plain_fence))
        return;
    s.each_queue([&](queue q, const std::string &name) {
        s.add("heavy_fence: membarrier reaches the " + name + " lcore",
              [=](run &r) { r.drain(q == rx ? rx_lcore : tx_lcore); });
    });
    s.add("heavy_fence: membarrier reaches the others", [](run &r) {
        for (byte t = control_a; t < thread_count; ++t)
            r.drain(static_cast<who>(t));
    });
}

// --- gates.cpp ---------------------------------------------------------------------------------
enum class holding : byte { lock, nothing };

/// Without the lock, the pointer to a queue may be read before and used behind a halt.
inline void close_gates(script &s, holding what)
{
    s.each_queue([&](queue q, const std::string &name) {
        if (q == tx && s.has(mutant::one_gate_forgotten))
            return;
        if (what == holding::nothing)
            s.add("close_gates: find the " + name + " queue",
                  [](run &r) { r.reg() = r.holds(rings); });
        s.add("close_gates: " + name + " gate = closed", [=](run &r) {
            const bool found = what == holding::nothing ? r.reg() != 0 : r.holds(rings);
            if (!found)
                return;
            if (!r.holds(rings))
                r.violate("I16", "a gate is closed in queue memory that halt has freed");
            r.store(gate_of(q), closed, run::order::relaxed);
        });
    });
    heavy_fence(s);
}

inline void open_gates(script &s)
{
    s.each_queue([&](queue q, const std::string &name) {
        const auto how = s.has(mutant::open_relaxed) ? run::order::relaxed : run::order::release;
        s.add("open_gates: " + name + " gate = open", [=](run &r) {
            r.store(gate_of(q), open, how);
            r.disown(q);
        });
    });
    if (s.has(repair::fence_behind_open))
        s.add("open_gates: seq_cst fence", [](run &r) { r.full_fence(); });
}

/// Until nobody is inside, or the deadline passes (an injected fault).
inline void wait_drained(script &s, label overdue)
{
    if (s.has(mutant::drained_relaxed))
        s.add("drained: ring loads satisfied early", [](run &r) {
            r.reg() = static_cast<byte>(0x80 | r.load(slot_rx) | r.load(slot_tx) << 2);
        });
    s.each_queue([&](queue q, const std::string &name) {
        const bool may_be_overdue = s.who_plays.overdue;
        s.add("drained: " + name + ": nobody inside", [=](run &r) {
            if (r.load(inside_of(q)) == 0)
                return;
            if (may_be_overdue && r.fault())
                r.jump(overdue);
            else
                r.block();
        });
    });
}

// --- lifecycle.cpp: the halves of what is held ---------------------------------------------------
inline void silence(script &s)
{
    s.add("silence: units off, nothing waited for", [](run &r) {
        r.touch_hardware();
        if (r.w.device == dma_state::on)
            r.w.device = dma_state::ending;
    });
}

/// What handlers::shutdown does again for a move that met a shutdown.
inline void shut_down_again(script &s)
{
    close_gates(s, holding::lock);
    silence(s);
}

inline void bring_up(script &s, label failed)
{
    s.add("bring_up: MAC reset", [=](run &r) {
        r.touch_hardware();
        if (r.w.gone || r.fault())
            r.jump(failed);
        else
            r.w.device = dma_state::off;
    });
}

inline void enable_units(script &s, label failed)
{
    s.add("enable_units", [=](run &r) {
        r.touch_hardware();
        if (r.w.gone)
            r.jump(failed);
        else
            r.w.device = dma_state::on;
    });
}

inline byte slot_seen(run &r, queue q)
{
    return r.reg() & 0x80 ? static_cast<byte>(r.reg() >> 2 * q & 3) : r.load(slot_of(q));
}

inline void reap(run &r, queue q)
{
    const byte mbuf = slot_seen(r, q);
    if (!r.sw.has(mutant::reap_keeps_record))
        r.store(slot_of(q), 0, run::order::relaxed);
    r.own(q);
    r.free_mbuf(q, mbuf);
}

inline void reap_or_strand(script &s, queue q, const std::string &name, held_bit kind)
{
    if (!s.has(repair::strand_when_overdue))
        s.add("reap_or_strand: " + name + " drained?", [=, &s](run &r) {
            if (!r.holds(kind))
                return;
            r.w.stranded = static_cast<byte>(r.w.stranded & ~(1u << q));
            if (r.load(inside_of(q)) != 0 && !s.has(mutant::overdue_frees))
                r.w.stranded = static_cast<byte>(r.w.stranded | 1u << q);
        });
    s.add("reap: " + name + " mbufs back to their pool", [=](run &r) {
        if (!r.holds(kind))
            return;
        if (!(r.w.stranded >> q & 1))
            reap(r, q);
        r.release(kind);
    });
}

/// handlers::pause_overdue with strand_busy_queues: which queues are left to their bursts.
inline void pause_overdue(script &s)
{
    s.add("pause_overdue", [](run &r) { r.w.overdue = r.w.pause_open; });
    if (s.has(repair::strand_when_overdue) && !s.has(mutant::overdue_frees))
        s.each_queue([&](queue q, const std::string &name) {
            s.add("strand_busy_queues: " + name + " stranded?", [=, &s](run &r) {
                if (r.load(inside_of(q)) != 0)
                    r.w.stranded = static_cast<byte>(r.w.stranded | 1u << q);
                else if (!s.has(repair::strand_only_adds))
                    r.w.stranded = static_cast<byte>(r.w.stranded & ~(1u << q));
            });
        });
}

/// ledger::undo_section: the reverse of restart.
inline void undo_section(script &s)
{
    const auto mbufs = [&s] {
        if (s.who_plays.queues > 0)
            reap_or_strand(s, rx, "rx", rx_buffers);
        if (s.who_plays.queues > 1)
            reap_or_strand(s, tx, "tx", tx_frames);
    };
    s.add("bursts::release", [](run &r) {
        if (r.holds(bursts))
            r.release(bursts);
    });
    if (s.has(mutant::free_before_dma_off))
        mbufs();
    s.add("units::release: RCTL.EN = TCTL.EN = 0", [](run &r) {
        if (!r.holds(units))
            return;
        r.touch_hardware();
        if (r.w.device == dma_state::on)
            r.w.device = dma_state::ending;
        r.release(units);
    });
    s.add("dma::release: drain_dma", [](run &r) {
        if (!r.holds(dma))
            return;
        r.touch_hardware();
        r.w.device = dma_state::off;
        r.release(dma);
    });
    if (!s.has(mutant::free_before_dma_off))
        mbufs();
    s.add("ledger: end of section",
          [](run &r) { r.release(static_cast<std::uint16_t>(section | tx_frames | rx_buffers)); });
}

// --- lib/adapter/adapter.hpp ---------------------------------------------------------------------
/// move<From, On>; what it meets in Shutdown is stopped again, then `otherwise`.
inline void move(script &s, state from, event on, label otherwise, bool for_good = false)
{
    const label met_shutdown = s.fresh(), done = s.fresh();
    s.add(std::string{"move: "} + name(from) + ", " + name(on), [=](run &r) {
        if (!r.move(from, on))
            r.jump(met_shutdown);
        else
            r.w.halted_for_good = for_good ? 1 : r.w.halted_for_good;
    });
    s.go(done);
    s.bind(met_shutdown);
    shut_down_again(s);
    s.go(otherwise);
    s.bind(done);
}

enum class patience : byte { none, bounded, endless };

/// enter(): the lock; `without` where it is not had. A callback that halt waits for gives up when a
/// halt is under way (service::of).
inline void lock(script &s, patience how, label without)
{
    const bool waits_for_halt = s.has(mutant::halt_waits_for_recovery);
    s.add("enter: control lock", [=](run &r) {
        if (r.w.lock == 0) {
            r.full_fence();
            r.w.lock = static_cast<byte>(1 + r.me);
        } else if (how == patience::none || (r.me == eal && r.load(halting) && !waits_for_halt)) {
            r.jump(without);
        } else {
            r.block();
        }
    });
}
inline void unlock(script &s)
{
    s.add("control lock free", [](run &r) {
        r.full_fence();
        r.w.lock = 0;
    });
}

/// consult(): where to, by what the tables say.
struct ways {
    label otherwise;
    std::optional<label> pause_first{}, halt_first{}, join{};
};
inline void consult(script &s, request q, const ways &to)
{
    s.add("consult", [=](run &r) {
        switch (r.ask(q)) {
        case plan::perform:
            break;
        case plan::pause_first:
            r.jump(to.pause_first.value_or(to.otherwise));
            break;
        case plan::halt_first:
            r.jump(to.halt_first.value_or(to.otherwise));
            break;
        case plan::join:
            r.jump(to.join.value_or(to.otherwise));
            break;
        default:
            r.jump(to.otherwise);
        }
    });
}

// --- api.cpp: the completion of an asynchronous pause
inline void tell(run &r, byte whom)
{
    const unsigned i = whom - control_a;
    if (++r.w.told[i] > 1)
        r.violate("completion", "an asynchronous pause is told its end twice");
    if (r.w.asked[i] == async::called)
        r.violate("completion", "an asynchronous pause is told its end before it began");
    if (r.w.asked[i] == async::other)
        r.violate("completion", "a pause that answered at once is told its end as well");
    if (r.w.promised >> i & 1)
        r.violate("completion", "an asynchronous pause is told its end and is still pending");
}

/// report_paused with pause_promise::keep: by everyone who may have ended a pause, without the
/// lock. The repair: happened(pause complete) makes a promise due under the lock, keep looks for
/// that; a pause that shutdown ended has no such event.
inline void report_paused(script &s)
{
    const label taken = s.fresh(), out = s.fresh();
    const bool everybody = s.has(mutant::completion_twice_told);
    const auto take = [=](run &r, promise ripe) {
        r.full_fence();
        if (r.w.wanted != ripe)
            return false;
        if (!everybody)
            r.w.wanted = promise::being_kept;
        return true;
    };
    const bool ripens = s.has(repair::promise_of_ended_pause);
    if (ripens)
        s.add("keep: due? then being_kept (repair)", [=](run &r) {
            if (take(r, promise::due))
                r.jump(taken);
        });
    s.add(ripens ? "report_paused: Shutdown? (repair)" : "report_paused: still Pausing?",
          [=](run &r) {
              if (ripens ? !r.is(state::shutdown) : r.is(state::pausing))
                  r.jump(out);
          });
    s.add("keep: made? then being_kept", [=](run &r) {
        if (!take(r, promise::made))
            r.jump(out);
    });
    s.bind(taken);
    s.add("keep: load call and context, none", [=](run &r) {
        r.reg() = r.w.call;
        if (!everybody)
            r.w.wanted = promise::none;
    });
    s.add("keep: call", [](run &r) { tell(r, r.reg()); });
    s.bind(out);
}

// --- adapter.hpp, continued
inline void begin_pause(script &s)
{
    const label out = s.fresh();
    close_gates(s, holding::lock);
    move(s, state::running, event::pause, out);
    s.bind(out);
}

inline void end_pause(script &s)
{
    const label out = s.fresh();
    if (!s.has(mutant::pause_frees_after_shutdown)) {
        s.add("end_pause: still Pausing?", [=](run &r) {
            if (!r.is(state::pausing))
                r.jump(out);
        });
        s.finishing(true);
    }
    undo_section(s);
    move(s, state::pausing, event::pause_complete, out);
    if (s.has(repair::promise_of_ended_pause))
        s.add("happened: a promise made is due (repair)", [](run &r) {
            r.full_fence();
            if (r.w.wanted == promise::made)
                r.w.wanted = promise::due;
        });
    if (s.has(mutant::double_completion))
        s.add("pause complete (again)", [](run &r) { r.happened(event::pause_complete); });
    s.finishing(false);
    s.bind(out);
}

inline void do_pause(script &s)
{
    const label overdue = s.fresh(), ended = s.fresh(), begun = s.fresh();
    s.add("do_pause: Running?", [=](run &r) {
        if (!r.is(state::running))
            r.jump(begun);
    });
    if (s.has(mutant::drain_before_close))
        wait_drained(s, overdue);
    begin_pause(s);
    s.bind(begun);
    if (!s.has(mutant::drain_before_close) && !s.has(mutant::pause_without_drain))
        wait_drained(s, overdue);
    s.go(ended);
    s.bind(overdue);
    pause_overdue(s);
    s.bind(ended);
    end_pause(s);
}

/// rte_eal_alarm_cancel and rte_intr_callback_unregister_sync: return when no callback runs.
inline void await_callbacks(script &s, held_bit what, const char *name)
{
    const bool waits = !s.has(mutant::halt_keeps_timers);
    s.add(name, [=](run &r) {
        if (waits && r.me != eal && r.where.awaited.has(r.w.threads[eal].at))
            return r.block();
        if (r.holds(what)) {
            r.touch_hardware();
            r.release(what);
        }
    });
}

inline void do_halt(script &s, bool comes_back, label otherwise)
{
    const label given_up = s.fresh(), out = s.fresh(), moved = s.fresh();
    s.add("do_halt: halting = true", [](run &r) { r.store(halting, 1, run::order::release); });
    if (s.has(repair::halt_awaits_shutdown)) {
        s.add("do_halt: halting = true is seq_cst", [](run &r) { r.full_fence(); });
        s.add("do_halt: wait until no shutdown is inside", [](run &r) {
            if (r.w.shutting)
                r.block();
        });
        const bool any_state = s.has(mutant::halt_without_pause);
        s.add("do_halt: still Paused?", [=](run &r) {
            if (!r.is(state::paused) && !any_state)
                r.jump(given_up);
        });
    }
    s.finishing(true);
    if (!s.has(mutant::halt_forgets_interrupt))
        await_callbacks(s, interrupt, "interrupt_handler::release: unregister_sync");
    await_callbacks(s, timers, "watchdog::release: rte_eal_alarm_cancel");
    if (!comes_back)
        s.add("rx_ring, tx_ring::release: queue memory freed", [](run &r) {
            for (queue q : {rx, tx}) {
                // The application has ended its polling before close; see explore.cpp, A1.
                const thread &lcore = r.w.threads[q == rx ? rx_lcore : tx_lcore];
                if (lcore.at != r.where.poll[q] || lcore.stores != 0)
                    return r.block();
            }
            if (r.w.device != dma_state::off)
                r.violate("I10", "ring memory is freed while the device may write it");
            r.release(rings);
        });
    s.add("hardware::release: quiesce", [](run &r) {
        r.touch_hardware();
        r.w.device = dma_state::off;
        r.release(hardware);
    });
    s.add("do_halt: resetting = false", [](run &r) { r.clear(flag_bit::resetting); });
    if (s.has(mutant::halt_without_pause))
        s.add("move: anything, halt", [=](run &r) {
            r.change(state::halted);
            r.w.halted_for_good = !comes_back;
        });
    else
        move(s, state::paused, event::halt, moved, !comes_back); // whatever it met
    s.bind(moved);
    s.finishing(false);
    s.add("do_halt: halting = false", [](run &r) { r.store(halting, 0, run::order::release); });
    s.go(out);
    s.bind(given_up);
    s.add("do_halt: not Paused, halting = false", [](run &r) {
        r.store(halting, 0, run::order::release);
        r.full_fence();
    });
    s.go(otherwise);
    s.bind(out);
}

inline void begin_reset(script &s)
{
    const label out = s.fresh();
    s.add("begin_reset: resetting = true", [](run &r) { r.set(flag_bit::resetting); });
    s.add("begin_reset: note(reset)", [](run &r) { r.happened(event::reset); });
    if (s.has(mutant::reset_without_gates))
        return s.bind(out);
    s.add("begin_reset: passes_frames(now())?", [=](run &r) {
        if (!miniport::passes_frames(r.w.life))
            r.jump(out);
    });
    close_gates(s, holding::lock);
    s.bind(out);
}

/// With handlers::reset = reset_hardware (recovery.cpp) inside. `budgeted`: may be one too many.
inline void end_reset(script &s, bool budgeted)
{
    const label failed = s.fresh(), shut = s.fresh(), quiet = s.fresh(), opens = s.fresh();
    const label behind = s.fresh(), done = s.fresh(), gone = s.fresh();
    const bool looks = s.has(repair::reset_looks_for_shutdown);
    s.add("end_reset: removed?", [=](run &r) {
        if (r.has(flag_bit::removed))
            r.jump(failed);
    });
    s.add("end_reset: shut down?", [=](run &r) {
        if (r.is(state::shutdown))
            r.jump(shut);
    });
    if (budgeted)
        s.add("reset: allowed?", [=](run &r) {
            if (r.fault())
                r.jump(failed);
        });
    s.finishing(true); // a reset that is under way aborts what it aborts
    s.add("end_reset: passes_frames(now())?", [=](run &r) {
        if (!miniport::passes_frames(r.w.life))
            r.jump(quiet);
    });
    if (!s.has(mutant::reset_without_drain))
        wait_drained(s, failed);
    s.add("reset_hardware: stop_receive, stop_transmit", [](run &r) {
        r.touch_hardware();
        if (r.w.device == dma_state::on)
            r.w.device = dma_state::ending;
    });
    bring_up(s, failed);
    if (s.who_plays.queues > 1)
        s.add("reset_hardware: abort_all(tx)", [](run &r) {
            r.rewrite(tx);
            reap(r, tx);
        });
    s.add("reset_hardware: repost(rx)", [](run &r) {
        r.rewrite(rx);
        r.store(slot_rx, r.load(slot_rx), run::order::relaxed);
    });
    enable_units(s, failed);
    s.bind(opens);
    open_gates(s);
    s.go(behind);
    s.bind(quiet);
    bring_up(s, failed);
    if (s.has(mutant::reset_reopens_after_pause))
        s.go(opens);
    s.finishing(false);
    s.bind(behind);
    s.add("end_reset: removed meanwhile?", [=](run &r) {
        if (r.has(flag_bit::removed))
            r.jump(gone);
    });
    if (looks)
        s.add("end_reset: shut down meanwhile?", [=](run &r) {
            if (r.is(state::shutdown))
                r.jump(shut);
        });
    const auto fine = [&s] {
        s.add("end_reset: failed = false", [](run &r) { r.clear(flag_bit::failed); });
    };
    fine();
    s.go(done);
    s.bind(gone);
    close_gates(s, holding::lock);
    s.bind(failed);
    if (looks)
        s.add("end_reset: failed; shut down meanwhile?", [=](run &r) {
            if (r.is(state::shutdown))
                r.jump(shut);
        });
    s.add("end_reset: failed = true", [](run &r) { r.set(flag_bit::failed); });
    s.go(done);
    s.bind(shut);
    if (looks)
        shut_down_again(s);
    fine();
    s.bind(done);
    s.add("end_reset: resetting = false", [](run &r) { r.clear(flag_bit::resetting); });
    s.add("end_reset: note(reset complete or failed)",
          [](run &r) { r.happened(event::reset_complete); });
}

// --- the requests
/// adapter::shutdown with do_shutdown, on the thread that a signal interrupts or on any other.
inline void shut_down(script &s)
{
    const label look = s.fresh(), again = s.fresh(), marks = s.fresh(), out = s.fresh();
    const label exchange = s.fresh();
    const bool counted = s.has(repair::halt_awaits_shutdown);
    if (counted)
        s.add("shutdown: shutting + 1", [](run &r) {
            r.full_fence();
            ++r.w.shutting;
        });
    s.add("shutdown: halting?", [=](run &r) {
        if (r.load(halting))
            r.jump(out);
    });
    s.bind(look);
    s.add("do_shutdown: now()", [](run &r) { r.reg() = static_cast<byte>(r.w.life); });
    s.bind(again);
    s.add("do_shutdown: ask", [=](run &r) {
        const plan what = miniport::ask(request::shutdown, static_cast<state>(r.reg())).what;
        if (what == plan::mark)
            r.jump(marks);
        else if (what != plan::perform)
            r.jump(out);
    });
    s.bind(exchange);
    s.add("do_shutdown: compare and exchange", [=, &s](run &r) {
        r.full_fence();
        if (r.w.life != static_cast<state>(r.reg())) {
            r.reg() = static_cast<byte>(r.w.life);
            return r.jump(again);
        }
        r.change(state::shutdown);
        r.happened(event::shutdown);
        for (byte t = 0; t < thread_count; ++t)
            if (s.where.finishing[r.w.threads[t].at])
                r.w.may_finish = static_cast<byte>(r.w.may_finish | 1u << t);
    });
    close_gates(s, holding::nothing);
    if (!s.has(mutant::shutdown_leaves_dma))
        silence(s);
    if (s.has(mutant::shutdown_frees))
        s.add("shutdown: mbufs back to their pool", [](run &r) { reap(r, rx); });
    s.go(out);
    s.bind(marks);
    // From here on the mark is relied on, unless that very initialize fails.
    s.add("do_shutdown: marked = true", [](run &r) {
        r.w.mark_due |= r.is(state::initializing);
        r.store(marked, 1, run::order::release);
    });
    if (s.has(repair::shutdown_looks_again)) {
        s.add("do_shutdown: marked = true is seq_cst", [](run &r) { r.full_fence(); });
        s.add("do_shutdown: another state by now?", [=, &s](run &r) {
            if (r.w.life == static_cast<state>(r.reg()))
                return r.jump(out);
            r.reg() = static_cast<byte>(r.w.life);
            // `continue` goes to the condition of the loop, not to its begin.
            r.jump(s.has(repair::table_asked_again) ? again : exchange);
        });
    }
    s.bind(out);
    s.add(counted ? "shutdown: shutting - 1" : "shutdown: out", [=](run &r) {
        r.full_fence();
        r.reg() = 0;
        r.w.shutting = static_cast<byte>(r.w.shutting - counted);
    });
}

inline void shutdown(script &s)
{
    shut_down(s);
    s.end();
}

inline void initialize(script &s)
{
    const label free = s.fresh(), out = s.fresh(), halts = s.fresh(), begins = s.fresh();
    const label failed = s.fresh();
    lock(s, patience::bounded, out);
    consult(s, request::initialize, {.otherwise = free, .halt_first = halts});
    s.go(begins);
    s.bind(halts);
    do_halt(s, true, free);
    s.bind(begins);
    s.add("initialize: failed = false", [](run &r) { r.clear(flag_bit::failed); });
    s.add("initialize: marked = false", [](run &r) { r.store(marked, 0, run::order::relaxed); });
    move(s, state::halted, event::initialize, free);
    s.add("hardware::acquire: bring_up", [=](run &r) {
        if (r.w.gone || r.fault())
            return r.jump(failed);
        r.touch_hardware();
        r.acquire(hardware);
    });
    s.add("counter_timer, watchdog::acquire", [](run &r) { r.acquire(timers); });
    s.add("interrupt_handler … link_cause::acquire", [=](run &r) {
        if (r.fault())
            r.jump(failed);
        else
            r.acquire(interrupt);
    });
    s.add("initialize: marked?", [=](run &r) {
        if (r.load(marked))
            r.jump(failed);
    });
    s.add("initialize: removed?", [=](run &r) {
        if (r.has(flag_bit::removed))
            r.jump(failed);
    });
    move(s, state::initializing, event::initialize_complete, free);
    if (s.has(repair::initialize_looks_again)) {
        const label unmarked = s.fresh();
        s.add("initialize: marked behind the move?", [=](run &r) {
            if (!r.load(marked))
                r.jump(unmarked);
        });
        shut_down(s);
        s.bind(unmarked);
    }
    s.add("rx_queue_setup, tx_queue_setup", [](run &r) {
        if (r.is(state::paused))
            r.acquire(rings);
    });
    s.go(free);
    s.bind(failed);
    await_callbacks(s, interrupt, "interrupt_handler::release: unregister_sync");
    await_callbacks(s, timers, "watchdog::release: rte_eal_alarm_cancel");
    if (!s.has(mutant::failed_initialize_keeps_hardware))
        s.add("hardware::release: quiesce", [](run &r) { r.release(hardware); });
    move(s, state::initializing, event::initialize_failed, free);
    s.bind(free);
    unlock(s);
    s.bind(out);
    s.end();
}

inline void restart(script &s)
{
    const label free = s.fresh(), out = s.fresh(), failed = s.fresh(), freed = s.fresh();
    lock(s, patience::bounded, out);
    consult(s, request::restart, {.otherwise = free});
    move(s, state::paused, event::restart, free);
    s.add("restart: open_section, queues_are_set_up", [=](run &r) {
        r.acquire(section);
        if (!r.holds(rings))
            r.jump(failed);
    });
    if (s.has(mutant::gate_before_rings))
        open_gates(s);
    s.finishing(true); // by its move it is a restart under way
    const auto fill = [&](queue q, const std::string &name) {
        s.add("unstrand: " + name, [=](run &r) {
            if (!(r.w.stranded >> q & 1))
                return;
            if (r.load(inside_of(q)) != 0)
                return r.jump(failed); // busy
            reap(r, q);
            r.w.stranded = static_cast<byte>(r.w.stranded & ~(1u << q));
        });
        const held_bit kind = q == rx ? rx_buffers : tx_frames;
        s.add(q == rx ? "rx_buffers::acquire: post_all" : "tx_frames::acquire: clear",
              [=, &s](run &r) {
                  if (q == rx && r.fault())
                      return r.jump(failed);
                  const byte mbuf = r.fresh(q);
                  r.store(slot_of(q), q == rx ? mbuf : byte{0}, run::order::relaxed);
                  if (!s.has(mutant::gate_before_rings))
                      r.own(q);
                  if (r.w.live[q] != 0)
                      r.violate("I8", "an mbuf of the ring is lost");
                  r.w.live[q] = q == rx ? mbuf : byte{0};
                  r.acquire(kind);
              });
    };
    if (s.who_plays.queues > 1)
        fill(tx, "tx");
    fill(rx, "rx");
    s.finishing(false);
    s.add("dma::acquire", [](run &r) { r.acquire(dma); });
    enable_units(s, failed);
    s.add("ledger: units", [](run &r) { r.acquire(units); });
    if (!s.has(mutant::gate_before_rings))
        open_gates(s);
    s.add("ledger: bursts", [](run &r) { r.acquire(bursts); });
    if (!s.has(mutant::restart_forgets_removal))
        s.add("restart: removed?", [=](run &r) {
            if (r.has(flag_bit::removed))
                r.jump(failed);
        });
    move(s, state::restarting, event::restart_complete, free);
    s.go(free);
    s.bind(failed);
    s.add("restart failed: shut down?", [=](run &r) {
        if (r.is(state::shutdown))
            r.jump(freed);
    });
    s.finishing(true);
    if (!s.has(mutant::failed_restart_leaves_gate_open))
        close_gates(s, holding::lock);
    if (s.has(repair::failed_restart_awaits)) {
        const label overdue = s.fresh(), ended = s.fresh();
        wait_drained(s, overdue);
        s.go(ended);
        s.bind(overdue);
        pause_overdue(s);
        s.bind(ended);
    }
    if (!s.has(mutant::failed_restart_keeps_buffers))
        undo_section(s);
    s.finishing(false);
    s.bind(freed);
    move(s, state::restarting, event::restart_failed, free);
    s.bind(free);
    unlock(s);
    s.bind(out);
    s.end();
}

/// rte_pmd_miniport_pause and dev_stop.
inline void pause(script &s)
{
    const label free = s.fresh(), out = s.fresh(), pauses = s.fresh();
    lock(s, patience::endless, out);
    consult(s, request::pause, {.otherwise = free, .join = pauses});
    s.bind(pauses);
    do_pause(s);
    s.bind(free);
    unlock(s);
    report_paused(s);
    s.bind(out);
    s.end();
}

/// rte_pmd_miniport_pause_async.
inline void pause_async(script &s)
{
    const label out = s.fresh(), pending = s.fresh(), free = s.fresh(), other = s.fresh();
    const label no_alarm = s.fresh();
    const bool under_lock = s.has(repair::promise_under_lock);
    const auto make = [](run &r) {
        if (r.w.wanted != promise::none)
            r.violate("completion", "a promise that is not kept yet is overwritten");
        r.w.call = r.me;
        r.w.wanted = promise::made;
        if (r.w.pause_open)
            r.w.promised = static_cast<byte>(r.w.promised | 1u << (r.me - control_a));
    };
    const auto look = [=, &s] {
        s.add("pause_async: promise free?", [=](run &r) {
            if (r.w.wanted != promise::none)
                r.jump(under_lock ? free : other);
        });
    };
    s.add("pause_async: begin", [](run &r) { r.w.asked[r.me - control_a] = async::called; });
    if (!under_lock) {
        look();
        s.add("pause_async: promise made", make);
    }
    lock(s, patience::bounded, other);
    consult(s, request::pause_async, {.otherwise = free});
    if (under_lock)
        look();
    s.add("pause_async: begins", [](run &r) { r.w.asked[r.me - control_a] = async::begun; });
    begin_pause(s);
    s.each_queue([&](queue q, const std::string &name) {
        s.add("pause_async: " + name + " drained?", [=](run &r) {
            if (r.load(inside_of(q)) != 0)
                r.jump(pending);
        });
    });
    end_pause(s);
    s.bind(free);
    unlock(s);
    s.bind(other);
    s.add("pause_async: answer at once", [=](run &r) {
        const unsigned i = r.me - control_a;
        if (!under_lock && r.w.call == r.me)
            r.w.wanted = promise::none;
        r.w.asked[i] = async::other;
        if (r.w.told[i] != 0)
            r.violate("completion", "a pause that answers at once was told its end as well");
    });
    s.go(out);
    s.bind(pending);
    if (under_lock)
        s.add("pause_async: promise made", make);
    unlock(s);
    s.add("pause_async: rte_eal_alarm_set", [=](run &r) {
        if (r.fault())
            return r.jump(no_alarm);
        r.w.asked[r.me - control_a] = async::pending;
        r.w.armed = 1;
    });
    s.go(out);
    s.bind(no_alarm);
    lock(s, patience::endless, out);
    const label pauses = s.fresh(), paused = s.fresh();
    consult(s, request::pause, {.otherwise = paused, .join = pauses});
    s.bind(pauses);
    do_pause(s);
    s.bind(paused);
    unlock(s);
    report_paused(s);
    s.add("pause_async: -EINPROGRESS, without an alarm",
          [](run &r) { r.w.asked[r.me - control_a] = async::pending; });
    s.bind(out);
    s.end();
}

inline void reset(script &s)
{
    const label free = s.fresh(), out = s.fresh(), pauses = s.fresh(), resets = s.fresh();
    lock(s, patience::bounded, out);
    consult(s, request::reset, {.otherwise = free, .pause_first = pauses});
    s.go(resets);
    s.bind(pauses);
    do_pause(s);
    s.bind(resets);
    begin_reset(s);
    end_reset(s, false);
    s.bind(free);
    unlock(s); // a pause that this ended is told by its alarm
    s.bind(out);
    s.end();
}

/// dev_close: leave() of ethdev.cpp.
inline void close(script &s)
{
    const label free = s.fresh(), out = s.fresh(), pauses = s.fresh(), paused = s.fresh();
    s.add("close: the application has ended its polling", [](run &r) { r.w.quit = 1; });
    lock(s, patience::endless, out);
    consult(s, request::halt, {.otherwise = free, .pause_first = pauses});
    s.go(paused);
    s.bind(pauses);
    if (!s.has(mutant::halt_without_pause))
        do_pause(s);
    s.bind(paused);
    if (!s.has(mutant::halt_without_pause))
        s.add("halt: Paused?", [=](run &r) {
            if (!r.is(state::paused))
                r.jump(free);
        });
    do_halt(s, false, free);
    s.bind(free);
    unlock(s);
    report_paused(s);
    s.add("leave: cancel_completion", [](run &r) {
        if (r.where.completion.has(r.w.threads[eal].at))
            r.block();
        else
            r.w.armed = 0;
    });
    s.add("leave: forget_signals", [](run &r) {
        if (r.w.threads[handler].at != 0)
            r.block(); // until none is inside; none comes from here on
        r.w.threads[handler].left = 0;
    });
    s.add("leave: Shutdown?", [=](run &r) {
        if (!r.is(state::shutdown))
            r.jump(out);
    });
    s.add("leave: registers disconnected", [](run &r) { r.w.gone = 1; });
    s.add("leave: no callback any more, by release and wait", [](run &r) {
        if (r.where.awaited.has(r.w.threads[eal].at))
            return r.block();
        // Not freed: taken off, so that the BAR can be unmapped (N18, W14).
        r.w.held = static_cast<std::uint16_t>(r.w.held & ~(interrupt | timers));
    });
    s.bind(out);
    s.end();
}

/// recover (recovery.cpp): begin_recovery, the application is told, end_recovery.
inline void recover(script &s)
{
    const label free = s.fresh(), out = s.fresh();
    lock(s, patience::none, out);
    consult(s, request::recover, {.otherwise = free});
    begin_reset(s);
    unlock(s);
    lock(s, patience::endless, out);
    s.add("end_recovery: resetting?", [=, &s](run &r) {
        const bool lost = s.has(mutant::reset_end_lost) && !r.is(state::running);
        if (lost)
            r.clear(flag_bit::resetting);
        if (lost || !r.has(flag_bit::resetting))
            r.jump(free);
    });
    end_reset(s, true);
    s.bind(free);
    unlock(s);
    s.bind(out);
    s.end();
}

/// adapter::remove, by present() of whoever read all ones; no lock.
inline void remove(script &s)
{
    const label out = s.fresh();
    s.add("the device is pulled", [](run &r) {
        r.w.gone = 1;
        r.w.device = dma_state::off;
    });
    s.add("remove: ask, removed = true", [=](run &r) {
        if (r.ask(request::remove) == plan::answer || r.has(flag_bit::removed))
            return r.jump(out);
        r.set(flag_bit::removed);
    });
    close_gates(s, holding::nothing);
    s.add("remove: event", [](run &r) { r.happened(event::removed); });
    s.bind(out);
    s.end();
}

/// complete (api.cpp): the alarm that looks whether a pending pause can end.
inline void complete(script &s)
{
    const label later = s.fresh(), not_yet = s.fresh(), overdue = s.fresh();
    const label ends = s.fresh(), over = s.fresh();
    s.add("complete: alarm", [](run &r) { r.w.armed = 0; });
    lock(s, patience::bounded, later);
    s.add("complete_pause: Pausing?", [=](run &r) {
        if (!r.is(state::pausing))
            r.jump(over);
    });
    s.each_queue([&](queue q, const std::string &name) {
        const bool may_be_overdue = s.who_plays.overdue;
        s.add("complete_pause: " + name + " drained?", [=](run &r) {
            if (r.load(inside_of(q)) != 0)
                r.jump(may_be_overdue && r.fault() ? overdue : not_yet);
        });
    });
    s.go(ends);
    s.bind(overdue);
    pause_overdue(s);
    s.bind(ends);
    end_pause(s);
    s.bind(over);
    unlock(s);
    report_paused(s);
    s.end();
    s.bind(not_yet);
    unlock(s);
    s.bind(later);
    s.add("complete: alarm again", [](run &r) { r.w.armed = 1; });
    s.end();
}

} // namespace life_check
