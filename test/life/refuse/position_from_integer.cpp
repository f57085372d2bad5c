// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// An integer taken for a ring position.
// ERROR: could not convert|cannot convert|no viable conversion
#include "hw/ring.hpp"

using namespace miniport::hw;

auto use([[maybe_unused]] ring_size size, [[maybe_unused]] ring_position a,
         [[maybe_unused]] ring_position b)
{
#ifdef GOOD
    return size.next(ring_position{3});
#else
    return size.next(std::uint16_t{3});
#endif
}
