// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include <cerrno>
#include <string>

#include "adapter/answers.hpp"
#include "catch.hpp"

using namespace miniport;

namespace {

// The table of lifecycle.md §4, copied: "do" performs, "0" and errnos answer without work, the
// other words are plans. Where ethdev answers before it reaches the driver, the cell is what the
// private interface says. "~" marks a cell that §4 leaves open: the request is not made there.
// Decided otherwise than §4: settings made in Halted are kept until initialize applies them.
struct row {
    request what;
    const char *H, *S, *I, *P, *T, *R, *G;
};
constexpr row table[] = {
    // clang-format off
//                       H         S            I         P           T        R        G
{request::initialize,    "do",     "ESHUTDOWN", "wait",   "halt",     "wait",  "EBUSY", "EBUSY"},
{request::restart,       "EINVAL", "ESHUTDOWN", "EINVAL", "do",       "wait",  "0",     "EBUSY"},
{request::pause,         "0",      "0",         "0",      "0",        "wait",  "do",    "join"},
{request::pause_async,   "0",      "0",         "EBUSY",  "0",        "wait",  "do",    "EALREADY"},
{request::halt,          "0",      "0",         "wait",   "do",       "wait",  "pause", "pause"},
{request::shutdown,      "0",      "0",         "mark",   "do",       "do",    "do",    "do"},
{request::reset,         "EINVAL", "ESHUTDOWN", "EBUSY",  "do",       "EBUSY", "pause", "pause"},
{request::recover,       "0",      "0",         "0",      "do",       "0",     "do",    "0"},
{request::remove,        "mark",   "0",         "mark",   "do",       "do",    "do",    "do"},
{request::burst,         "0",      "0",         "0",      "0",        "0",     "do",    "0"},
{request::queue_status,  "EINVAL", "ESHUTDOWN", "EBUSY",  "ENETDOWN", "EBUSY", "do",    "EBUSY"},
{request::control_set,   "do",     "ESHUTDOWN", "EBUSY",  "do",       "wait",  "do",    "do"},
{request::control_query, "0",      "0",         "0",      "do",       "do",    "do",    "do"},
{request::identity,      "do",     "do",        "do",     "do",       "do",    "do",    "do"},
{request::queue_setup,   "EINVAL", "ESHUTDOWN", "EBUSY",  "do",       "EBUSY", "EBUSY", "EBUSY"},
{request::queue_release, "0",      "~",         "do",     "do",       "~",     "~",     "~"},
{request::queue_start,   "EINVAL", "ESHUTDOWN", "EINVAL", "EINVAL",   "EBUSY", "do",    "~"},
{request::queue_stop,    "EINVAL", "ESHUTDOWN", "EINVAL", "0",        "EBUSY", "do",    "0"},
    // clang-format on
};

constexpr state states[] = {state::halted,     state::shutdown, state::initializing, state::paused,
                            state::restarting, state::running,  state::pausing};

const char *cell(const row &r, std::size_t column)
{
    const char *const cells[] = {r.H, r.S, r.I, r.P, r.T, r.R, r.G};
    return cells[column];
}

std::string in_words(reply r)
{
    switch (r.what) {
    case plan::perform:
        return "do";
    case plan::pause_first:
        return "pause";
    case plan::halt_first:
        return "halt";
    case plan::join:
        return "join";
    case plan::wait:
        return "wait";
    case plan::mark:
        return "mark";
    case plan::answer:
        break;
    }
    switch (-to_errno(r.result)) {
    case 0:
        return "0";
    case EINVAL:
        return "EINVAL";
    case EBUSY:
        return "EBUSY";
    case EALREADY:
        return "EALREADY";
    case ENETDOWN:
        return "ENETDOWN";
    case EAGAIN:
        return "EAGAIN";
    case EIO:
        return "EIO";
    case ESHUTDOWN:
        return "ESHUTDOWN";
    default:
        return "?";
    }
}

constexpr flags removed{static_cast<std::uint8_t>(flag_bit::removed)};
constexpr flags resetting{static_cast<std::uint8_t>(flag_bit::resetting)};
constexpr flags failed_flag{static_cast<std::uint8_t>(flag_bit::failed)};

} // namespace

TEST_CASE("every request in every state is answered as §4 says", "[lib][answers]")
{
    static_assert(std::size(table) == request_count);
    for (const row &r : table) {
        for (std::size_t c = 0; c < state_count; ++c) {
            if (cell(r, c) == std::string{"~"})
                continue;
            CAPTURE(static_cast<int>(r.what), name(states[c]));
            CHECK(in_words(ask(r.what, states[c])) == cell(r, c));
            CHECK(in_words(ask(r.what, states[c], flags{})) == cell(r, c));
        }
    }
}

TEST_CASE("Shutdown is answered alike with any flag", "[lib][answers]")
{
    for (const row &r : table)
        for (std::uint8_t f = 0; f < 8; ++f)
            CHECK(in_words(ask(r.what, state::shutdown, flags{f})) ==
                  in_words(ask(r.what, state::shutdown)));
}

TEST_CASE("a removed device refuses settings and starts with EIO", "[lib][answers]")
{
    for (const request r :
         {request::control_set, request::reset, request::initialize, request::restart})
        for (const state s : states) {
            if (s == state::shutdown)
                continue;
            CAPTURE(static_cast<int>(r), name(s));
            CHECK(in_words(ask(r, s, removed)) == "EIO");
        }
}

TEST_CASE("a removal is told once", "[lib][answers]")
{
    for (const state s : states)
        CHECK(in_words(ask(request::remove, s, removed)) == "0");
}

TEST_CASE("settings wait for the end of a reset, a second reset is told to try again",
          "[lib][answers]")
{
    for (const state s : {state::paused, state::restarting, state::running, state::pausing}) {
        CAPTURE(name(s));
        CHECK(in_words(ask(request::control_set, s, resetting)) == "EBUSY");
        CHECK(in_words(ask(request::reset, s, resetting)) == "EAGAIN");
    }
}

TEST_CASE("a failed adapter refuses start and settings with EIO", "[lib][answers]")
{
    for (const state s : {state::paused, state::running, state::pausing}) {
        CAPTURE(name(s));
        CHECK(in_words(ask(request::control_set, s, failed_flag)) == "EIO");
    }
    CHECK(in_words(ask(request::restart, state::paused, failed_flag)) == "EIO");
    CHECK(in_words(ask(request::initialize, state::paused, failed_flag)) == "halt");
    CHECK(in_words(ask(request::reset, state::paused, failed_flag)) == "do");
}

TEST_CASE("pause, halt and identity ask for no flag", "[lib][answers]")
{
    for (const request r : {request::pause, request::halt, request::identity})
        for (const state s : states)
            for (std::uint8_t f = 0; f < 8; ++f)
                CHECK(in_words(ask(r, s, flags{f})) == in_words(ask(r, s)));
}
