// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// Fields of two registers in one value.
// ERROR: no match for 'operator\|'|invalid operands to binary expression
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    return A::ON(true) | A::NUMBER(1);
#else
    return A::ON(true) | B::ON(true);
#endif
}
