// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A value of register A looked into with a field of B.
// ERROR: operator\[\]
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    return regs.read<A>()[A::ON];
#else
    return regs.read<A>()[B::ON];
#endif
}
