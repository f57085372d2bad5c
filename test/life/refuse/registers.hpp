// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Registers of no chip, one of each access, and an Io that is a variable.
#pragma once

#include "hw/register_file.hpp"

using namespace miniport::hw;

struct A : register_at<A, 0x10> {
    static constexpr flag<A, 0> ON{};
    static constexpr field<A, 7, 4> NUMBER{};
};
struct B : register_at<B, 0x20> {
    static constexpr flag<B, 0> ON{};
};
struct state_of : register_at<state_of, 0x30, access::ro> {
    static constexpr flag<state_of, 1> LINK{};
};
struct command : register_at<command, 0x40, access::wo> {
    static constexpr flag<command, 0> GO{};
};
struct lost_frames : register_at<lost_frames, 0x50, access::rc> {};

struct one_word {
    std::uint32_t word = 0;
    std::uint32_t load(std::uint32_t) const { return word; }
    void store(std::uint32_t, std::uint32_t value) { word = value; }
    void sleep_us(unsigned) {}
};
inline register_file<one_word> regs;
