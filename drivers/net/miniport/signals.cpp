// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "signals.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace miniport {
namespace {

constexpr std::array watched{SIGTERM, SIGINT, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

std::array<std::atomic<port *>, RTE_MAX_ETHPORTS> ports{};
std::array<struct sigaction, watched.size()> before{};

/// Does what the signal would have done without us.
void pass_on(int number, siginfo_t *info, void *context) noexcept
{
    std::size_t i = 0;
    while (i < watched.size() && watched[i] != number)
        ++i;
    if (i == watched.size())
        return;
    const struct sigaction &old = before[i];
    if (old.sa_flags & SA_SIGINFO)
        return old.sa_sigaction(number, info, context);
    if (old.sa_handler == SIG_IGN)
        return;
    if (old.sa_handler != SIG_DFL)
        return old.sa_handler(number);
    ::sigaction(number, &old, nullptr);
    ::raise(number); // delivered when this handler returns, with the default action
}

std::atomic<unsigned> inside{0};

void on_signal(int number, siginfo_t *info, void *context) noexcept
{
    ++inside;
    for (std::atomic<port *> &entry : ports)
        if (port *p = entry.load())
            shutdown(*p);
    --inside;
    pass_on(number, info, context);
}

void install() noexcept
{
    static std::atomic_flag installed = ATOMIC_FLAG_INIT;
    if (installed.test_and_set())
        return;
    struct sigaction ours {};
    ours.sa_sigaction = on_signal;
    ours.sa_flags = SA_SIGINFO | SA_RESTART;
    for (std::size_t i = 0; i < watched.size(); ++i)
        ::sigaction(watched[i], &ours, &before[i]);
}

} // namespace

status shut_down_on_signals(port &p) noexcept
{
    for (std::atomic<port *> &entry : ports) {
        port *expected = nullptr;
        if (entry.compare_exchange_strong(expected, &p)) {
            install();
            return status::ok;
        }
    }
    return status::no_memory;
}

void forget_signals(const port &p) noexcept
{
    for (std::atomic<port *> &entry : ports)
        if (entry.load(std::memory_order_relaxed) == &p)
            entry.store(nullptr);
    // A handler on another thread may have read the entry; it ends within microseconds.
    while (inside.load() != 0)
        rte_pause();
}

} // namespace miniport
