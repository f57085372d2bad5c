// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Marks a thread as running a callback (timer, interrupt, event) that a halt of an adapter waits
// for (N51, N53). Such a thread never waits for that halt in turn: its requests are then answered
// as if the halt had ended, where they cannot fail, and busy where they can.
#pragma once

#include <cstdint>

#include "adapter/probe.hpp"

namespace miniport {

enum class callback : std::uint8_t { interrupt, counters, watchdog, removal, pause_completion };

class [[nodiscard]] service {
public:
    service(const void *adapter, callback which) noexcept
        : served_{adapter}, which_{which}, outer_{current}
    {
        current = adapter;
        probe::hit(probe::kind::handler_in, served_, static_cast<std::uint64_t>(which_));
    }
    ~service()
    {
        probe::hit(probe::kind::handler_out, served_, static_cast<std::uint64_t>(which_));
        current = outer_;
    }
    service(const service &) = delete;
    service &operator=(const service &) = delete;

    [[nodiscard]] static bool of(const void *adapter) noexcept { return current == adapter; }

private:
    inline static thread_local const void *current = nullptr;
    const void *const served_;
    const callback which_;
    const void *const outer_;
};

} // namespace miniport
