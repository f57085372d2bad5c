// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// Ring positions compared by size: which is before depends on the wrap.
// ERROR: operator<|invalid operands
#include "hw/ring.hpp"

using namespace miniport::hw;

auto use([[maybe_unused]] ring_size size, [[maybe_unused]] ring_position a,
         [[maybe_unused]] ring_position b)
{
#ifdef GOOD
    return size.distance(a, b) < 4;
#else
    return a < b;
#endif
}
