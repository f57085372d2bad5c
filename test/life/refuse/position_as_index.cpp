// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A ring position used as an integer.
// ERROR: operator\[\]
#include "hw/ring.hpp"

using namespace miniport::hw;

auto use([[maybe_unused]] ring_size size, [[maybe_unused]] ring_position a,
         [[maybe_unused]] ring_position b)
{
#ifdef GOOD
    static const int slots[8] = {};
    return slots[a.slot()];
#else
    static const int slots[8] = {};
    return slots[a];
#endif
}
