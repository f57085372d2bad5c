// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include <string>

#include "adapter/state.hpp"
#include "catch.hpp"

using namespace miniport;

TEST_CASE("states are called as NDIS calls them", "[lib][state]")
{
    CHECK(name(state::halted) == std::string{"Halted"});
    CHECK(name(state::initializing) == std::string{"Initializing"});
    CHECK(name(state::paused) == std::string{"Paused"});
    CHECK(name(state::restarting) == std::string{"Restarting"});
    CHECK(name(state::running) == std::string{"Running"});
    CHECK(name(state::pausing) == std::string{"Pausing"});
    CHECK(name(state::shutdown) == std::string{"Shutdown"});
    CHECK(static_cast<std::size_t>(state::shutdown) + 1 == state_count);
}

TEST_CASE("events have names", "[lib][state]")
{
    CHECK(name(event::initialize) == std::string{"initialize"});
    CHECK(name(event::initialize_complete) == std::string{"initialize complete"});
    CHECK(name(event::initialize_failed) == std::string{"initialize failed"});
    CHECK(name(event::restart) == std::string{"restart"});
    CHECK(name(event::restart_complete) == std::string{"restart complete"});
    CHECK(name(event::restart_failed) == std::string{"restart failed"});
    CHECK(name(event::pause) == std::string{"pause"});
    CHECK(name(event::pause_complete) == std::string{"pause complete"});
    CHECK(name(event::halt) == std::string{"halt"});
    CHECK(name(event::shutdown) == std::string{"shutdown"});
    CHECK(name(event::reset) == std::string{"reset"});
    CHECK(name(event::reset_complete) == std::string{"reset complete"});
    CHECK(name(event::reset_failed) == std::string{"reset failed"});
    CHECK(name(event::removed) == std::string{"removed"});
    CHECK(static_cast<std::size_t>(event::removed) + 1 == event_count);
}

// NDIS_HALT_ACTION 0…6 (lifecycle.md N39.0–N39.6).
TEST_CASE("halt actions have NDIS's order and names", "[lib][state]")
{
    const char *const names[] = {"DeviceDisabled",    "DeviceInstanceDeInitialized",
                                 "DevicePoweredDown", "DeviceSurpriseRemoved",
                                 "DeviceFailed",      "DeviceInitializationFailed",
                                 "DeviceStopped"};
    for (int i = 0; i < 7; ++i)
        CHECK(name(static_cast<halt_action>(i)) == std::string{names[i]});
}

TEST_CASE("a number outside the vocabulary has no name", "[lib][state]")
{
    CHECK(name(static_cast<state>(7)) == std::string{"?"});
    CHECK(name(static_cast<event>(14)) == std::string{"?"});
    CHECK(name(static_cast<halt_action>(7)) == std::string{"?"});
}

TEST_CASE("flags are told apart", "[lib][state]")
{
    constexpr flags f{static_cast<std::uint8_t>(flag_bit::removed) |
                      static_cast<std::uint8_t>(flag_bit::failed)};
    STATIC_REQUIRE(f.has(flag_bit::removed));
    STATIC_REQUIRE(f.has(flag_bit::failed));
    STATIC_REQUIRE_FALSE(f.has(flag_bit::resetting));
    STATIC_REQUIRE_FALSE(flags{}.has(flag_bit::removed));
}
