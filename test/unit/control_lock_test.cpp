// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "adapter/control_lock.hpp"

#include <chrono>
#include <new>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "catch.hpp"

using namespace miniport;
using outcome = control_lock::outcome;

TEST_CASE("a lock is taken, given and taken again", "[lib][control_lock]")
{
    control_lock lock;
    REQUIRE(lock.take(0) == outcome::taken);
    lock.give();
    CHECK(lock.take(0) == outcome::taken);
    lock.give();
}

TEST_CASE("its own thread is told, not blocked", "[lib][control_lock]")
{
    control_lock lock;
    REQUIRE(lock.take(0) == outcome::taken);
    CHECK(lock.take(10'000) == outcome::reentered);
    lock.give();
}

TEST_CASE("another thread waits until the deadline", "[lib][control_lock][threads]")
{
    control_lock lock;
    REQUIRE(lock.take(0) == outcome::taken);
    outcome got{};
    std::chrono::steady_clock::duration waited{};
    std::thread{[&] {
        const auto start = std::chrono::steady_clock::now();
        got = lock.take(30);
        waited = std::chrono::steady_clock::now() - start;
    }}.join();
    CHECK(got == outcome::overdue);
    CHECK(waited >= std::chrono::milliseconds{30});
    lock.give();
}

TEST_CASE("a deadline may cross a full second", "[lib][control_lock][threads]")
{
    control_lock lock;
    REQUIRE(lock.take(0) == outcome::taken);
    outcome got{};
    std::thread{[&] { got = lock.take(1001); }}.join(); // tv_nsec overflows, or tv_sec counts
    CHECK(got == outcome::overdue);
    lock.give();
}

TEST_CASE("control holds for its scope and no longer", "[lib][control_lock]")
{
    control_lock lock;
    {
        const control outer{lock};
        CHECK(outer.taken());
        {
            const control inner{lock};
            CHECK_FALSE(inner.taken()); // the same thread: not taken, so not given either
        }
        CHECK(lock.take(0) == outcome::reentered);
    }
    CHECK(lock.take(0) == outcome::taken);
    lock.give();
}

TEST_CASE("endless patience, too, is told of its own thread", "[lib][control_lock]")
{
    control_lock lock;
    const control outer{lock};
    const control inner{lock, control::patience::endless};
    CHECK_FALSE(inner.taken());
}

TEST_CASE("a process that died with the lock leaves it to the next", "[lib][control_lock][fork]")
{
    void *const shared = mmap(nullptr, sizeof(control_lock), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    auto *const lock = new (shared) control_lock;

    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(lock->take(0) == outcome::taken ? 0 : 1); // and never gives it
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    REQUIRE(WEXITSTATUS(how) == 0);

    CHECK(lock->take(100) == outcome::taken);
    CHECK(lock->take(0) == outcome::reentered);
    lock->give();
    CHECK(lock->take(0) == outcome::taken); // consistent again
    lock->give();

    lock->~control_lock();
    munmap(shared, sizeof(control_lock));
}
