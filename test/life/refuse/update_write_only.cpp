// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// Read-modify-write of a register that cannot be read.
// ERROR: updatable
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    regs.write(command::GO(true));
#else
    regs.update(command::GO(true));
#endif
}
