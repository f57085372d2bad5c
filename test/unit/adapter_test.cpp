// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "adapter/adapter.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <new>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "catch.hpp"
#include "keeper.hpp"

using namespace miniport;

namespace {

using memory = thing<'m'>;
using timer = thing<'t'>;
using irq = thing<'i'>;
using queue = thing<'q', true>; // belongs to ethdev
using buffers = thing<'b'>;
using unit = thing<'u'>;

template <std::size_t Capacity>
using book = ledger<keeper, Capacity, memory, timer, irq, queue, buffers, unit>;

/// What the handlers do and what becomes of it.
struct world : keeper {
    unsigned pendings = 0; ///< pauses that are not complete at once
    status reset_result = status::ok;
    std::function<void(char)> inside = [](char) {}; ///< runs within handlers: I R G H Z(reset)
    std::vector<trace_entry> told;
};

/// initialize acquires m t i, restart b0 b1 u, halt takes i out of turn.
template <std::size_t Capacity = 16> struct handlers {
    using owner_type = keeper;
    using ledger_type = book<Capacity>;

    world &w;

    keeper &owner() noexcept { return w; }
    status initialize(ledger_type &l)
    {
        w.log += "initialize ";
        w.inside('I');
        status s = l.template acquire<memory>(w);
        if (!failed(s))
            s = l.template acquire<timer>(w);
        if (!failed(s))
            s = l.template acquire<irq>(w);
        return s;
    }
    status restart(ledger_type &l)
    {
        w.log += "restart ";
        w.inside('R');
        status s = l.template acquire<buffers>(w, 0);
        if (!failed(s))
            s = l.template acquire<buffers>(w, 1);
        if (!failed(s))
            s = l.template acquire<unit>(w);
        return s;
    }
    void close_gates() noexcept { w.log += "close "; }
    pause_result pause() noexcept
    {
        w.log += "pause ";
        w.inside('G');
        return w.pendings != 0 ? (--w.pendings, pause_result::pending) : pause_result::success;
    }
    void pause_overdue() noexcept { w.log += "overdue "; }
    status reset(ledger_type &, bool passing)
    {
        w.log += passing ? "reset(passing) " : "reset ";
        w.inside('Z');
        return w.reset_result;
    }
    void halt(ledger_type &l, halt_action) noexcept
    {
        w.log += "halt ";
        w.inside('H');
        l.template release<irq>(w);
    }
    void shutdown() noexcept { w.log += "shutdown "; }
    void doze() noexcept { w.log += "doze "; }
    void happened(const trace_entry &e) noexcept { w.told.push_back(e); }
};
static_assert(miniport_handlers<handlers<>>);

using life_form = adapter<book<16>>;
using names = std::vector<std::string>;

const names initialized{"m0", "t0", "i0"};
const names running{"m0", "t0", "i0", "b0", "b1", "u0"};

std::vector<trace_entry> entries(const trace &t)
{
    std::array<trace_entry, trace::capacity> out;
    const std::size_t n = t.copy(out);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n)};
}

/// What happened, by letters: the state reached, or in lower case an event that moved nothing:
/// z reset begins, y it completed, n it failed, x removed. "IPTRGPH" is a whole life.
std::string story(const trace &t)
{
    std::string s;
    for (const trace_entry &e : entries(t)) {
        const char moved = "HIPTRGS"[static_cast<std::size_t>(e.to)];
        s += e.on == event::reset            ? 'z'
             : e.on == event::reset_complete ? 'y'
             : e.on == event::reset_failed   ? 'n'
             : e.on == event::removed        ? 'x'
                                             : moved;
    }
    return s;
}

/// What a caller of pause_async is promised: to be told of the end.
struct promise {
    bool is_free = true;
    unsigned made = 0;
    [[nodiscard]] bool free() const { return is_free; }
    void make() { ++made; }
};

/// An adapter with its handlers.
struct machine {
    world w{};
    promise told_later{};
    life_form subject{};

    status initialize() { return subject.initialize(handlers<>{w}); }
    status restart() { return subject.restart(handlers<>{w}); }
    void pause() { subject.pause(handlers<>{w}); }
    status pause_async() { return subject.pause_async(handlers<>{w}, told_later); }
    status complete_pause() { return subject.complete_pause(handlers<>{w}); }
    void halt(halt_action a = halt_action::device_disabled) { subject.halt(handlers<>{w}, a); }
    void shutdown() { subject.shutdown(handlers<>{w}); }
    status reset() { return subject.reset(handlers<>{w}); }
    bool begin_recovery() { return subject.begin_recovery(handlers<>{w}); }
    status end_recovery() { return subject.end_recovery(handlers<>{w}); }
    bool remove() { return subject.remove(handlers<>{w}); }

    status add_queue(std::uint16_t n)
    {
        return subject.when_allowed(request::queue_setup,
                                    [&] { return subject.held().acquire<queue>(w, n); });
    }
    [[nodiscard]] bool is(flag_bit f) const { return subject.attributes().has(f); }
    [[nodiscard]] std::string story() const { return ::story(subject.history()); }

    machine &until_paused()
    {
        REQUIRE(initialize() == status::ok);
        return *this;
    }
    machine &until_running()
    {
        until_paused();
        REQUIRE(restart() == status::ok);
        w.taken_log();
        return *this;
    }
};

// A handler that answers more than NDIS allows is none.
struct pause_may_fail : handlers<> {
    status pause() noexcept { return status::ok; }
};
struct halt_may_fail : handlers<> {
    status halt(ledger_type &, halt_action) noexcept { return status::ok; }
};
struct pause_may_throw : handlers<> {
    pause_result pause() { return pause_result::success; }
};
struct shutdown_may_throw : handlers<> {
    void shutdown() {}
};

} // namespace

TEST_CASE("a pause, halt or shutdown that could fail is no handler", "[lib][adapter]")
{
    STATIC_REQUIRE_FALSE(miniport_handlers<pause_may_fail>);
    STATIC_REQUIRE_FALSE(miniport_handlers<halt_may_fail>);
    STATIC_REQUIRE_FALSE(miniport_handlers<pause_may_throw>);
    STATIC_REQUIRE_FALSE(miniport_handlers<shutdown_may_throw>);
}

TEST_CASE("a new adapter is Halted, holds nothing and has no history", "[lib][adapter]")
{
    const life_form subject;
    CHECK(subject.now() == state::halted);
    CHECK(subject.attributes().bits == 0);
    CHECK(subject.held().size() == 0);
    CHECK(subject.history().total() == 0);
}

TEST_CASE("a whole life, in order", "[lib][adapter]")
{
    machine m;
    CHECK(m.initialize() == status::ok);
    CHECK(m.w.taken_log() == "initialize +m0 +t0 +i0 ");
    CHECK(m.subject.now() == state::paused);

    CHECK(m.restart() == status::ok);
    CHECK(m.w.taken_log() == "restart +b0 +b1 +u0 ");
    CHECK(m.subject.now() == state::running);

    m.pause();
    CHECK(m.w.taken_log() == "close pause -u0 -b1 -b0 ");
    CHECK(m.subject.now() == state::paused);

    m.halt();
    CHECK(m.w.taken_log() == "halt -i0 -t0 -m0 ");
    CHECK(m.subject.now() == state::halted);
    CHECK(m.story() == "IPTRGPH");
    CHECK(m.subject.held().size() == 0);
}

// --- initialize and restart that fail
// ---------------------------------------------------------------

TEST_CASE("initialize that fails at the k-th acquisition leaves nothing", "[lib][adapter]")
{
    for (int k = 0; k < 3; ++k) {
        CAPTURE(k);
        machine m;
        m.w.left = k;
        m.w.failure = status::timed_out;
        CHECK(m.initialize() == status::timed_out);
        CHECK(m.subject.now() == state::halted);
        CHECK(m.w.held.empty());
        CHECK(m.subject.held().size() == 0);
        CHECK(m.story() == "IH");
        CHECK(entries(m.subject.history()).back().result == status::timed_out);

        m.w.left = -1; // and it may be tried again
        CHECK(m.initialize() == status::ok);
        CHECK(m.w.held == initialized);
    }
}

TEST_CASE("a failed initialize is undone in reverse", "[lib][adapter]")
{
    machine m;
    m.w.left = 2;
    CHECK(failed(m.initialize()));
    CHECK(m.w.log == "initialize +m0 +t0 -t0 -m0 ");
}

TEST_CASE("restart that fails at the k-th acquisition leaves what was before", "[lib][adapter]")
{
    for (int k = 0; k < 3; ++k) {
        CAPTURE(k);
        machine m;
        m.until_paused();
        REQUIRE(m.add_queue(0) == status::ok);
        const names before = m.w.held;
        const std::size_t noted = m.subject.held().size();
        m.w.left = k;
        m.w.failure = status::no_memory;
        CHECK(m.restart() == status::no_memory);
        CHECK(m.subject.now() == state::paused);
        CHECK(m.w.held == before);
        CHECK(m.subject.held().size() == noted);
        CHECK(m.story() == "IPTP");
        CHECK(entries(m.subject.history()).back().result == status::no_memory);

        m.w.left = -1;
        CHECK(m.restart() == status::ok);
        CHECK(m.subject.now() == state::running);
    }
}

TEST_CASE("a failed restart closes the gates and awaits bursts before it takes anything back",
          "[lib][adapter]")
{
    machine m;
    m.until_paused().w.taken_log();
    m.w.left = 2;
    CHECK(failed(m.restart()));
    CHECK(m.w.log == "restart +b0 +b1 close pause -b1 -b0 ");
}

TEST_CASE("restart without room in the ledger does not reach the handler", "[lib][adapter]")
{
    world w;
    adapter<book<3>> subject;
    REQUIRE(subject.initialize(handlers<3>{w}) == status::ok);
    w.taken_log();
    CHECK(subject.restart(handlers<3>{w}) == status::no_memory);
    CHECK(w.log.empty());
    CHECK(subject.now() == state::paused);
    CHECK(story(subject.history()) == "IPTP");
}

TEST_CASE("a ledger too small inside restart is undone, too", "[lib][adapter]")
{
    world w;
    adapter<book<5>> subject; // three, the section, one
    REQUIRE(subject.initialize(handlers<5>{w}) == status::ok);
    CHECK(subject.restart(handlers<5>{w}) == status::no_memory);
    CHECK(w.held == initialized);
    CHECK(subject.held().size() == 3);
}

TEST_CASE("requests that the state refuses change nothing", "[lib][adapter]")
{
    machine m;
    CHECK(m.restart() == status::wrong_state); // Halted
    m.pause();
    m.halt();
    CHECK(m.w.log.empty());
    CHECK(m.subject.now() == state::halted);

    m.until_paused().w.taken_log();
    m.pause(); // Paused already
    CHECK(m.w.log.empty());

    REQUIRE(m.restart() == status::ok);
    m.w.taken_log();
    CHECK(m.initialize() == status::busy); // Running
    CHECK(m.restart() == status::ok);
    CHECK(m.w.log.empty());
    CHECK(m.subject.now() == state::running);
    CHECK(m.story() == "IPTR");
}

// --- pause
// ------------------------------------------------------------------------------------------

TEST_CASE("a pending pause is waited for, dozing", "[lib][adapter]")
{
    machine m;
    m.until_running().w.pendings = 2;
    m.pause();
    CHECK(m.w.log == "close pause doze pause doze pause -u0 -b1 -b0 ");
    CHECK(m.story() == "IPTRGP");
}

TEST_CASE("a pause needs nothing that could fail", "[lib][adapter]")
{
    machine m;
    m.until_running().w.left = 0; // nothing can be acquired any more, and need not be (W2)
    m.pause();
    CHECK(m.subject.now() == state::paused);
    CHECK(m.w.held == initialized);
    m.pause();
    CHECK(m.subject.now() == state::paused);
}

TEST_CASE("a pause that a burst holds up ends after two seconds", "[lib][adapter][slow]")
{
    machine m;
    m.until_running().w.pendings = 1'000'000;
    m.w.inside = [](char) { std::this_thread::sleep_for(std::chrono::milliseconds{50}); };
    const std::uint64_t start = trace::now_ns();
    m.pause();
    const std::uint64_t took = trace::now_ns() - start;
    CHECK(took >= 2'000'000'000);
    CHECK(took < 3'000'000'000);
    CHECK(m.subject.now() == state::paused);
    CHECK(m.w.log.ends_with("pause overdue -u0 -b1 -b0 "));
}

TEST_CASE("an asynchronous pause that can end at once does", "[lib][adapter]")
{
    machine m;
    m.until_running();
    CHECK(m.pause_async() == status::ok);
    CHECK(m.w.log == "close pause -u0 -b1 -b0 ");
    CHECK(m.subject.now() == state::paused);
    CHECK(m.pause_async() == status::ok); // already so
    CHECK(m.complete_pause() == status::ok);
    CHECK(m.told_later.made == 0); // nobody is told what the answer said
}

TEST_CASE("an asynchronous pause waits until its last caller was told", "[lib][adapter]")
{
    machine m;
    m.until_running().told_later.is_free = false;
    CHECK(m.pause_async() == status::already);
    CHECK(m.w.log.empty());
    CHECK(m.subject.now() == state::running);
}

TEST_CASE("an asynchronous pause stays Pausing until it is completed", "[lib][adapter]")
{
    machine m;
    m.until_running().w.pendings = 2;
    CHECK(m.pause_async() == status::in_progress);
    CHECK(m.told_later.made == 1);
    CHECK(m.subject.now() == state::pausing);
    CHECK(m.pause_async() == status::already);
    CHECK(m.told_later.made == 1);
    CHECK(m.restart() == status::busy);
    CHECK(m.initialize() == status::busy);
    CHECK(m.complete_pause() == status::in_progress);
    CHECK(m.w.held == running);
    CHECK(m.complete_pause() == status::ok);
    CHECK(m.subject.now() == state::paused);
    CHECK(m.w.held == initialized);
    CHECK(m.story() == "IPTRGP");
}

TEST_CASE("pause and halt end a pause that is under way", "[lib][adapter]")
{
    SECTION("pause")
    {
        machine m;
        m.until_running().w.pendings = 2;
        REQUIRE(m.pause_async() == status::in_progress);
        m.pause();
        CHECK(m.subject.now() == state::paused);
        CHECK(m.story() == "IPTRGP");
    }
    SECTION("halt")
    {
        machine m;
        m.until_running().w.pendings = 2;
        REQUIRE(m.pause_async() == status::in_progress);
        m.halt();
        CHECK(m.subject.now() == state::halted);
        CHECK(m.story() == "IPTRGPH");
        CHECK(m.w.held.empty());
    }
}

// --- halt
// -------------------------------------------------------------------------------------------

TEST_CASE("halt from Running pauses first", "[lib][adapter]")
{
    machine m;
    m.until_running().halt();
    CHECK(m.w.log == "close pause -u0 -b1 -b0 halt -i0 -t0 -m0 ");
    CHECK(m.story() == "IPTRGPH");
}

TEST_CASE("a halt that is asked for takes the survivors, too, whatever its action", "[lib][adapter]")
{
    for (int a = 0; a < 7; ++a) {
        const auto action = static_cast<halt_action>(a);
        CAPTURE(name(action));
        machine m;
        REQUIRE(m.until_paused().add_queue(2) == status::ok);
        m.halt(action);
        CHECK(m.w.held.empty());
        CHECK(entries(m.subject.history()).back().action == action);
        CHECK(m.subject.now() == state::halted);
    }
}

TEST_CASE("initialize again halts first and keeps the survivors", "[lib][adapter]")
{
    machine m;
    m.until_paused();
    REQUIRE(m.add_queue(0) == status::ok);
    REQUIRE(m.add_queue(1) == status::ok);
    m.w.taken_log();
    CHECK(m.initialize() == status::ok);
    CHECK(m.w.log == "halt -i0 -t0 -m0 initialize +m0 +t0 +i0 ");
    CHECK(m.w.held == names{"q0", "q1", "m0", "t0", "i0"});
    CHECK(m.story() == "IPHIP");
    CHECK(entries(m.subject.history())[2].action == halt_action::device_stopped);

    m.w.taken_log();
    m.halt();
    CHECK(m.w.log == "halt -i0 -t0 -m0 -q1 -q0 "); // the hardware stops before the queues go
}

TEST_CASE("initialize again that fails keeps the survivors only", "[lib][adapter]")
{
    for (int k = 0; k < 3; ++k) {
        CAPTURE(k);
        machine m;
        REQUIRE(m.until_paused().add_queue(0) == status::ok);
        m.w.left = k;
        CHECK(m.initialize() == status::io_error);
        CHECK(m.subject.now() == state::halted);
        CHECK(m.w.held == names{"q0"});
        CHECK(m.story() == "IPHIH");

        m.w.left = -1;
        CHECK(m.initialize() == status::ok);
        m.halt();
        CHECK(m.w.held.empty());
    }
}

TEST_CASE("many cycles leave nothing behind", "[lib][adapter]")
{
    machine m;
    m.until_paused();
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(m.restart() == status::ok);
        m.pause();
    }
    CHECK(m.w.held == initialized);
    CHECK(m.subject.held().size() == 3);
    CHECK(m.subject.history().total() == 2 + 4 * 1000);
}

// --- shutdown
// ---------------------------------------------------------------------------------------

TEST_CASE("shutdown before any initialize is ignored", "[lib][adapter]")
{
    machine m;
    m.shutdown();
    CHECK(m.subject.now() == state::halted);
    CHECK(m.w.log.empty());
    CHECK(m.initialize() == status::ok);
}

TEST_CASE("after shutdown nothing is acquired, released or moved", "[lib][adapter]")
{
    for (const bool was_running : {false, true}) {
        CAPTURE(was_running);
        machine m;
        was_running ? m.until_running() : m.until_paused();
        const names before = m.w.held;
        m.w.taken_log();
        m.shutdown();
        CHECK(m.w.taken_log() == "shutdown ");
        CHECK(m.subject.now() == state::shutdown);

        CHECK(m.initialize() == status::shut_down);
        CHECK(m.restart() == status::shut_down);
        m.pause();
        CHECK(m.pause_async() == status::ok);
        CHECK(m.complete_pause() == status::ok);
        m.halt();
        CHECK(m.reset() == status::shut_down);
        CHECK_FALSE(m.begin_recovery());
        CHECK_FALSE(m.remove());
        CHECK(m.add_queue(0) == status::shut_down);
        m.shutdown();
        CHECK(m.w.log.empty());
        CHECK(m.w.held == before);
        CHECK(m.story() == (was_running ? "IPTRS" : "IPS"));
    }
}

TEST_CASE("shutdown inside initialize takes effect when that ends", "[lib][adapter]")
{
    machine m;
    m.w.inside = [&](char) { m.shutdown(); };
    CHECK(m.initialize() == status::shut_down);
    CHECK(m.subject.now() == state::halted);
    CHECK(m.w.held.empty());
    CHECK(m.story() == "IH");
    m.w.inside = [](char) {};
    CHECK(m.initialize() == status::ok); // the mark is gone with it
}

TEST_CASE("shutdown inside restart stops at once and frees nothing", "[lib][adapter]")
{
    machine m;
    m.until_paused();
    m.w.inside = [&](char where) {
        if (where == 'R')
            m.shutdown();
    };
    SECTION("restart succeeds otherwise")
    {
        CHECK(m.restart() == status::shut_down);
        CHECK(m.w.held == running);
    }
    SECTION("restart fails otherwise")
    {
        m.w.left = 1;
        CHECK(m.restart() == status::shut_down);
        CHECK(m.w.held == names{"m0", "t0", "i0", "b0"});
    }
    CHECK(m.subject.now() == state::shutdown);
    CHECK(m.story() == "IPTS");
    CHECK(m.w.log.ends_with("shutdown ")); // what restart began since is stopped, too
}

TEST_CASE("shutdown inside pause: the pauser returns, nothing is freed", "[lib][adapter]")
{
    machine m;
    m.until_running().w.inside = [&](char) { m.shutdown(); };
    m.pause();
    CHECK(m.subject.now() == state::shutdown);
    CHECK(m.w.held == running);
    CHECK(m.story() == "IPTRGS");
}

TEST_CASE("shutdown inside a reset stops what the reset began", "[lib][adapter]")
{
    machine m;
    m.until_paused().w.inside = [&](char) { m.shutdown(); };
    CHECK(m.reset() == status::shut_down);
    CHECK(m.subject.now() == state::shutdown);
    CHECK(m.w.log.ends_with("reset shutdown shutdown "));
    CHECK_FALSE(m.is(flag_bit::failed));
}

TEST_CASE("shutdown inside halt does no work", "[lib][adapter]")
{
    machine m;
    m.until_paused().w.taken_log();
    m.w.inside = [&](char) { m.shutdown(); };
    m.halt();
    CHECK(m.w.log == "halt -i0 -t0 -m0 ");
    CHECK(m.subject.now() == state::halted);
    CHECK(m.story() == "IPH");
}

// --- reset
// ------------------------------------------------------------------------------------------

TEST_CASE("reset leaves Paused as it is", "[lib][adapter]")
{
    machine m;
    m.until_paused().w.taken_log();
    CHECK(m.reset() == status::ok);
    CHECK(m.w.log == "reset ");
    CHECK(m.subject.now() == state::paused);
    CHECK(m.w.held == initialized);
    CHECK(m.story() == "IPzy");
    CHECK(m.subject.attributes().bits == 0);
}

TEST_CASE("reset of a Running adapter pauses it first", "[lib][adapter]")
{
    machine m;
    CHECK(m.until_running().reset() == status::ok);
    CHECK(m.w.log == "close pause -u0 -b1 -b0 reset ");
    CHECK(m.story() == "IPTRGPzy");
}

TEST_CASE("reset of a Halted adapter is refused", "[lib][adapter]")
{
    machine m;
    CHECK(m.reset() == status::wrong_state);
    CHECK(m.w.log.empty());
}

TEST_CASE("a failed reset marks the adapter until reset or initialize mend it", "[lib][adapter]")
{
    machine m;
    m.until_paused().w.reset_result = status::timed_out;
    CHECK(m.reset() == status::timed_out);
    CHECK(m.story() == "IPzn");
    CHECK(m.is(flag_bit::failed));
    CHECK(m.restart() == status::failed_hard);
    CHECK(m.add_queue(0) == status::failed_hard);

    SECTION("reset mends it")
    {
        m.w.reset_result = status::ok;
        CHECK(m.reset() == status::ok);
    }
    SECTION("initialize mends it, after halt(DeviceFailed)")
    {
        CHECK(m.initialize() == status::ok);
        CHECK(entries(m.subject.history())[4].action == halt_action::device_failed);
    }
    CHECK_FALSE(m.is(flag_bit::failed));
    CHECK(m.restart() == status::ok);
}

TEST_CASE("a recovery keeps Running and lets frames pass again", "[lib][adapter]")
{
    machine m;
    CHECK(m.until_running().begin_recovery());
    CHECK(m.w.taken_log() == "close ");
    CHECK(m.subject.now() == state::running);
    CHECK(m.is(flag_bit::resetting));
    CHECK_FALSE(m.begin_recovery()); // one at a time
    CHECK(m.reset() == status::again);
    CHECK(m.subject.when_allowed(request::control_set, [] { return status::ok; }) == status::busy);

    CHECK(m.end_recovery() == status::ok);
    CHECK(m.w.log == "reset(passing) ");
    CHECK(m.subject.now() == state::running);
    CHECK(m.subject.attributes().bits == 0);
    CHECK(m.story() == "IPTRzy");
    CHECK(m.w.held == running);
}

TEST_CASE("no recovery begins in Halted or Pausing", "[lib][adapter]")
{
    machine m;
    CHECK_FALSE(m.begin_recovery());
    m.until_running().w.pendings = 1;
    REQUIRE(m.pause_async() == status::in_progress);
    CHECK_FALSE(m.begin_recovery());
    CHECK_FALSE(m.is(flag_bit::resetting));
}

// N9: reset and pause end in either order; the end is Paused with closed gates.
TEST_CASE("a pause within a recovery, both orders", "[lib][adapter]")
{
    SECTION("the pause ends first")
    {
        machine m;
        REQUIRE(m.until_running().begin_recovery());
        m.pause();
        CHECK(m.end_recovery() == status::ok);
        CHECK(m.story() == "IPTRzGPy");
        CHECK(m.w.log.ends_with("reset ")); // no frames pass
        CHECK(m.subject.now() == state::paused);
    }
    SECTION("the reset ends first")
    {
        machine m;
        REQUIRE(m.until_running().begin_recovery());
        m.w.pendings = 1;
        REQUIRE(m.pause_async() == status::in_progress);
        CHECK(m.end_recovery() == status::ok);
        CHECK(m.w.log.ends_with("reset "));
        CHECK(m.complete_pause() == status::ok);
        CHECK(m.story() == "IPTRzGyP");
        CHECK(m.subject.now() == state::paused);
        CHECK(m.w.held == initialized);
    }
}

TEST_CASE("a recovery that became moot says why", "[lib][adapter]")
{
    machine m;
    REQUIRE(m.until_running().begin_recovery());
    m.w.taken_log();
    SECTION("halted")
    {
        m.halt();
        CHECK(m.w.taken_log() == "close pause -u0 -b1 -b0 halt -i0 -t0 -m0 ");
        CHECK(m.end_recovery() == status::wrong_state);
        CHECK(m.subject.now() == state::halted);
    }
    SECTION("shut down")
    {
        m.shutdown();
        m.w.taken_log();
        CHECK(m.end_recovery() == status::shut_down);
        CHECK(m.w.taken_log() == "shutdown "); // once more does no harm
    }
    SECTION("removed")
    {
        CHECK(m.remove());
        m.w.taken_log();
        CHECK(m.end_recovery() == status::removed);
        CHECK(m.is(flag_bit::failed));
    }
    CHECK(m.w.log.empty()); // nothing was reset
    CHECK_FALSE(m.is(flag_bit::resetting));
}

// --- removal
// ----------------------------------------------------------------------------------------

TEST_CASE("a removal is told once, closes the gates and moves nothing", "[lib][adapter]")
{
    machine m;
    CHECK(m.until_running().remove());
    CHECK_FALSE(m.remove());
    CHECK(m.w.log == "close ");
    CHECK(m.subject.now() == state::running);
    CHECK(m.story() == "IPTRx");
}

TEST_CASE("a removed adapter starts nothing, and stops and closes as ever", "[lib][adapter]")
{
    machine m;
    REQUIRE(m.until_running().remove());
    CHECK(m.reset() == status::removed);
    CHECK_FALSE(m.begin_recovery());
    CHECK(m.subject.when_allowed(request::control_set, [] { return status::ok; }) ==
          status::removed);
    m.pause();
    CHECK(m.restart() == status::removed);
    CHECK(m.initialize() == status::removed);
    CHECK(m.subject.now() == state::paused);
    m.halt(halt_action::device_surprise_removed);
    CHECK(m.subject.now() == state::halted);
    CHECK(m.w.held.empty());
    CHECK(m.initialize() == status::removed);
}

TEST_CASE("a removal during initialize or restart makes that fail", "[lib][adapter]")
{
    SECTION("initialize")
    {
        machine m;
        m.w.inside = [&](char) { m.remove(); };
        CHECK(m.initialize() == status::removed);
        CHECK(m.subject.now() == state::halted);
        CHECK(m.w.held.empty());
    }
    SECTION("restart")
    {
        machine m;
        m.until_paused().w.inside = [&](char) { m.remove(); };
        CHECK(m.restart() == status::removed);
        CHECK(m.subject.now() == state::paused);
        CHECK(m.w.held == initialized);
        CHECK(m.w.log.ends_with("close pause -u0 -b1 -b0 "));
    }
    SECTION("reset")
    {
        machine m;
        m.until_running().w.inside = [&](char where) {
            if (where == 'Z')
                m.remove();
        };
        REQUIRE(m.begin_recovery());
        CHECK(m.end_recovery() == status::removed);
        CHECK(m.w.log.ends_with("close ")); // the gates that the reset may have opened
    }
}

// --- what handlers and others see
// -------------------------------------------------------------------

TEST_CASE("handlers are told of each event as the history has it", "[lib][adapter]")
{
    machine m;
    m.until_paused().w.left = 0;
    m.w.failure = status::no_memory;
    REQUIRE(failed(m.restart()));
    REQUIRE(m.reset() == status::ok);
    m.halt(halt_action::device_failed);
    const auto written = entries(m.subject.history());
    REQUIRE(written.size() == m.w.told.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
        CHECK(written[i].time_ns == m.w.told[i].time_ns);
        CHECK(written[i].from == m.w.told[i].from);
        CHECK(written[i].on == m.w.told[i].on);
        CHECK(written[i].to == m.w.told[i].to);
        CHECK(written[i].result == m.w.told[i].result);
        CHECK(written[i].action == m.w.told[i].action);
    }
}

TEST_CASE("the state is visible inside the handlers", "[lib][adapter]")
{
    machine m;
    std::string seen;
    m.w.inside = [&](char) { seen += "HIPTRGS"[static_cast<std::size_t>(m.subject.now())]; };
    m.until_running().pause();
    m.halt();
    CHECK(seen == "ITGP"); // Halted is reached when halt returns (N59)
}

TEST_CASE("a request from inside a handler neither blocks nor changes anything", "[lib][adapter]")
{
    machine m;
    int calls = 0;
    m.w.inside = [&](char) {
        ++calls;
        CHECK(m.initialize() == status::busy);
        CHECK(m.restart() == status::busy);
        CHECK(m.reset() == status::busy);
        CHECK(m.add_queue(0) == status::busy);
        CHECK_FALSE(m.begin_recovery());
        m.pause();
        m.halt();
    };
    m.until_running().pause();
    REQUIRE(m.reset() == status::ok);
    m.halt();
    CHECK(calls == 5);
    CHECK(m.story() == "IPTRGPzyH");
    CHECK(m.w.held.empty());
}

TEST_CASE("the end of a recovery from inside its own handler changes nothing", "[lib][adapter]")
{
    machine m;
    m.until_running();
    REQUIRE(m.begin_recovery());
    unsigned depth = 0;
    m.w.inside = [&](char where) {
        if (where == 'Z' && ++depth == 1)
            CHECK(failed(m.end_recovery()));
    };
    CHECK(m.end_recovery() == status::ok);
    CHECK(depth == 1);
    CHECK(m.story() == "IPTRzy");
}

TEST_CASE("a request waits for an operation of another thread", "[lib][adapter][threads]")
{
    machine m;
    m.until_paused();
    std::atomic<bool> asked{false}, done{false};
    std::thread other;
    const status s = m.subject.when_allowed(request::queue_setup, [&] {
        other = std::thread{[&] {
            asked = true;
            m.halt();
            done = true;
        }};
        while (!asked)
            std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        CHECK_FALSE(done);
        CHECK(m.subject.now() == state::paused);
        return status::ok;
    });
    CHECK(s == status::ok);
    other.join();
    CHECK(m.subject.now() == state::halted);
}

TEST_CASE("requests from several threads leave a consistent adapter", "[lib][adapter][threads]")
{
    for (unsigned threads = 2; threads <= 4; ++threads) {
        CAPTURE(threads);
        machine m;
        std::atomic<unsigned> unexpected{0};
        std::vector<std::thread> crowd;
        for (unsigned t = 0; t < threads; ++t)
            crowd.emplace_back([&, t] {
                std::uint32_t dice = 12345 + t;
                for (int i = 0; i < 2000; ++i) {
                    dice = dice * 1664525 + 1013904223;
                    status s = status::ok;
                    switch (dice >> 29) {
                    case 0:
                    case 1:
                        s = m.initialize();
                        break;
                    case 2:
                    case 3:
                        s = m.restart();
                        break;
                    case 4:
                        m.pause();
                        break;
                    case 5:
                        s = m.reset();
                        break;
                    case 6:
                        s = m.begin_recovery() ? m.end_recovery() : status::ok;
                        break;
                    default:
                        m.halt();
                    }
                    // Waiting ends in a settled state, where these are all the answers.
                    unexpected += s != status::ok && s != status::busy &&
                                  s != status::wrong_state && s != status::again;
                }
            });
        for (std::thread &one : crowd)
            one.join();

        CHECK(unexpected == 0);
        state at = state::halted;
        std::size_t broken = 0;
        for (const trace_entry &e : m.w.told) {
            broken += e.from != at || (e.to != e.from && next(e.from, e.on) != e.to);
            at = e.to;
        }
        CHECK(broken == 0);
        CHECK(m.subject.now() == at);
        CHECK(m.subject.attributes().bits == 0);
        CHECK(m.subject.history().total() == m.w.told.size());
        CHECK(m.w.log.find('!') == std::string::npos);
        switch (at) {
        case state::halted:
            CHECK(m.w.held.empty());
            break;
        case state::paused:
            CHECK(m.w.held == initialized);
            break;
        case state::running:
            CHECK(m.w.held == running);
            break;
        default:
            FAIL("at rest in " << name(at));
        }
    }
}

TEST_CASE("shutdown beside halts and initializes: nothing is freed after it",
          "[lib][adapter][threads]")
{
    for (int round = 0; round < 300; ++round) {
        machine m;
        m.until_paused();
        std::atomic<bool> down{false};
        std::atomic<unsigned> freed_after{0};
        std::thread other{[&] {
            for (int spin = round * 10; spin > 0; --spin)
                std::atomic_signal_fence(std::memory_order_seq_cst);
            world alien; // its own handlers: shutdown takes no lock
            m.subject.shutdown(handlers<>{alien});
            down = m.subject.now() == state::shutdown;
        }};
        for (int i = 0; i < 3; ++i) {
            const bool was_down = down;
            const std::size_t before = m.w.held.size();
            m.halt();
            freed_after += was_down && m.w.held.size() != before;
            static_cast<void>(m.initialize());
        }
        other.join();
        REQUIRE(freed_after == 0);
        REQUIRE(m.w.log.find('!') == std::string::npos);
        if (m.subject.now() == state::shutdown || m.subject.now() == state::paused)
            REQUIRE(m.w.held == initialized);
        else
            REQUIRE(m.w.held.empty());
    }
}

TEST_CASE("a process that dies inside an operation does not stop the next", "[lib][adapter][fork]")
{
    void *const shared =
        mmap(nullptr, sizeof(life_form), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    auto *const subject = new (shared) life_form;
    world w;
    REQUIRE(subject->initialize(handlers<>{w}) == status::ok);

    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        static_cast<void>(
            subject->when_allowed(request::control_set, []() -> status { _exit(7); }));
        _exit(1);
    }
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    REQUIRE(WEXITSTATUS(how) == 7);

    CHECK(subject->restart(handlers<>{w}) == status::ok);
    subject->halt(handlers<>{w}, halt_action::device_disabled);
    CHECK(subject->now() == state::halted);

    subject->~life_form();
    munmap(shared, sizeof(life_form));
}
