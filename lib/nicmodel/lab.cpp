// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/lab.hpp"

#include <algorithm>
#include <cassert>
#include <ctime>
#include <mutex>

#include <sched.h>

#include "nicmodel/model.hpp"

namespace miniport::nicmodel {
namespace {

u64 wall_ns() noexcept
{
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<u64>(t.tv_sec) * 1'000'000'000u + static_cast<u64>(t.tv_nsec);
}

void relax() noexcept
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

constexpr int spins_before_yield = 2000;      // of a waiting lock
constexpr int idle_turns_before_sleep = 2000; // of the thread: some 100 µs
constexpr long idle_sleep_ns = 20'000;        // latency that an idle model may add
constexpr int turns_at_one_moment = 1 << 20;  // more than any work that fits into rings and wires

} // namespace

void ticket_lock::lock() noexcept
{
    const u32 mine = next_.fetch_add(1, std::memory_order_relaxed);
    for (int i = 0; serving_.load(std::memory_order_acquire) != mine; ++i) {
        relax();
        if (i >= spins_before_yield)
            sched_yield();
    }
}

void lab::add(model &m)
{
    const std::lock_guard hold{lock_};
    assert(count_ < max_models);
    models_[count_++] = &m;
}

void lab::remove(model &m)
{
    const std::lock_guard hold{lock_};
    unplug(m);
    const auto end = models_.begin() + count_;
    const auto at = std::find(models_.begin(), end, &m);
    assert(at != end);
    std::move(at + 1, end, at);
    --count_;
}

void lab::unplug(model &m)
{
    for (unsigned i = 0; i < count_; ++i) {
        chip &other = models_[i]->chip_;
        if (&other == &m.chip_ || models_[i]->partner_ != &m)
            continue;
        other.out.lead_to(nullptr, nullptr);
        other.copper.cable(false, nullptr);
        models_[i]->partner_ = nullptr;
    }
    m.partner_ = nullptr;
    m.chip_.out.lead_to(nullptr, nullptr);
    m.chip_.copper.cable(false, nullptr);
}

void lab::connect(model &a, model &b)
{
    if (&a == &b)
        return connect_to_itself(a);
    const std::lock_guard hold{lock_};
    unplug(a);
    unplug(b);
    a.partner_ = &b;
    b.partner_ = &a;
    a.chip_.out.lead_to(&b.chip_, nullptr);
    b.chip_.out.lead_to(&a.chip_, nullptr);
    a.chip_.copper.cable(true, &b.chip_.copper);
    b.chip_.copper.cable(true, &a.chip_.copper);
}

void lab::connect_to_itself(model &m)
{
    const std::lock_guard hold{lock_};
    unplug(m);
    m.chip_.out.lead_to(&m.chip_, nullptr);
    m.chip_.copper.cable(true, nullptr);
}

void lab::connect(model &m, far_end &other)
{
    const std::lock_guard hold{lock_};
    unplug(m);
    m.chip_.out.lead_to(nullptr, &other);
    m.chip_.copper.cable(true, nullptr);
}

void lab::disconnect(model &m)
{
    const std::lock_guard hold{lock_};
    unplug(m);
}

void lab::impair(model &from, const impairments &i)
{
    const std::lock_guard hold{lock_};
    from.chip_.out.impair(i);
}

wire::counters lab::wire_counters(model &from)
{
    const std::lock_guard hold{lock_};
    return from.chip_.out.counted();
}

u64 lab::now_ns() noexcept
{
    const std::lock_guard hold{lock_};
    return clock_;
}

void lab::turn()
{
    for (unsigned i = 0; i < count_; ++i)
        models_[i]->chip_.run_transmit();
    for (unsigned i = 0; i < count_; ++i)
        models_[i]->chip_.run_rest();
}

u64 lab::due() const noexcept
{
    u64 first = never;
    for (unsigned i = 0; i < count_; ++i)
        first = std::min(first, models_[i]->chip_.due());
    return first;
}

u64 lab::progress() const noexcept
{
    u64 sum = 0;
    for (unsigned i = 0; i < count_; ++i) {
        const counters &c = models_[i]->chip_.count;
        sum += c.descriptors_fetched + c.descriptors_written + c.rx_frames;
    }
    return sum;
}

bool lab::deliver()
{
    bool any = false;
    for (unsigned i = 0; i < count_; ++i)
        if (models_[i]->chip_.irq.undelivered()) [[unlikely]] {
            any = true;
            models_[i]->chip_.irq.deliver();
        }
    return any;
}

void lab::step(u64 ns)
{
    lock_.lock();
    const u64 target = clock_ + ns;
    for (int turns = 0;;) {
        turn();
        // Who is interrupted may react before time goes on.
        lock_.unlock();
        const bool interrupted = deliver();
        lock_.lock();
        const u64 next = due();
        if (next <= clock_ || interrupted) {
            // Something never comes to rest: time must not stand still for it.
            if (++turns == turns_at_one_moment) {
                turns = 0;
                ++clock_;
            }
            continue;
        }
        if (clock_ >= target)
            break;
        turns = 0;
        clock_ = std::min(next, target);
    }
    lock_.unlock();
}

void lab::follow_wall() noexcept
{
    const u64 wall = wall_ns();
    if (wall_ != 0)
        clock_ += wall - wall_;
    wall_ = wall;
}

bool lab::poll_once()
{
    lock_.lock();
    follow_wall();
    const u64 before = progress();
    turn();
    const bool moved = progress() != before;
    lock_.unlock();
    return deliver() || moved;
}

void lab::start()
{
    if (running_.exchange(true))
        return;
    lock_.lock();
    wall_ = wall_ns(); // time before this belongs to nobody
    lock_.unlock();
    thread_ = std::thread([this] {
        int idle = 0;
        while (running_.load(std::memory_order_relaxed)) {
            idle = poll_once() ? 0 : idle + 1;
            if (idle >= idle_turns_before_sleep) {
                const timespec span{0, idle_sleep_ns};
                clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
            }
        }
    });
}

void lab::stop()
{
    if (!running_.exchange(false))
        return;
    thread_.join();
}

} // namespace miniport::nicmodel
