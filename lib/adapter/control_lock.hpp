// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// One control operation at a time, also across processes (lifecycle.md X11, N54). The lock lies in
// shared memory, survives a process that dies while it holds it, and tells its own thread that it
// holds it already instead of deadlocking. Bursts never take it.
#pragma once

#include <cerrno>
#include <ctime>
#include <pthread.h>

namespace miniport {

class control_lock {
public:
    control_lock() noexcept
    {
        pthread_mutexattr_t how;
        pthread_mutexattr_init(&how);
        pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&mutex_, &how);
        pthread_mutexattr_destroy(&how);
    }
    ~control_lock() { pthread_mutex_destroy(&mutex_); }
    control_lock(const control_lock &) = delete;
    control_lock &operator=(const control_lock &) = delete;

    enum class outcome {
        taken,
        reentered, ///< this thread holds it already: a call from inside an operation
        overdue,   ///< another thread held it past the deadline
    };

    [[nodiscard]] outcome take(unsigned deadline_ms) noexcept
    {
        timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += deadline_ms / 1000;
        until.tv_nsec += static_cast<long>(deadline_ms % 1000) * 1'000'000;
        if (until.tv_nsec >= 1'000'000'000) {
            until.tv_nsec -= 1'000'000'000;
            ++until.tv_sec;
        }
        switch (pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until)) {
        case EOWNERDEAD: // the owner died: every register access is idempotent, go on from here
            pthread_mutex_consistent(&mutex_);
            [[fallthrough]];
        case 0:
            return outcome::taken;
        case EDEADLK:
            return outcome::reentered;
        default:
            return outcome::overdue;
        }
    }

    void give() noexcept { pthread_mutex_unlock(&mutex_); }

private:
    pthread_mutex_t mutex_;
};

/// Holds a control_lock for a scope.
class [[nodiscard]] control {
public:
    enum class patience {
        none,    ///< only if it is free: for what is tried again later
        bounded, ///< give up after deadline_ms: for requests that may be refused
        endless, ///< for pause and halt, which may not: whoever holds the lock is bounded itself
    };
    /// The longest operation of an adapter is bounded by the sum of its register deadlines (about
    /// 1 s); ten times that is a defect, not a wait.
    static constexpr unsigned deadline_ms = 10'000;

    explicit control(control_lock &lock, patience how = patience::bounded) noexcept
        : control{lock, how, [] { return false; }}
    {
    }
    /// Gives up early once `hopeless()`: who holds the lock waits for this thread.
    template <class Hopeless>
    control(control_lock &lock, patience how, Hopeless hopeless) noexcept : lock_{lock}
    {
        constexpr unsigned step_ms = 20;
        unsigned waited = 0;
        do
            outcome_ = lock.take(how == patience::none ? 0 : step_ms);
        while (outcome_ == control_lock::outcome::overdue && how != patience::none &&
               !hopeless() &&
               (how == patience::endless || (waited += step_ms) < deadline_ms));
    }
    ~control()
    {
        if (taken())
            lock_.give();
    }
    control(const control &) = delete;
    control &operator=(const control &) = delete;

    /// False: another thread held the lock past the deadline, or this call comes from inside an
    /// operation of the same thread.
    [[nodiscard]] bool taken() const noexcept { return outcome_ == control_lock::outcome::taken; }

private:
    control_lock &lock_;
    control_lock::outcome outcome_;
};

} // namespace miniport
