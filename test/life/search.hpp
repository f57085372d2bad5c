// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Breadth-first search of every state that a scene can reach: every thread's next step, every store
// that may become visible, every choice of the environment. The first violation found is one of the
// shortest; its path is the counterexample.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "driver.hpp"

namespace life_check {

/// Who asks what. Requests are chosen at every moment, freely, up to the bound.
struct scene {
    const char *name;
    unsigned queues;                     ///< lcores that poll for ever
    bool running;                        ///< begins Running, otherwise Halted
    std::vector<miniport::request> a, b; ///< what the control threads may ask
    unsigned a_times, b_times;
    bool recovers = false, removed = false, signalled = false;
    unsigned eal_times = 1;
    unsigned faults = 0;
    bool overdue = false;
};

struct outcome {
    std::size_t states = 0;
    std::size_t stalls = 0; ///< states in which only running out of patience (10 s) goes on
    bool complete = true;   ///< false: stopped at the bound
    violation found;
    std::string path;
};

class search {
public:
    search(const scene &what, const switches &how, std::size_t most_states)
        : scene_{what}, script_{how, {what.queues, what.overdue}}, most_{most_states}
    {
        write();
    }

    outcome operator()()
    {
        insert(initial(), 0, {});
        for (std::size_t i = 0; i < states_.size() && !out_.found; ++i) {
            if (states_.size() > most_) {
                out_.complete = false;
                break;
            }
            expand(static_cast<std::uint32_t>(i));
        }
        out_.states = states_.size();
        return out_;
    }

private:
    /// How a state was reached: a step, a store becoming visible, or a request begun.
    struct cause {
        byte thread = 0;
        enum kind : byte { steps, visible, begins } what = steps;
        std::uint16_t detail = 0;
    };

    // --- the scripts -----------------------------------------------------------------------------
    struct entries {
        label initialize, restart, pause, pause_async, reset, close, recover, remove, complete,
            shutdown;
    };

    label entry(void (*of)(script &))
    {
        const label at = script_.here();
        of(script_);
        return at;
    }

    void write()
    {
        script &s = script_;
        burst(s, rx);
        burst(s, tx);
        at_.initialize = entry(initialize);
        at_.restart = entry(restart);
        at_.pause = entry(pause);
        at_.pause_async = entry(pause_async);
        at_.reset = entry(reset);
        at_.close = entry(close);
        s.where.awaited.begin = s.here();
        at_.recover = entry(recover);
        at_.remove = entry(remove);
        s.where.awaited.end = s.here();
        s.where.completion.begin = s.here();
        at_.complete = entry(complete);
        s.where.completion.end = s.here();
        at_.shutdown = entry(shutdown);
    }

    [[nodiscard]] label entry_of(miniport::request r) const
    {
        using miniport::request;
        switch (r) {
        case request::initialize:
            return at_.initialize;
        case request::restart:
            return at_.restart;
        case request::pause_async:
            return at_.pause_async;
        case request::reset:
            return at_.reset;
        case request::halt:
            return at_.close;
        default:
            return at_.pause;
        }
    }

    [[nodiscard]] world initial() const
    {
        world w;
        w.threads[rx_lcore].at = script_.where.poll[rx];
        w.threads[tx_lcore].at = script_.where.poll[tx];
        w.threads[control_a].left = static_cast<byte>(scene_.a_times);
        w.threads[control_b].left = static_cast<byte>(scene_.b_times);
        w.threads[eal].left =
            static_cast<byte>(scene_.recovers || scene_.removed ? scene_.eal_times : 0);
        w.threads[handler].left = scene_.signalled;
        w.faults = static_cast<byte>(scene_.faults);
        if (scene_.running) {
            w.life = miniport::state::running;
            w.held = hardware | timers | interrupt | rings | section | tx_frames | rx_buffers |
                     dma | units | bursts;
            w.device = dma_state::on;
            w.live[rx] = w.memory[slot_rx] = 1;
            for (unsigned q = 0; q < scene_.queues; ++q) {
                w.memory[gate_of(static_cast<queue>(q))] = open;
                w.owned = static_cast<byte>(w.owned & ~(1u << q));
            }
        }
        return w;
    }

    // --- what can happen next --------------------------------------------------------------------
    void expand(std::uint32_t from)
    {
        from_ = from;
        moved_ = false;
        const world here = states_[from];
        for (byte t = 0; t < thread_count && !out_.found; ++t) {
            const who me = static_cast<who>(t);
            for (unsigned i = 0; i < here.threads[t].stores; ++i)
                if (run::may_become_visible(here, me, i, script_.sw.memory))
                    make_visible(here, me, i);
            if (here.threads[t].at == 0)
                begin(here, me);
            else
                take_step(here, me);
        }
        if (!out_.found)
            judge(here);
    }

    void make_visible(const world &here, who me, unsigned i)
    {
        world w = here;
        run r{w, me, script_.sw, script_.where};
        const auto where = static_cast<std::uint16_t>(w.threads[me].buffer[i].where());
        r.become_visible(me, i);
        arrive(w, {me, cause::visible, where}, r.found());
    }

    void take_step(const world &here, who me)
    {
        const label at = here.threads[me].at;
        for (bool choice : {false, true}) {
            world w = here;
            run r{w, me, script_.sw, script_.where, choice};
            script_.steps[at].act(r);
            if (!r.blocked()) {
                w.threads[me].at =
                    r.target() ? script_.at(*r.target()) : static_cast<label>(at + 1);
                settle(w.threads[me]);
                arrive(w, {me, cause::steps, at}, r.found());
            }
            if (!r.has_choice())
                break;
        }
    }

    /// Past what is no step.
    void settle(thread &t) const
    {
        for (;;) {
            const step &s = script_.steps[t.at];
            if (s.ends) {
                t.at = 0;
                t.reg = 0;
                return;
            }
            if (!s.always)
                return;
            t.at = script_.at(*s.always);
        }
    }

    void begin(const world &here, who me)
    {
        using miniport::request;
        const auto start = [&](label at, bool counted) {
            world w = here;
            w.threads[me].at = at;
            w.threads[me].left = static_cast<byte>(w.threads[me].left - counted);
            arrive(w, {me, cause::begins, at}, {});
        };
        if (me == eal && here.armed)
            start(at_.complete, false);
        if (here.threads[me].left == 0)
            return;
        switch (me) {
        case control_a:
        case control_b:
            if (here.halted_for_good || here.quit)
                return; // the port is closed
            for (request r : me == control_a ? scene_.a : scene_.b)
                if (r != request::pause_async || here.asked[me - control_a] == async::none)
                    start(entry_of(r), true);
            break;
        case eal:
            if (!(here.held & (timers | interrupt)))
                return;
            if (scene_.recovers)
                start(at_.recover, true);
            if (scene_.removed && !here.gone)
                start(at_.remove, true);
            break;
        case handler:
            start(at_.shutdown, true);
            break;
        default:
            break;
        }
    }

    // --- what must hold in states where nothing is under way ------------------------------------
    void judge(const world &w)
    {
        bool idle = w.lock == 0;
        bool polling = false;
        for (byte t = 0; t < thread_count; ++t) {
            const thread &each = w.threads[t];
            if (t >= control_a)
                idle = idle && each.at == 0 && each.stores == 0;
            else
                polling |= each.at != script_.where.poll[t] || each.stores != 0;
        }
        if (idle)
            judge_idle(w);
        else if (!moved_ && !polling)
            run_out_of_patience(w);
    }

    void run_out_of_patience(const world &w)
    {
        for (byte t = control_a; t < thread_count; ++t)
            if (w.threads[t].at != 0 && w.lock != 0 && waits_with_patience(w.threads[t].at)) {
                ++out_.stalls;
                return; // 10 s later it is refused, and the others go on
            }
        fail({"deadlock", "nobody can go on"}, from_, {});
    }
    [[nodiscard]] bool waits_with_patience(label at) const
    {
        for (label request : {at_.initialize, at_.restart, at_.reset})
            if (at == request)
                return true;
        return false;
    }

    void judge_idle(const world &w)
    {
        using miniport::state;
        const auto bad = [&](const char *property, const char *what) {
            fail({property, what}, from_, {});
        };
        for (unsigned q = 0; q < scene_.queues && (w.held & rings); ++q) {
            const bool is_open = w.memory[gate_of(static_cast<queue>(q))] == open;
            const bool passes = miniport::passes_frames(w.life) && w.flags == 0;
            if (is_open && w.life == state::shutdown)
                bad("I3", "a gate is open in Shutdown");
            else if (is_open && w.life == state::running && w.flags != 0)
                bad("§4 flags",
                    "a gate is open although the adapter is removed, resetting or failed");
            else if (is_open && !passes)
                bad("I6/I19", "a gate is open although the adapter is not Running");
            else if (!is_open && passes)
                bad("§4", "a gate is closed although the adapter is Running");
        }
        if (w.life == state::shutdown && w.device == dma_state::on)
            bad("I3", "DMA is on in Shutdown");
        if (w.reset_open && w.life != state::shutdown) // shutdown ends a reset as well
            bad("I4", "a reset has begun and never ends");
        if (w.pause_open && !w.armed)
            bad("I4", "a pause has begun and never ends");
        if (w.life == state::pausing && !w.armed)
            bad("I4", "Pausing for ever");
        if (w.mark_due && w.life != state::halted && w.life != state::shutdown)
            bad("§4 shutdown", "a shutdown in Initializing was lost");
        for (unsigned i = 0; i < 2; ++i)
            if (w.asked[i] == async::pending && !w.armed && w.told[i] == 0)
                bad("completion", "an asynchronous pause is never told its end");
    }

    // --- the states ------------------------------------------------------------------------------
    void arrive(const world &w, cause by, const violation &v)
    {
        if (by.thread >= control_a && !same(w, states_[from_]))
            moved_ = true;
        if (v)
            fail(v, from_, by);
        else
            insert(w, from_, by);
    }

    static std::uint64_t hash(const world &w) noexcept
    {
        std::uint64_t words[sizeof(world) / 8];
        std::memcpy(words, &w, sizeof w);
        std::uint64_t h = 0x9E37'79B9'7F4A'7C15u;
        for (const std::uint64_t word : words) {
            h ^= word;
            h *= 0xFF51'AFD7'ED55'8CCDu;
            h ^= h >> 32;
        }
        return h;
    }

    void insert(const world &w, std::uint32_t parent, cause by)
    {
        if (states_.size() * 2 >= table_.size())
            grow();
        for (std::size_t at = hash(w) & (table_.size() - 1);; at = (at + 1) & (table_.size() - 1)) {
            if (table_[at] == 0) {
                states_.push_back(w);
                came_from_.push_back({parent, by});
                table_[at] = static_cast<std::uint32_t>(states_.size());
                return;
            }
            if (same(states_[table_[at] - 1], w))
                return;
        }
    }
    void grow()
    {
        table_.assign(std::max<std::size_t>(1u << 16, table_.size() * 2), 0);
        for (std::size_t i = 0; i < states_.size(); ++i) {
            std::size_t at = hash(states_[i]) & (table_.size() - 1);
            while (table_[at] != 0)
                at = (at + 1) & (table_.size() - 1);
            table_[at] = static_cast<std::uint32_t>(i + 1);
        }
    }

    // --- the counterexample ----------------------------------------------------------------------
    void fail(const violation &v, std::uint32_t from, cause last)
    {
        if (out_.found)
            return;
        out_.found = v;
        std::vector<cause> path;
        if (last.what != cause::steps || last.detail != 0)
            path.push_back(last);
        for (std::uint32_t i = from; i != 0; i = came_from_[i].parent)
            path.push_back(came_from_[i].by);
        byte speaker = thread_count;
        for (std::size_t i = path.size(); i-- > 0;) {
            const cause &c = path[i];
            if (c.thread != speaker) {
                out_.path += (speaker == thread_count ? "" : " | ");
                out_.path += std::string{thread_names[c.thread]} + ": ";
            } else {
                out_.path += "; ";
            }
            speaker = c.thread;
            out_.path += text(c);
        }
    }
    [[nodiscard]] std::string text(const cause &c) const
    {
        static constexpr std::array cells{"gate rx", "gate tx", "inside rx", "inside tx",
                                          "ring rx", "ring tx", "halting",   "marked"};
        if (c.what == cause::visible)
            return std::string{"(store to "} + cells[c.detail] + " becomes visible)";
        if (c.what == cause::steps)
            return script_.steps[c.detail].name;
        const std::pair<label, const char *> names[] = {{at_.initialize, "INITIALIZE"},
                                                        {at_.restart, "RESTART"},
                                                        {at_.pause, "PAUSE"},
                                                        {at_.pause_async, "PAUSE ASYNC"},
                                                        {at_.reset, "RESET"},
                                                        {at_.close, "CLOSE"},
                                                        {at_.recover, "RECOVER"},
                                                        {at_.remove, "REMOVE"},
                                                        {at_.complete, "COMPLETION ALARM"},
                                                        {at_.shutdown, "SHUTDOWN"}};
        for (const auto &[at, name] : names)
            if (at == c.detail)
                return name;
        return "?";
    }

    struct origin {
        std::uint32_t parent;
        cause by;
    };

    const scene scene_;
    script script_;
    const std::size_t most_;
    entries at_{};
    std::vector<world> states_;
    std::vector<origin> came_from_;
    std::vector<std::uint32_t> table_; ///< 1 + index into states_
    outcome out_;
    std::uint32_t from_ = 0;
    bool moved_ = false;
};

} // namespace life_check
