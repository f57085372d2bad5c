// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Who is told of the end of an asynchronous pause: exactly once, if it was promised.
#pragma once

#include <atomic>
#include <cstdint>

#include "rte_pmd_miniport.h"

namespace miniport {

/// Process-local, one for a port. Made, found free, and due (its pause is complete) under the control
/// lock of the adapter; kept without it, by the first who finds it due.
class pause_promise {
public:
    [[nodiscard]] bool free() const noexcept
    {
        return state_.load(std::memory_order_acquire) == state::none;
    }
    /// What make() will promise. The caller alone knows it until then.
    void prepare(rte_pmd_miniport_paused_cb call, void *context) noexcept
    {
        offered_call_ = call;
        offered_context_ = context;
    }
    void make() noexcept
    {
        call_ = offered_call_;
        context_ = offered_context_;
        state_.store(state::made, std::memory_order_release);
    }
    /// The pause that it was made for is complete.
    void fall_due() noexcept
    {
        state expected = state::made;
        state_.compare_exchange_strong(expected, state::due, std::memory_order_acq_rel);
    }
    /// Tells, if nobody has and there is something to tell. Hold no lock. `shut_down`: no pause will
    /// be complete any more.
    void keep(std::uint16_t port_id, bool shut_down) noexcept
    {
        if (shut_down)
            fall_due();
        state expected = state::due;
        if (!state_.compare_exchange_strong(expected, state::being_kept,
                                            std::memory_order_acq_rel))
            return;
        const auto call = call_;
        void *const context = context_;
        state_.store(state::none, std::memory_order_release);
        if (call != nullptr)
            call(port_id, context);
    }

private:
    enum class state : std::uint8_t { none, made, due, being_kept };

    std::atomic<state> state_{state::none};
    rte_pmd_miniport_paused_cb call_ = nullptr;
    void *context_ = nullptr;
    inline static thread_local rte_pmd_miniport_paused_cb offered_call_ = nullptr;
    inline static thread_local void *offered_context_ = nullptr;
};

struct port;

/// This process's promise for the port (api.cpp).
[[nodiscard]] pause_promise &promise_of(const port &p) noexcept;

} // namespace miniport
