// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A write to a read-only register.
// ERROR: writable
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    regs.write(A::ON(true));
#else
    regs.write(state_of::LINK(true));
#endif
}
