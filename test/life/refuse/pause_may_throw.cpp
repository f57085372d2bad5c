// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A pause handler that may leave by an exception.
// ERROR: h\.pause\(\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    miniport::pause_result pause() noexcept
    {
        return miniport::pause_result::pending;
    }
#else
    miniport::pause_result pause()
    {
        return miniport::pause_result::pending;
    }
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.pause(h);
}
