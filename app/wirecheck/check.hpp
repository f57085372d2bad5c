// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What is done to the wire, one function per check; each throws failure at the first wrong thing.
// What a frame contains is frames.hpp's, what a port owns port.hpp's.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>
#include <rte_ether.h>

#include "frames.hpp"
#include "options.hpp"
#include "port.hpp"
#include "report.hpp"

namespace wirecheck {

/// Set by SIGINT.
extern volatile std::sig_atomic_t interrupted;

/// One direction. In flight is what was handed to the sender and has not been received.
struct flow {
    flow(std::uint16_t number, port &sender, port &receiver, rte_mempool *tx_pool,
         std::size_t burst);

    [[nodiscard]] bool done() const noexcept { return received == goal; }
    [[nodiscard]] std::uint64_t in_flight() const noexcept { return drawn - received; }

    std::uint16_t direction;
    port &from;
    port &to;
    rte_mempool *pool;
    mbuf_batch outgoing;
    mbuf_batch incoming;
    std::uint64_t goal = 0;
    std::uint64_t drawn = 0; // of which outgoing.rest() is not sent yet
    std::uint64_t received = 0;
    std::uint64_t last_progress = 0; // timer cycles
};

class wire {
public:
    wire(const options &o, port &first, port &second, rte_mempool *tx_pool, report &result);

    /// Everything the options ask for, on started ports with link.
    void check();

private:
    /// Their sequence numbers lie apart, so that a late one is not taken for a frame of the flow.
    static constexpr std::uint64_t probe_space = std::uint64_t{1} << 63;
    struct probe;

    void watch_link();
    void filter_test();
    void drop_test();
    void rate();
    void carry_all();
    void cycles();

    void restart();
    void carry(std::uint64_t both_directions);
    void pump(frames::extent extent);
    void fill(flow &f, frames::extent extent);
    void drain(flow &f, frames::extent extent);
    void check_frame(const flow &f, const rte_mbuf &frame);
    static void check_deadline(const flow &f);
    void expect_silence();
    void expect(flow &f, const probe &p);
    bool send_probe(flow &f, const probe &p, unsigned number);
    unsigned receive_probes(flow &f, const probe &p, unsigned arrived);
    [[nodiscard]] bool all_done() const noexcept { return flows_[0].done() && flows_[1].done(); }

    const options &options_;
    report &report_;
    frames frames_;
    std::array<flow, 2> flows_;
    traffic carried_;
    std::uint64_t probe_base_ = probe_space;
};

} // namespace wirecheck
