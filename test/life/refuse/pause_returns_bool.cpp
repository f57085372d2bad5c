// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A pause handler that answers yes or no: which of them is pending?
// ERROR: h\.pause\(\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    miniport::pause_result pause() noexcept
    {
        return miniport::pause_result::pending;
    }
#else
    bool pause() noexcept
    {
        return true;
    }
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.pause(h);
}
