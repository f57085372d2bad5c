// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A reciprocal that can fail.
// ERROR: A::release\(owner, ?index\)
#include "adapter/ledger.hpp"

using miniport::status;

struct owner {};
struct thing {
    static constexpr const char *name = "thing";
#ifdef GOOD
    static status acquire(owner &, std::uint16_t)
    {
        return status::ok;
    }
    static void release(owner &, std::uint16_t) noexcept {}
#else
    static status acquire(owner &, std::uint16_t)
    {
        return status::ok;
    }
    static status release(owner &, std::uint16_t) noexcept
    {
        return status::ok;
    }
#endif
};

status take(owner &o)
{
    static miniport::ledger<owner, 4, thing> held;
    return held.acquire<thing>(o);
}
