// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The command line, decided: every value is within its bounds and they agree with one another.
#pragma once

#include <cstdint>

namespace wirecheck {

struct options {
    std::uint64_t frames = 200'000;
    std::uint32_t shortest = 60; // L2 bytes without FCS
    std::uint32_t longest = 1514;
    std::uint32_t mtu = 0; // 0: from the sizes
    std::uint32_t mbuf_data = 2048;
    std::uint16_t segments = 1;
    std::uint16_t window = 0; // 0: as many as the rings bear, 128 at most
    std::uint16_t burst = 32;
    std::uint16_t rxd = 512;
    std::uint16_t txd = 512;
    std::uint64_t seed = 1;
    std::uint64_t restart_every = 0;
    std::uint32_t cycles = 0;
    std::uint32_t rate_seconds = 0;
    std::uint32_t link_event_seconds = 0;
    std::uint32_t drop_excess = 0; // bytes above the MTU; 0: no such test
    bool one_way = false;
    bool filter_test = false;
    bool json = false;
    bool help = false;

    /// RX mbufs that the longest frame may need.
    [[nodiscard]] std::uint32_t rx_segments() const noexcept;
    /// The longest frame that is ever sent, the forbidden ones included.
    [[nodiscard]] std::uint32_t longest_sent() const noexcept;
};

/// Throws usage_error. argv[0] is skipped.
[[nodiscard]] options parse(int argc, char **argv);

void print_help();

} // namespace wirecheck
