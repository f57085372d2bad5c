// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Time, cables and drive of a few models: they share one clock and one lock, so that a frame goes
// from one's ring to another's buffer in one copy, and a seed gives the same run again.
#pragma once

#include <array>
#include <atomic>
#include <thread>

#include "nicmodel/wire.hpp"

namespace miniport::nicmodel {

class model;

/// First come, first served: a polling core does not starve a control thread.
class ticket_lock {
public:
    void lock() noexcept;
    void unlock() noexcept { serving_.fetch_add(1, std::memory_order_release); }

private:
    alignas(64) std::atomic<std::uint32_t> next_{0};
    alignas(64) std::atomic<std::uint32_t> serving_{0};
};

class lab {
public:
    static constexpr unsigned max_models = 16;

    lab() = default;
    ~lab() { stop(); }
    lab(const lab &) = delete;
    lab &operator=(const lab &) = delete;

    // Drive: one of the three.

    /// Lets model time pass, event by event; what the driver stored before is found at its start.
    void step(std::uint64_t ns);
    /// One turn of all models, as fast as it goes, in wall time. True where something moved.
    bool poll_once();
    /// A thread that turns without end, in wall time.
    void start();
    void stop();
    [[nodiscard]] bool running() const noexcept { return running_.load(); }

    [[nodiscard]] std::uint64_t now_ns() noexcept;
    /// For a far end, which is called with the lock held and must not ask for now_ns().
    [[nodiscard]] const std::uint64_t *clock() const noexcept { return &clock_; }

    // Cables. Models leave their cable when they are destroyed.

    void connect(model &a, model &b);
    void connect_to_itself(model &m);
    void connect(model &m, far_end &other); ///< `other` outlives the connection
    void disconnect(model &m);
    /// Damage in the direction away from `from`.
    void impair(model &from, const impairments &i);
    [[nodiscard]] wire::counters wire_counters(model &from);

private:
    friend class model;
    void add(model &m);
    void remove(model &m);
    void unplug(model &m);
    void turn();
    [[nodiscard]] bool deliver(); ///< without the lock; true where an interrupt was told
    [[nodiscard]] std::uint64_t due() const noexcept;
    [[nodiscard]] std::uint64_t progress() const noexcept;
    void follow_wall() noexcept;

    ticket_lock lock_;
    std::uint64_t clock_ = 0;
    std::uint64_t wall_ = 0; ///< wall time up to which clock_ has followed
    std::array<model *, max_models> models_{};
    unsigned count_ = 0;
    std::thread thread_;
    std::atomic<bool> running_{false};
};

} // namespace miniport::nicmodel
