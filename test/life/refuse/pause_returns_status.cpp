// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A pause handler that can fail (N1-N3, N31).
// ERROR: h\.pause\(\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    miniport::pause_result pause() noexcept
    {
        return miniport::pause_result::pending;
    }
#else
    miniport::status pause() noexcept
    {
        return miniport::status::busy;
    }
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.pause(h);
}
