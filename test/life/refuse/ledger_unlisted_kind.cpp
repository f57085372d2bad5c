// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A kind that the ledger does not list: it could not take it back.
// ERROR: not an acquisition of this ledger
#include "adapter/ledger.hpp"

using miniport::status;

struct owner {};
template <int> struct thing {
    static constexpr const char *name = "thing";
    static status acquire(owner &, std::uint16_t) { return status::ok; }
    static void release(owner &, std::uint16_t) noexcept {}
};

status take(owner &o)
{
    static miniport::ledger<owner, 4, thing<0>> held;
#ifdef GOOD
    return held.acquire<thing<0>>(o);
#else
    return held.acquire<thing<1>>(o);
#endif
}
