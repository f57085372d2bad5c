// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include <cstring>

#include "adapter/transitions.hpp"
#include "catch.hpp"

using namespace miniport;

namespace {

// "The official event × state table", lifecycle.md §2a, copied; '.' is an invalid combination.
struct row {
    event on;
    const char *leads_to;
};
constexpr const char *columns = "HSIPTRG";
// clang-format off
constexpr row official[] = {
    //                           HSIPTRG
    {event::initialize,          "I......"},
    {event::initialize_complete, "..P...."},
    {event::initialize_failed,   "..H...."},
    {event::shutdown,            "...SSSS"},
    {event::halt,                "...H..."},
    {event::restart,             "...T..."},
    {event::restart_complete,    "....R.."},
    {event::restart_failed,      "....P.."},
    {event::pause,               ".....G."},
    {event::pause_complete,      "......P"},
    // Reset and removal are no transitions (N6, §4).
    {event::reset,               "......."},
    {event::reset_complete,      "......."},
    {event::reset_failed,        "......."},
    {event::removed,             "......."},
};
// clang-format on

char letter(state s)
{
    return "HIPTRGS"[static_cast<std::size_t>(s)];
}

state state_of(char column)
{
    return static_cast<state>(std::strchr("HIPTRGS", column) - "HIPTRGS");
}

} // namespace

TEST_CASE("every event in every state does what the official table says", "[lib][transitions]")
{
    static_assert(std::size(official) == event_count);
    for (const row &r : official) {
        for (std::size_t c = 0; c < state_count; ++c) {
            CAPTURE(name(r.on), columns[c]);
            const auto to = next(state_of(columns[c]), r.on);
            CHECK((to ? letter(*to) : '.') == r.leads_to[c]);
        }
    }
}

TEST_CASE("the table holds no transition twice", "[lib][transitions]")
{
    std::size_t legal = 0;
    for (const row &r : official)
        for (const char *to = r.leads_to; *to != '\0'; ++to)
            legal += *to != '.';
    CHECK(life.size() == legal);
}

// lifecycle.md §4, rows rx_burst and tx_burst: nothing new in Pausing.
TEST_CASE("new frames pass in Running only", "[lib][transitions]")
{
    for (const char *c = columns; *c != '\0'; ++c)
        CHECK(passes_frames(state_of(*c)) == (*c == 'R'));
}
