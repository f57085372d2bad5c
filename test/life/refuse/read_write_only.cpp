// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A read of a write-only register.
// ERROR: readable
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    return regs.read<A>().raw;
#else
    return regs.read<command>().raw;
#endif
}
