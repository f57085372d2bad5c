// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A restart handler that cannot say that it failed (N25).
// ERROR: h\.restart\(ledger\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    miniport::status restart(ledger_type &)
    {
        return miniport::status::ok;
    }
#else
    void restart(ledger_type &) {}
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.pause(h);
}
