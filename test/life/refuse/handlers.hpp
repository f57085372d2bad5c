// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Handlers that the adapter accepts. The programs here replace one by what it must refuse.
#pragma once

#include "adapter/adapter.hpp"

struct nothing {
    static constexpr const char *name = "nothing";
    static miniport::status acquire(nothing &, std::uint16_t) { return miniport::status::ok; }
    static void release(nothing &, std::uint16_t) noexcept {}
};

struct handlers {
    using owner_type = nothing;
    using ledger_type = miniport::ledger<nothing, 4, nothing>;

    owner_type *self = nullptr;

    owner_type &owner() noexcept { return *self; }
    miniport::status initialize(ledger_type &l) { return l.acquire<nothing>(*self); }
    miniport::status restart(ledger_type &) { return miniport::status::ok; }
    void close_gates() noexcept {}
    miniport::pause_result pause() noexcept { return miniport::pause_result::success; }
    void pause_overdue() noexcept {}
    miniport::status reset(ledger_type &, bool) { return miniport::status::ok; }
    void halt(ledger_type &, miniport::halt_action) noexcept {}
    void shutdown() noexcept {}
    void doze() noexcept {}
    void happened(const miniport::trace_entry &) noexcept {}
};
