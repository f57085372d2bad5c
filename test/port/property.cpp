// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Random sequences of calls. One thread: every answer is the one that lifecycle.md §4 has in the cell
// of the port's state and flags. Several threads: every answer is one that some cell of its row has,
// nothing hangs, and at the end every mbuf is back.
//
//     property [SEED [STEPS [SECONDS [CYCLES]]]]
#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "events.hpp"
#include "recovery.hpp"
#include "removal.hpp"
#include "rig.hpp"

using namespace miniport;

namespace {

rte_mempool *pool;
unsigned wrong = 0;

const rte_ether_addr spare{{0x02, 0, 0, 0, 0, 0x77}};

/// A call, the row of §4 that answers it, and what ethdev answers before it reaches the driver.
struct call {
    const char *name;
    request row;
    std::function<int(const rig::nic_port &)> make;
    /// nothing: the driver is asked.
    std::function<std::optional<int>(const rte_eth_dev_data &)> ethdev;
};

std::optional<int> asked(const rte_eth_dev_data &)
{
    return std::nullopt;
}
std::optional<int> unless_configured(const rte_eth_dev_data &d)
{
    return d.dev_configured ? std::nullopt : std::optional<int>{-EINVAL};
}

const std::vector<call> calls{
    {"configure", request::initialize, [](auto &p) { return p.configure(); },
     [](auto &d) { return d.dev_started ? std::optional<int>{-EBUSY} : std::nullopt; }},
    {"rx_queue_setup", request::queue_setup,
     [](auto &p) {
         return rte_eth_rx_queue_setup(p.id, 0, rig::descriptors, 0, nullptr, pool);
     },
     [](auto &d) {
         return d.nb_rx_queues == 0 ? std::optional<int>{-EINVAL}
                : d.dev_started     ? std::optional<int>{-EBUSY}
                                    : std::nullopt;
     }},
    {"tx_queue_setup", request::queue_setup,
     [](auto &p) { return rte_eth_tx_queue_setup(p.id, 0, rig::descriptors, 0, nullptr); },
     [](auto &d) {
         return d.nb_tx_queues == 0 ? std::optional<int>{-EINVAL}
                : d.dev_started     ? std::optional<int>{-EBUSY}
                                    : std::nullopt;
     }},
    {"start", request::restart, [](auto &p) { return rte_eth_dev_start(p.id); },
     [](auto &d) {
         return !d.dev_configured ? std::optional<int>{-EINVAL}
                : d.dev_started   ? std::optional<int>{0}
                                  : std::nullopt;
     }},
    {"stop", request::pause, [](auto &p) { return rte_eth_dev_stop(p.id); }, asked},
    {"pause", request::pause, [](auto &p) { return rte_pmd_miniport_pause(p.id); }, asked},
    {"pause_async", request::pause_async,
     [](auto &p) { return rte_pmd_miniport_pause_async(p.id, nullptr, nullptr); }, asked},
    {"restart", request::restart, [](auto &p) { return rte_pmd_miniport_restart(p.id); },
     [](auto &d) { return d.dev_started ? std::nullopt : std::optional<int>{-EINVAL}; }},
    {"reset", request::reset, [](auto &p) { return rte_eth_dev_reset(p.id); }, asked},
    {"promiscuous on", request::control_set,
     [](auto &p) { return rte_eth_promiscuous_enable(p.id); },
     [](auto &d) { return d.promiscuous ? std::optional<int>{0} : std::nullopt; }},
    {"promiscuous off", request::control_set,
     [](auto &p) { return rte_eth_promiscuous_disable(p.id); },
     [](auto &d) { return d.promiscuous ? std::nullopt : std::optional<int>{0}; }},
    {"set_mtu", request::control_set, [](auto &p) { return rte_eth_dev_set_mtu(p.id, 1400); },
     unless_configured},
    {"default_mac_addr_set", request::control_set,
     [](auto &p) {
         rte_ether_addr mac = spare;
         return rte_eth_dev_default_mac_addr_set(p.id, &mac);
     },
     asked},
    {"link_get", request::control_query,
     [](auto &p) {
         rte_eth_link link;
         return rte_eth_link_get_nowait(p.id, &link);
     },
     asked},
    {"stats_get", request::control_query,
     [](auto &p) {
         rte_eth_stats stats;
         return rte_eth_stats_get(p.id, &stats);
     },
     asked},
    {"info_get", request::identity,
     [](auto &p) {
         rte_eth_dev_info info;
         return rte_eth_dev_info_get(p.id, &info);
     },
     asked},
};

/// What the driver's tables make of it: 0 where work is done and nothing is wrong with the device.
int expected(request row, state s, flags f)
{
    const reply a = ask(row, s, f);
    return a.what == plan::answer ? to_errno(a.result) : 0;
}

void complain(const char *what, state s, int answer, int wanted)
{
    ++wrong;
    std::printf("FAILED %s in %s: answered %d, §4 says %d\n", what, name(s), answer, wanted);
}

void one_thread(std::mt19937 &random, unsigned steps)
{
    rig::nic_port p;
    unsigned lives = 0;
    std::array<unsigned, state_count> met{};
    for (unsigned i = 0; i < steps; ++i) {
        if (p.id == RTE_MAX_ETHPORTS && !p.plug(0, "wire=loop")) {
            ++wrong;
            return;
        }
        port &inside = p.inside();
        const auto dice = static_cast<unsigned>(random() % 1000);
        if (dice < 10) { // the device vanishes
            p.chip().fault().set(nicmodel::fault::removed, 1);
            static_cast<void>(present(inside));
        } else if (dice < 13) { // a signal shuts the adapter down
            rte_pmd_miniport_shutdown(p.id);
        } else if (dice < 30 || (dice < 200 && inside.life.attributes().bits != 0) ||
                   (dice < 200 && inside.life.now() == state::shutdown)) {
            rte_eth_dev_stop(p.id);
            const bool leaked = inside.life.now() == state::shutdown;
            rte_eth_dev_close(p.id);
            p.unplug();
            p.id = RTE_MAX_ETHPORTS;
            ++lives;
            if (leaked) // nothing is freed after shutdown: start over with what that took
                pool = rig::make_pool(("pool" + std::to_string(lives)).c_str(), 255);
            else if (rte_mempool_in_use_count(pool) != 0)
                complain("close: mbufs are missing", state::halted, 0, 0);
        } else {
            const call &c = calls[random() % calls.size()];
            const state s = inside.life.now();
            ++met[static_cast<std::size_t>(s)];
            const auto before = c.ethdev(*inside.data);
            // ethdev does not ask the driver to stop what it has not started.
            const bool no_op = std::strcmp(c.name, "stop") == 0 && !inside.data->dev_started;
            // A queue that is not set up is found at restart; it is the application's mistake.
            const bool ready = inside.data->rx_queues && inside.data->rx_queues[0] &&
                               inside.data->tx_queues && inside.data->tx_queues[0];
            int wanted = before     ? *before
                         : no_op    ? 0
                                    : expected(c.row, s, inside.life.attributes());
            if (!before && c.row == request::restart && wanted == 0 && s == state::paused && !ready)
                wanted = -EINVAL;
            // ethdev itself says -EIO for whatever fails on a device that is gone (eth_err).
            if (wanted < 0 && !before && rte_eth_dev_is_removed(p.id))
                wanted = -EIO;
            const int answer = c.make(p);
            if (answer != wanted)
                complain(c.name, s, answer, wanted);
        }
    }
    if (p.id != RTE_MAX_ETHPORTS) {
        rte_eth_dev_stop(p.id);
        rte_eth_dev_close(p.id);
        p.unplug();
    }
    std::printf("one thread: %u calls in %u lives; states met:", steps, lives);
    for (std::size_t s = 0; s < state_count; ++s)
        std::printf(" %s %u", name(static_cast<state>(s)), met[s]);
    std::puts("");
}

/// Every errno that the row has in any cell, with any flag; -EBUSY for a lock that was held too long.
bool in_row(request row, int answer)
{
    if (answer == 0 || answer == -EBUSY || answer == -EINPROGRESS)
        return true;
    for (std::size_t s = 0; s < state_count; ++s)
        for (std::uint8_t f = 0; f < 8; ++f)
            if (expected(row, static_cast<state>(s), flags{f}) == answer)
                return true;
    return false;
}

/// Two pollers burst all the time; four threads call what needs no help of ethdev's.
void several_threads(std::mt19937 &random, unsigned seconds)
{
    rig::nic_port a, b;
    rte_mempool *const shared = rig::make_pool("threads", 2047);
    if (!a.plug(0) || !b.plug(1) || a.configure() || b.configure() || a.set_up(shared) ||
        b.set_up(shared) || rte_eth_dev_start(a.id) || rte_eth_dev_start(b.id)) {
        ++wrong;
        return;
    }
    std::atomic<bool> stop{false};
    std::atomic<unsigned long> made{0}, moved{0}, bad{0};
    std::vector<std::thread> threads;
    // These circulate, as long as no pause takes them off the wire.
    std::array<rte_mbuf *, 64> first;
    if (rig::link_up(a) && rig::link_up(b) && rte_pktmbuf_alloc_bulk(shared, first.data(), 64) == 0) {
        for (rte_mbuf *m : first)
            std::memset(rte_pktmbuf_append(m, 60), 0xFF, 60);
        for (auto i = rte_eth_tx_burst(a.id, 0, first.data(), 64); i < 64; ++i)
            rte_pktmbuf_free(first[i]);
    }
    const auto poll = [&](const rig::nic_port &p) {
        std::array<rte_mbuf *, 32> frames;
        while (!stop) {
            const auto got = rte_eth_rx_burst(p.id, 0, frames.data(), frames.size());
            const auto sent = rte_eth_tx_burst(p.id, 0, frames.data(), got);
            moved += sent;
            for (auto i = sent; i < got; ++i)
                rte_pktmbuf_free(frames[i]);
            if (got == 0)
                std::this_thread::yield();
        }
    };
    threads.emplace_back(poll, std::cref(a));
    threads.emplace_back(poll, std::cref(b));
    for (unsigned t = 0; t < 4; ++t)
        threads.emplace_back([&, seed = random()] {
            std::mt19937 dice{seed};
            constexpr const char *usable[] = {"pause",           "pause_async", "restart",
                                              "promiscuous on",  "promiscuous off", "set_mtu",
                                              "link_get",        "stats_get",   "info_get"};
            while (!stop) {
                const rig::nic_port &p = dice() % 2 ? a : b;
                if (dice() % 50 == 0) {
                    p.inside().recoveries = 0; // the budget is another test's matter
                    static_cast<void>(recover(p.inside(), "test"));
                    ++made;
                    continue;
                }
                const char *const what = usable[dice() % std::size(usable)];
                const call &c = *std::ranges::find_if(
                    calls, [what](const call &k) { return std::strcmp(k.name, what) == 0; });
                if (!in_row(c.row, c.make(p)))
                    ++bad;
                ++made;
            }
        });
    rte_delay_us_sleep(seconds * 1'000'000);
    stop = true;
    for (std::thread &t : threads)
        t.join();
    for (const rig::nic_port *p : {&a, &b}) {
        rte_eth_dev_stop(p->id);
        rte_eth_dev_close(p->id);
    }
    a.unplug();
    b.unplug();
    if (const unsigned left = rte_mempool_in_use_count(shared); left != 0) {
        ++wrong;
        std::printf("FAILED %u mbufs are missing after the threads ended\n", left);
    }
    if (bad != 0) {
        ++wrong;
        std::printf("FAILED %lu answers are in no cell of their row\n", bad.load());
    }
    std::printf("threads: 4 callers and 2 pollers for %u s, %lu calls\n", seconds, made.load());
}

/// One lcore polls while the port is paused and restarted through the private API. Between the two
/// the rings belong to us: they are poisoned, and the poison must still be there. The NIC stands
/// still meanwhile, so that the cycles are many: this is about the bursts.
void poisoned_rings(unsigned wanted, unsigned seconds)
{
    rig::nic_port p;
    rte_mempool *const own = rig::make_pool("poison", 511);
    if (!p.plug(0, "wire=loop") || p.configure(false) || p.set_up(own) || rte_eth_dev_start(p.id)) {
        ++wrong;
        return;
    }
    model_lab().stop();
    std::atomic<bool> stop{false};
    std::atomic<unsigned long> bursts{0};
    std::thread poller{[&] {
        std::array<rte_mbuf *, 32> frames;
        while (!stop) {
            const auto got = rte_eth_rx_burst(p.id, 0, frames.data(), frames.size());
            const auto sent = rte_eth_tx_burst(p.id, 0, frames.data(), got);
            for (auto i = sent; i < got; ++i)
                rte_pktmbuf_free(frames[i]);
            ++bursts;
        }
    }};
    unsigned cycles = 0, touched = 0;
    const std::uint64_t end = trace::now_ns() + seconds * std::uint64_t{1'000'000'000};
    for (; cycles < wanted && trace::now_ns() < end; ++cycles) {
        rte_pmd_miniport_pause(p.id);
        rx_queue &rx = *p.inside().rx(0);
        tx_queue &tx = *p.inside().tx(0);
        rx.posted = 0xDEAD;
        const hw::ring_position next = rx.next, refill = rx.refill;
        std::memset(static_cast<void *>(rx.mbufs), 0xDE, sizeof(void *) * rx.size.count());
        std::memset(static_cast<void *>(tx.mbufs), 0xDE, sizeof(void *) * tx.size.count());
        for (unsigned spin = 0; spin < 200; ++spin)
            rte_pause();
        touched += rx.posted != 0xDEAD || !(rx.next == next) || !(rx.refill == refill);
        rx.posted = 0;
        if (rte_pmd_miniport_restart(p.id) != 0)
            ++wrong;
    }
    stop = true;
    poller.join();
    model_lab().start();
    rte_eth_dev_stop(p.id);
    rte_eth_dev_close(p.id);
    p.unplug();
    if (touched != 0 || rte_mempool_in_use_count(own) != 0) {
        ++wrong;
        std::printf("FAILED a burst touched a paused ring in %u of %u cycles\n", touched, cycles);
    }
    std::printf("poisoned rings: %u pause and restart cycles under %lu bursts, 0 touches\n", cycles,
                bursts.load());
}

} // namespace

int main(int count, char **words)
{
    const auto number = [&](int i, unsigned otherwise) {
        return count > i ? static_cast<unsigned>(std::strtoul(words[i], nullptr, 10)) : otherwise;
    };
    rig::start_eal();
    pool = rig::make_pool("pool", 511);
    if (pool == nullptr)
        return 2;
    std::mt19937 random{number(1, 1)};
    one_thread(random, number(2, 10'000));
    several_threads(random, number(3, 5));
    poisoned_rings(number(4, 5'000), 300);
    std::printf("property: %u wrong\n", wrong);
    return wrong != 0;
}
