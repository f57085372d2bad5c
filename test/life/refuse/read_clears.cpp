// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A plain read of a counter that the read clears: the count would be lost.
// ERROR: readable
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    return regs.collect<lost_frames>();
#else
    return regs.read<lost_frames>().raw;
#endif
}
