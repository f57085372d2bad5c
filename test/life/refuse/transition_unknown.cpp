// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A move that NDIS does not know: Running to Halted without a pause (N33).
// ERROR: NDIS knows no such transition
// adapter::move is private to the adapter; its first line is what refuses, so it is asked here.
#define private public // only of the file under test: move() itself, not a copy of it
#include "adapter/adapter.hpp"
#undef private
#include "handlers.hpp"

using miniport::event;
using miniport::state;

bool stop(miniport::adapter<handlers::ledger_type> &life, handlers &h)
{
#ifdef GOOD
    return life.move<state::running, event::pause>(h);
#else
    return life.move<state::running, event::halt>(h);
#endif
}
