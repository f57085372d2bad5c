// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A halt handler with a failure result (N37).
// ERROR: h\.halt\(ledger, ?action\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    void halt(ledger_type &, miniport::halt_action) noexcept {}
#else
    miniport::status halt(ledger_type &, miniport::halt_action) noexcept
    {
        return {};
    }
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.halt(h, miniport::halt_action::device_disabled);
}
