// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// An answer that nobody looks at.
// ERROR: nodiscard|unused-result
#include "handlers.hpp"

void start(miniport::adapter<handlers::ledger_type> &life)
{
#ifdef GOOD
    if (miniport::failed(life.restart(handlers{})))
        return;
#else
    life.restart(handlers{});
#endif
}
