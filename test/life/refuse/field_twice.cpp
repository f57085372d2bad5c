// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// One field given two values.
// ERROR: A & B\)? ?==|\(A & B\)
#include "registers.hpp"

auto use()
{
#ifdef GOOD
    return A::ON(true) | A::NUMBER(1);
#else
    return A::ON(true) | A::ON(false);
#endif
}
