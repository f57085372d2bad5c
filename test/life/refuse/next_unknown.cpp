// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A constant asked of the table where the table has none: out of Shutdown (N18).
// ERROR: not a constant expression|static assertion|static_assert
#include "adapter/transitions.hpp"

#ifdef GOOD
static_assert(miniport::next(miniport::state::paused, miniport::event::restart).has_value());
#else
static_assert(miniport::next(miniport::state::shutdown, miniport::event::restart).has_value());
#endif
