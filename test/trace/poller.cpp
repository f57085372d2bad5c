// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A secondary process that polls (I30): port 0 to 1 and back, while the primary pauses and restarts them.
//
//     poller EAL-ARGUMENTS… -- SECONDS
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

int main(int count, char **words)
{
    const int used = rte_eal_init(count, words);
    if (used < 0 || used + 1 >= count)
        return 2;
    const std::uint64_t end =
        rte_get_timer_cycles() + std::strtoull(words[used + 1], nullptr, 10) * rte_get_timer_hz();
    unsigned long moved = 0;
    std::puts("polling");
    std::fflush(stdout);
    while (rte_get_timer_cycles() < end) {
        for (std::uint16_t from = 0; from < 2; ++from) {
            std::array<rte_mbuf *, 16> frames;
            const auto to = static_cast<std::uint16_t>(from ^ 1);
            const auto got = rte_eth_rx_burst(from, 0, frames.data(), frames.size());
            const auto sent = rte_eth_tx_burst(to, 0, frames.data(), got);
            moved += sent;
            for (auto i = sent; i < got; ++i)
                rte_pktmbuf_free(frames[i]);
        }
        rte_delay_us_block(20); // a log has room for 4 million records
    }
    std::printf("moved %lu\n", moved);
    rte_eal_cleanup();
    return 0;
}
