// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What one micro-step may do to the world, and what must hold when it does: memory accesses through
// store buffers, the adapter's words, locks, resources. Each property is checked where it could
// break. A step that cannot go on yet says block(), and whatever it has changed is discarded.
//
// The memory models
//   both   A store goes into its thread's buffer (3 deep) and becomes visible later, at any moment,
//          by a step of its own. A thread reads its own newest pending store first. A
//          read-modify-write, a seq_cst fence and the release of a lock empty the thread's buffer;
//          membarrier empties that of every thread, one after the other, while others go on.
//   tso    Stores of a thread become visible in program order (x86).
//   weak   Stores of a thread to different locations become visible in any order, but a release
//          store only behind all before it. Loads are performed in program order behind an acquire
//          load; behind a relaxed one the loads that follow may be performed first, which the
//          mutants that relax an acquire do. (A store never precedes the load that guards it; two
//          loads of one location never go backwards; every thread agrees on the order of stores to
//          all locations, as on x86, ARMv8 and RISC-V: multi-copy atomic.)
// Not modelled: LL/SC read-modify-writes that later stores overtake, and MMIO as a barrier.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/answers.hpp"
#include "adapter/transitions.hpp"
#include "switches.hpp"
#include "world.hpp"

namespace life_check {

/// A property that does not hold.
struct violation {
    const char *property = nullptr; ///< "I5", "deadlock", …
    const char *what = nullptr;
    explicit operator bool() const noexcept { return property != nullptr; }
};

using label = std::uint16_t;

/// Where in the scripts is what, as far as a step must know of other threads.
struct layout {
    struct range {
        label begin = 0, end = 0;
        [[nodiscard]] constexpr bool has(label at) const noexcept
        {
            return at >= begin && at < end;
        }
    };
    std::array<label, queue_count> poll{};   ///< a burst begins
    std::array<range, queue_count> inside{}; ///< behind the second look, before the last store
    range awaited;                           ///< callbacks that halt waits for
    range completion;                        ///< callback that close waits for
    std::vector<bool> finishing;             ///< per step: its thread has begun to release
};

class run {
public:
    run(world &state, who thread, const switches &how, const layout &scripts,
        bool choice = false) noexcept
        : w{state}, me{thread}, sw{how}, where{scripts}, choice_{choice}
    {}

    world &w;
    const who me;
    const switches &sw;
    const layout &where;

    // --- how the step ends ---------------------------------------------------------------------
    void block() noexcept { blocked_ = true; }
    void jump(label to) noexcept { jump_ = to; }
    /// A choice of the environment: the step is taken with both answers.
    [[nodiscard]] bool either() noexcept
    {
        asked_ = true;
        return choice_;
    }
    void violate(const char *property, const char *what) noexcept
    {
        if (!found_)
            found_ = {property, what};
    }
    [[nodiscard]] bool blocked() const noexcept { return blocked_; }
    [[nodiscard]] bool has_choice() const noexcept { return asked_; }
    [[nodiscard]] std::optional<label> target() const noexcept { return jump_; }
    [[nodiscard]] const violation &found() const noexcept { return found_; }

    [[nodiscard]] thread &self() noexcept { return w.threads[me]; }
    [[nodiscard]] byte &reg() noexcept { return self().reg; }

    // --- memory --------------------------------------------------------------------------------
    [[nodiscard]] byte load(cell c) noexcept
    {
        const thread &t = self();
        for (unsigned i = t.stores; i-- > 0;)
            if (t.buffer[i].where() == c)
                return t.buffer[i].value();
        return w.memory[c];
    }
    enum class order : byte { relaxed, release };
    void store(cell c, byte value, order how) noexcept
    {
        thread &t = self();
        if (t.stores == t.buffer.size())
            return block(); // until one has become visible
        t.buffer[t.stores++] = pending_store::of(c, value, how == order::release);
    }
    /// What a read-modify-write, a full fence and an unlock do first.
    void drain(who of) noexcept
    {
        while (w.threads[of].stores != 0)
            become_visible(of, 0);
    }
    void full_fence() noexcept { drain(me); }

    /// Whether pending store i of thread `of` may become visible now.
    [[nodiscard]] static bool may_become_visible(const world &w, who of, unsigned i,
                                                 memory_order_model m) noexcept
    {
        const thread &t = w.threads[of];
        if (i == 0 || m == memory_order_model::tso || t.buffer[i].release())
            return i == 0;
        for (unsigned j = 0; j < i; ++j)
            if (t.buffer[j].where() == t.buffer[i].where())
                return false;
        return true;
    }
    void become_visible(who of, unsigned i) noexcept
    {
        thread &t = w.threads[of];
        const pending_store s = t.buffer[i];
        for (unsigned j = i + 1; j < t.stores; ++j)
            t.buffer[j - 1] = t.buffer[j];
        t.buffer[--t.stores] = {};
        w.memory[s.where()] = s.value();
        if (of <= tx_lcore && (s.where() == slot_rx || s.where() == slot_tx))
            burst_touches(of == rx_lcore ? rx : tx);
    }

    // --- the burst and its ring ----------------------------------------------------------------
    /// I5, I16: what a burst does to ring memory, also when it becomes visible.
    void burst_touches(queue q) noexcept
    {
        if (!holds(rings))
            violate("I16", "a burst touches ring memory that was freed");
        else if ((w.owned >> q & 1) && !(w.stranded >> q & 1))
            violate("I5", "a burst touches a ring that is not its own");
    }
    void burst_keeps(queue q, byte mbuf) noexcept
    {
        if (w.live[q] != mbuf)
            violate("I9", "a burst hands out an mbuf that was freed");
    }

    // --- the owner of the rings ----------------------------------------------------------------
    void own(queue q) noexcept { w.owned = static_cast<byte>(w.owned | 1u << q); }
    void disown(queue q) noexcept { w.owned = static_cast<byte>(w.owned & ~(1u << q)); }
    [[nodiscard]] byte fresh(queue q) noexcept
    {
        w.generation = static_cast<byte>(w.generation ^ 1u << q);
        return static_cast<byte>(1 + (w.generation >> q & 1));
    }
    void free_mbuf(queue q, byte mbuf) noexcept
    {
        may_free();
        if (w.device != dma_state::off)
            violate("I10", "an mbuf is freed while the device may write it");
        if (mbuf != 0 && w.live[q] != mbuf)
            violate("I9", "an mbuf is freed twice");
        if (mbuf == 0 && w.live[q] != 0)
            violate("I8", "an mbuf of the ring is lost");
        w.live[q] = 0;
    }
    void rewrite(queue q) noexcept
    {
        own(q);
        if (w.device != dma_state::off)
            violate("I10", "descriptors are rewritten while the device may read them");
    }

    // --- what the ledger holds -----------------------------------------------------------------
    [[nodiscard]] bool holds(std::uint16_t what) const noexcept { return (w.held & what) != 0; }
    void acquire(std::uint16_t what) noexcept
    {
        if (w.halted_for_good)
            violate("I16", "something is acquired after halt");
        w.held = static_cast<std::uint16_t>(w.held | what);
    }
    void release(std::uint16_t what) noexcept
    {
        may_free();
        w.held = static_cast<std::uint16_t>(w.held & ~what);
    }
    /// I3: after shutdown nothing is freed but by who had begun to.
    void may_free() noexcept
    {
        if (w.life == miniport::state::shutdown && !(w.may_finish >> me & 1))
            violate("I3", "something is freed after shutdown");
        if (w.halted_for_good)
            violate("I16", "something is freed after halt");
    }
    void touch_hardware() noexcept
    {
        if (w.halted_for_good)
            violate("I16", "a register is touched after halt");
    }
    /// A failure that the test injects, as often as its budget says.
    [[nodiscard]] bool fault() noexcept
    {
        if (w.faults == 0 || !either())
            return false;
        --w.faults;
        return true;
    }

    // --- the adapter's words -------------------------------------------------------------------
    [[nodiscard]] bool is(miniport::state s) const noexcept { return w.life == s; }
    [[nodiscard]] bool has(miniport::flag_bit f) const noexcept
    {
        return miniport::flags{w.flags}.has(f);
    }
    void set(miniport::flag_bit f) noexcept
    {
        full_fence();
        if (w.halted_for_good)
            violate("I16", "a flag is set after halt");
        w.flags = static_cast<byte>(w.flags | static_cast<byte>(f));
    }
    void clear(miniport::flag_bit f) noexcept
    {
        full_fence();
        w.flags = static_cast<byte>(w.flags & ~static_cast<unsigned>(f));
    }
    [[nodiscard]] miniport::plan ask(miniport::request r) const noexcept
    {
        byte seen = w.flags;
        if (sw.has(mutant::restart_during_reset) && r == miniport::request::restart)
            seen = static_cast<byte>(seen & ~static_cast<byte>(miniport::flag_bit::resetting));
        return miniport::ask(r, w.life, miniport::flags{seen}).what;
    }

    /// adapter::move: compare-and-exchange along the table. False: shut down meanwhile.
    [[nodiscard]] bool move(miniport::state from, miniport::event on) noexcept
    {
        full_fence();
        const std::optional<miniport::state> to = miniport::next(from, on);
        if (!to) {
            violate("I2", "the table lacks this transition");
            return true;
        }
        if (w.life != from && !sw.has(mutant::move_overwrites_shutdown))
            return false;
        change(*to);
        happened(on);
        return true;
    }
    /// I2: every change of state, however it comes about, is one of the table.
    void change(miniport::state to) noexcept
    {
        bool legal = false;
        for (const miniport::transition &t : miniport::life)
            legal |= t.from == w.life && t.to == to;
        if (!legal)
            violate("I2", "a change of state that the table lacks");
        w.life = to;
    }

    /// I4, I5, I11, I12, I13: events in their order, and what must hold at each.
    void happened(miniport::event e) noexcept
    {
        using miniport::event;
        const std::uint16_t by_restart = section | tx_frames | rx_buffers | dma | units | bursts;
        if (w.halted_for_good && e != event::initialize)
            violate("I16", "an event after halt");
        if (w.pause_open && (e == event::restart || e == event::halt || e == event::initialize))
            violate("I4", "a pause has not ended and the next transition begins");
        switch (e) {
        case event::initialize:
            w.halted_for_good = 0;
            break;
        case event::initialize_failed:
            w.mark_due = 0;
            if (holds(static_cast<std::uint16_t>(~rings)))
                violate("I12", "failed initialize still holds something");
            break;
        case event::restart_failed:
            if (holds(by_restart))
                violate("I11", "failed restart still holds something");
            break;
        case event::pause:
            if (w.pause_open)
                violate("I4", "a pause begins in a pause");
            w.pause_open = 1;
            break;
        case event::pause_complete:
            if (!w.pause_open)
                violate("I4", "a pause ends twice");
            if (!w.overdue && (inside(rx) || inside(tx)))
                violate("I5", "a pause ends with a burst inside");
            if (!w.overdue && w.stranded)
                violate("I8", "a pause that was not overdue leaves mbufs posted");
            w.pause_open = w.overdue = w.promised = 0;
            for (queue q : {rx, tx})
                own(q);
            break;
        case event::halt:
            w.reset_open = 0;
            if (holds(static_cast<std::uint16_t>(~rings)))
                violate("I13", "halt ends and something is still held");
            break;
        case event::shutdown:
            w.pause_open = w.promised = 0;
            break;
        case event::reset:
            if (w.reset_open)
                violate("I4", "a reset begins in a reset");
            w.reset_open = 1;
            break;
        case event::reset_complete:
        case event::reset_failed:
            if (!w.reset_open)
                violate("I4", "a reset ends twice");
            w.reset_open = 0;
            break;
        default:
            break;
        }
    }
    /// Whether a burst that passed the gate has not left it.
    [[nodiscard]] bool inside(queue q) const noexcept
    {
        return where.inside[q].has(w.threads[q == rx ? rx_lcore : tx_lcore].at);
    }

private:
    const bool choice_;
    bool blocked_ = false;
    bool asked_ = false;
    std::optional<label> jump_;
    violation found_;
};

} // namespace life_check
