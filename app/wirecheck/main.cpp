// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// miniport-wirecheck: proves that two wired ports carry every frame unharmed, whatever their
// driver. Here: the life of the ports, from the EAL to the last look at what is left of them.
// Read check.cpp for what is checked, frames.cpp for what is sent.
#include <csignal>
#include <cstdio>
#include <exception>
#include <rte_eal.h>
#include <rte_errno.h>
#include <vector>

#include "check.hpp"
#include "options.hpp"
#include "port.hpp"
#include "report.hpp"

namespace {

using namespace wirecheck;

class eal {
public:
    eal(int argc, char **argv)
        : consumed_(rte_eal_init(argc, argv))
    {
        if (consumed_ < 0)
            throw usage_error(text("the EAL does not start: %s", rte_strerror(rte_errno)));
    }
    eal(const eal &) = delete;
    eal &operator=(const eal &) = delete;
    ~eal() { rte_eal_cleanup(); }

    [[nodiscard]] int consumed() const noexcept { return consumed_; }

private:
    int consumed_;
};

struct port_pair {
    std::uint16_t first;
    std::uint16_t second;
};

port_pair find_ports()
{
    std::vector<std::uint16_t> found;
    // RTE_ETH_FOREACH_DEV written out: the macro narrows from 64 bits without a cast.
    const auto next = [](unsigned from) {
        const auto id = static_cast<std::uint16_t>(from);
        return rte_eth_find_next_owned_by(id, RTE_ETH_DEV_NO_OWNER);
    };
    for (std::uint64_t id = next(0); id < RTE_MAX_ETHPORTS; id = next(found.back() + 1U))
        found.push_back(static_cast<std::uint16_t>(id));
    if (found.size() < 2)
        throw usage_error(text("two ports are needed, the EAL has found %zu", found.size()));
    return {found[0], found[1]};
}

struct pools {
    explicit pools(const options &o)
        : rx_first("wirecheck_rx0", rx_count(o), o.mbuf_data)
        , rx_second("wirecheck_rx1", rx_count(o), o.mbuf_data)
        , tx("wirecheck_tx", tx_count(o), o.longest_sent())
    {}

    static unsigned rx_count(const options &o) { return o.rxd + o.burst * o.rx_segments(); }

    /// Two rings, and for drivers that hand over without a ring two windows and bursts.
    static unsigned tx_count(const options &o)
    {
        return 2U * (o.txd + (o.window + o.burst) * o.segments);
    }

    void audit(report &result) const
    {
        for (const mbuf_pool *pool : {&rx_first, &rx_second, &tx})
            if (const unsigned missing = pool->in_use(); missing > 0)
                result.finding(
                    text("%u mbufs of pool %s did not come back", missing, pool->get()->name));
    }

    mbuf_pool rx_first;
    mbuf_pool rx_second;
    mbuf_pool tx;
};

/// A check that fails ends its own step only: the ports are stopped and looked at all the same.
template <class Step>
void attempt(report &result, Step step)
{
    try {
        step();
    } catch (const failure &cause) {
        result.finding(cause.what());
    }
}

void use_ports(const options &o, const port_pair &ids, const pools &memory, report &result)
{
    port first{ids.first};
    port second{ids.second};
    port_setup setup{o.mtu, o.mbuf_data, o.rxd, o.txd, o.segments > 1, o.link_event_seconds > 0};

    attempt(result, [&] {
        second.configure(setup, memory.rx_second.get());
        setup.mtu += o.drop_excess; // the sender of forbidden frames is allowed to send them
        first.configure(setup, memory.rx_first.get());
        if (o.drop_excess > 0)
            second.tolerate_errors();
        first.start();
        second.start();
        first.wait_for_link();
        second.wait_for_link();
        wire{o, first, second, memory.tx.get(), result}.check();
    });
    for (port *p : {&first, &second}) {
        attempt(result, [&] { p->stop(); });
        attempt(result, [&] { p->audit(result); });
    }
    for (port *p : {&first, &second})
        attempt(result, [&] { p->close(); });
}

int run(int argc, char **argv)
{
    const eal environment{argc, argv};
    const options o = parse(argc - environment.consumed(), argv + environment.consumed());
    if (o.help) {
        print_help();
        return 0;
    }
    const port_pair ids = find_ports();
    std::signal(SIGINT, [](int) { interrupted = 1; });

    report result;
    attempt(result, [&] {
        const pools memory{o};
        const belongings before = belongings::now();
        use_ports(o, ids, memory, result);
        memory.audit(result);
        belongings::now().audit(before, result);
    });
    return result.conclude(o.json);
}

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        return run(argc, argv);
    } catch (const usage_error &error) {
        std::fprintf(stderr, "miniport-wirecheck: %s\n", error.what());
        return 2;
    } catch (const std::exception &error) {
        std::printf("wirecheck: FAIL %s\n", error.what());
        return 1;
    }
}
