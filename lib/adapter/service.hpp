// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Marks a thread as running a callback (timer, interrupt, event) that a halt of an adapter waits
// for (N51, N53). Such a thread never waits for that halt in turn: its requests are then answered
// as if the halt had ended, where they cannot fail, and busy where they can.
#pragma once

namespace miniport {

class [[nodiscard]] service {
public:
    explicit service(const void *adapter) noexcept : outer_{current} { current = adapter; }
    ~service() { current = outer_; }
    service(const service &) = delete;
    service &operator=(const service &) = delete;

    [[nodiscard]] static bool of(const void *adapter) noexcept { return current == adapter; }

private:
    inline static thread_local const void *current = nullptr;
    const void *const outer_;
};

} // namespace miniport
