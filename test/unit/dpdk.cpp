// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include <sched.h>

#include "mbufs.hpp"

extern "C" {
#include <rte_eal.h>
}

void start_dpdk()
{
    static const int result = [] {
        const char *const arguments[] = {
            "unit", "--no-huge", "--no-pci",       "-m",          "256",
            "-l",   "0",         "--no-telemetry", "--no-shconf", "--log-level=error"};
        std::vector<char *> argv;
        for (const char *a : arguments)
            argv.push_back(const_cast<char *>(a));
        // EAL ties this thread to its core; other tests want all of them.
        cpu_set_t before;
        sched_getaffinity(0, sizeof before, &before);
        const int cores = rte_eal_init(static_cast<int>(argv.size()), argv.data());
        sched_setaffinity(0, sizeof before, &before);
        return cores;
    }();
    REQUIRE(result >= 0);
}
