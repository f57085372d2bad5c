// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A shutdown handler that answers: there is nobody to tell.
// ERROR: h\.shutdown\(\)
#include "handlers.hpp"

struct mine : handlers {
#ifdef GOOD
    void shutdown() noexcept {}
#else
    miniport::status shutdown() noexcept
    {
        return miniport::status::ok;
    }
#endif
};

void use(miniport::adapter<handlers::ledger_type> &life, mine h)
{
    life.shutdown(h);
}
