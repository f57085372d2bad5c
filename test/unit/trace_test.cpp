// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "adapter/trace.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "catch.hpp"

using namespace miniport;

namespace {

// The n-th entry that the tests write: its time is its number.
trace_entry numbered(std::uint64_t n)
{
    return {n,
            static_cast<state>(n % 7),
            static_cast<state>(n * 3 % 7),
            static_cast<event>(n % 10),
            static_cast<status>(n * 7 % 10),
            static_cast<halt_action>(n * 5 % 7)};
}

bool same(const trace_entry &x, const trace_entry &y)
{
    return x.time_ns == y.time_ns && x.from == y.from && x.to == y.to && x.on == y.on &&
           x.result == y.result && x.action == y.action;
}

using entries = std::array<trace_entry, trace::capacity>;

} // namespace

TEST_CASE("a new trace is empty", "[lib][trace]")
{
    const trace t;
    entries out;
    CHECK(t.copy(out) == 0);
    CHECK(t.total() == 0);
}

TEST_CASE("a trace gives back what was recorded, oldest first", "[lib][trace]")
{
    trace t;
    for (std::uint64_t n = 0; n < 5; ++n)
        t.record(numbered(n));
    entries out;
    REQUIRE(t.copy(out) == 5);
    for (std::uint64_t n = 0; n < 5; ++n)
        CHECK(same(out[n], numbered(n)));
}

TEST_CASE("a trace keeps the last 64 and counts all", "[lib][trace]")
{
    trace t;
    for (const std::uint64_t written : {63u, 64u, 65u, 128u, 1000u}) {
        for (std::uint64_t n = t.total(); n < written; ++n)
            t.record(numbered(n));
        entries out;
        const std::uint64_t held = written < 64 ? written : 64;
        REQUIRE(t.copy(out) == held);
        for (std::uint64_t i = 0; i < held; ++i)
            CHECK(same(out[i], numbered(written - held + i)));
        CHECK(t.total() == written);
    }
}

TEST_CASE("the clock does not go back", "[lib][trace]")
{
    const std::uint64_t before = trace::now_ns();
    CHECK(trace::now_ns() >= before);
}

TEST_CASE("a reader beside a writer sees only what was written, in order", "[lib][trace][threads]")
{
    const auto t = std::make_unique<trace>();
    std::atomic<bool> stop{false};
    std::thread writer{[&] {
        for (std::uint64_t n = 0; !stop.load(std::memory_order_relaxed); ++n)
            t->record(numbered(n));
    }};

    std::uint64_t entries_seen = 0, wrong = 0, out_of_order = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    while (std::chrono::steady_clock::now() < end) {
        entries out;
        const std::size_t n = t->copy(out);
        entries_seen += n;
        for (std::size_t i = 0; i < n; ++i) {
            wrong += !same(out[i], numbered(out[i].time_ns));
            out_of_order += i + 1 < n && out[i + 1].time_ns <= out[i].time_ns;
        }
    }
    stop = true;
    writer.join();
    CHECK(entries_seen > 0);
    CHECK(wrong == 0);
    CHECK(out_of_order == 0);
}

TEST_CASE("an entry's detail says why it failed or why it was halted", "[lib][trace]")
{
    const trace_entry well{
        0,          state::restarting,         state::running, event::restart_complete,
        status::ok, halt_action::device_failed};
    const trace_entry badly{0,
                            state::restarting,
                            state::paused,
                            event::restart_failed,
                            status::no_memory,
                            halt_action::device_failed};
    const trace_entry halted{0,           state::paused, state::halted,
                             event::halt, status::ok,    halt_action::device_failed};
    CHECK(detail(well) == std::string{"ok"});
    CHECK(detail(badly) == std::string{"out of memory"});
    CHECK(detail(halted) == std::string{"DeviceFailed"});
}
