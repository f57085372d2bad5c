// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A bool field of two bits.
// ERROR: a bool field is one bit wide
#include "registers.hpp"

struct C : register_at<C, 0x60> {
#ifdef GOOD
    static constexpr field<C, 1, 0> MODE{};
#else
    static constexpr field<C, 1, 0, bool> MODE{};
#endif
};
auto mode = C::MODE(1);
