// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What happens to a running port: hangs and recovery, removal, close from its own callbacks, an
// asynchronous pause, a burst that does not end, shutdown. One function each, on software NICs.
#include <atomic>
#include <csignal>
#include <deque>
#include <thread>

#include "gates.hpp"
#include "hw/regs_82574.hpp"
#include "rig.hpp"

using namespace miniport;
using nicmodel::fault;

namespace {

rte_mempool *pool;
unsigned passed = 0, failed_count = 0;
const char *test = "";
bool good;

void check(bool holds, const char *what)
{
    if (holds)
        return;
    good = false;
    std::printf("FAILED %s: %s\n", test, what);
}
#define CHECK(condition) check(condition, #condition)

/// How often each event came, and what to do inside its callback.
struct witness {
    std::atomic<unsigned> count[RTE_ETH_EVENT_MAX] = {};
    bool close_inside = false;

    void watch(std::uint16_t id)
    {
        for (const auto e : events)
            rte_eth_dev_callback_register(id, e, called, this);
    }
    void forget(std::uint16_t id)
    {
        for (const auto e : events)
            rte_eth_dev_callback_unregister(id, e, called, this);
    }
    [[nodiscard]] bool saw(rte_eth_event_type e, unsigned times = 1, unsigned wait_ms = 8000) const
    {
        for (unsigned ms = 0; ms < wait_ms && count[e] < times; ++ms)
            rte_delay_us_sleep(1000);
        return count[e] == times;
    }

    static constexpr rte_eth_event_type events[] = {
        RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV, RTE_ETH_EVENT_ERR_RECOVERING,
        RTE_ETH_EVENT_RECOVERY_SUCCESS, RTE_ETH_EVENT_RECOVERY_FAILED};

    static int called(std::uint16_t id, rte_eth_event_type e, void *self, void *)
    {
        auto &w = *static_cast<witness *>(self);
        if (w.close_inside && (e == RTE_ETH_EVENT_INTR_LSC || e == RTE_ETH_EVENT_INTR_RMV)) {
            w.close_inside = false;
            CHECK(rte_eth_dev_stop(id) == 0);
            CHECK(rte_eth_dev_close(id) == 0);
        }
        ++w.count[e];
        return 0;
    }
};

/// ethdev keeps the callbacks of a port that was closed, for the next port of that number; so a
/// witness outlives its test.
witness &new_witness()
{
    static std::deque<witness> all;
    return all.emplace_back();
}

/// A looped port, started, with its link up.
rig::nic_port running(const std::string &arguments = "wire=loop")
{
    rig::nic_port p;
    CHECK(p.plug(0, arguments));
    CHECK(p.configure() == 0 && p.set_up(pool) == 0 && rte_eth_dev_start(p.id) == 0);
    CHECK(rig::link_up(p));
    return p;
}

void finish(rig::nic_port &p)
{
    CHECK(rte_eth_dev_stop(p.id) == 0);
    CHECK(rte_eth_dev_close(p.id) == 0);
    p.unplug();
    CHECK(rte_mempool_in_use_count(pool) == 0);
}

/// Hangs the transmit unit with a frame in it.
void hang(const rig::nic_port &p)
{
    p.chip().fault().set(fault::tx_hang, 1);
    static_cast<void>(rig::exchange(p, p, pool, 3));
}

void a_hang_is_recovered_with_settings_kept()
{
    rig::nic_port p = running("wire=loop,watchdog=on");
    witness &w = new_witness();
    w.watch(p.id);
    rte_ether_addr mac{{0x02, 1, 2, 3, 4, 5}};
    CHECK(rte_eth_dev_default_mac_addr_set(p.id, &mac) == 0);
    CHECK(rte_eth_promiscuous_enable(p.id) == 0);
    hang(p);
    CHECK(w.saw(RTE_ETH_EVENT_ERR_RECOVERING));
    p.chip().fault().clear();
    CHECK(w.saw(RTE_ETH_EVENT_RECOVERY_SUCCESS));
    CHECK(p.inside().life.now() == state::running);
    CHECK(p.inside().tx(0)->aborted != 0);
    CHECK(p.inside().regs.read<reg::RAH>().raw == 0x8000'0504u);
    CHECK(p.inside().regs.read<reg::RCTL>()[reg::RCTL::UPE]);
    CHECK(rig::link_up(p));
    CHECK(rig::exchange(p, p, pool, 20) == 20);
    const unsigned link_events = w.count[RTE_ETH_EVENT_INTR_LSC];
    p.chip().fault().set(fault::link_down, 1); // the interrupt has survived as well
    CHECK(w.saw(RTE_ETH_EVENT_INTR_LSC, link_events + 1));
    w.forget(p.id);
    finish(p);
}

void a_reset_that_fails_is_told_and_mended_by_configure()
{
    rig::nic_port p = running("wire=loop,watchdog=on");
    witness &w = new_witness();
    w.watch(p.id);
    p.chip().fault().set(fault::reset_never_ends, 1);
    hang(p);
    CHECK(w.saw(RTE_ETH_EVENT_RECOVERY_FAILED));
    std::uint32_t flags = 0;
    CHECK(rte_pmd_miniport_state(p.id, &flags) == RTE_PMD_MINIPORT_RUNNING);
    CHECK(flags == RTE_PMD_MINIPORT_FAILED);
    CHECK(rte_eth_promiscuous_enable(p.id) == -EIO);
    CHECK(rte_eth_dev_stop(p.id) == 0);
    CHECK(rte_eth_dev_start(p.id) == -EIO);
    p.chip().fault().clear();
    CHECK(p.configure() == 0 && rte_eth_dev_start(p.id) == 0);
    CHECK(rig::link_up(p) && rig::exchange(p, p, pool, 5) == 5);
    w.forget(p.id);
    finish(p);
}

void too_many_resets_fail_the_adapter()
{
    rig::nic_port p = running("wire=loop,watchdog=on");
    witness &w = new_witness();
    w.watch(p.id);
    for (unsigned n = 1; n <= 4; ++n) {
        hang(p);
        CHECK(w.saw(RTE_ETH_EVENT_ERR_RECOVERING, n));
        p.chip().fault().clear();
        CHECK(n < 4 ? w.saw(RTE_ETH_EVENT_RECOVERY_SUCCESS, n)
                    : w.saw(RTE_ETH_EVENT_RECOVERY_FAILED));
        CHECK(n == 4 || rig::link_up(p));
    }
    w.forget(p.id);
    finish(p);
}

void removal_is_told_once_and_harms_nothing()
{
    rig::nic_port p = running();
    witness &w = new_witness();
    w.watch(p.id);
    CHECK(rig::exchange(p, p, pool, 10) == 10);
    rte_eth_stats before, after;
    CHECK(rte_eth_stats_get(p.id, &before) == 0);
    p.chip().fault().set(fault::removed, 1);
    CHECK(rte_eth_dev_is_removed(p.id) == 1);
    CHECK(w.saw(RTE_ETH_EVENT_INTR_RMV));
    CHECK(rig::exchange(p, p, pool, 3) == 0);
    CHECK(rte_eth_stats_get(p.id, &after) == 0);
    CHECK(after.ipackets == before.ipackets && after.opackets == before.opackets);
    rte_eth_link link;
    CHECK(rte_eth_link_get_nowait(p.id, &link) == 0 && !link.link_status);
    CHECK(rte_eth_promiscuous_enable(p.id) == -EIO);
    const std::uint64_t begin = trace::now_ns();
    CHECK(rte_eth_dev_stop(p.id) == 0);
    CHECK(rte_eth_dev_close(p.id) == 0);
    CHECK(trace::now_ns() - begin < 2'000'000'000); // bounded, whatever the machine's load
    CHECK(w.count[RTE_ETH_EVENT_INTR_RMV] == 1);
    p.unplug();
    CHECK(rte_mempool_in_use_count(pool) == 0);
}

void the_port_may_be_closed_in_its_own_callback(rte_eth_event_type by)
{
    rig::nic_port p = running();
    witness &w = new_witness();
    w.close_inside = true;
    w.watch(p.id);
    if (by == RTE_ETH_EVENT_INTR_LSC) {
        p.chip().fault().set(fault::link_down, 1);
    } else {
        p.chip().fault().set(fault::removed, 1);
        CHECK(rte_eth_dev_is_removed(p.id) == 1);
    }
    CHECK(w.saw(by));
    CHECK(find_port(p.id) == nullptr);
    rte_delay_us_sleep(20'000); // the callback's thread leaves it
    p.unplug();
    CHECK(rte_mempool_in_use_count(pool) == 0);
}
void closed_in_the_link_callback()
{
    the_port_may_be_closed_in_its_own_callback(RTE_ETH_EVENT_INTR_LSC);
}
void closed_in_the_removal_callback()
{
    the_port_may_be_closed_in_its_own_callback(RTE_ETH_EVENT_INTR_RMV);
}

void an_asynchronous_pause_is_completed_once()
{
    rig::nic_port p = running();
    std::atomic<unsigned> told{0};
    const auto done = [](std::uint16_t, void *context) {
        ++*static_cast<std::atomic<unsigned> *>(context);
    };
    CHECK(rte_pmd_miniport_pause_async(p.id, done, &told) == 0); // nobody bursts: paused at once
    CHECK(told == 0);
    for (unsigned who = 0; who < 3; ++who) { // ended by its own alarm, by a pause, by ethdev's stop
        CHECK(rte_pmd_miniport_restart(p.id) == 0);
        gate &g = p.inside().rx(0)->gate;
        CHECK(g.enter<burst_fence::full>(this_process)); // a burst that is under way
        told = 0;
        CHECK(rte_pmd_miniport_pause_async(p.id, done, &told) == -EINPROGRESS);
        CHECK(rte_pmd_miniport_pause_async(p.id, done, &told) == -EALREADY);
        CHECK(rte_pmd_miniport_state(p.id, nullptr) == RTE_PMD_MINIPORT_PAUSING);
        CHECK(told == 0);
        std::thread late{[&g] {
            rte_delay_us_sleep(20'000);
            g.leave();
        }};
        if (who == 1)
            CHECK(rte_pmd_miniport_pause(p.id) == 0);
        if (who == 2)
            CHECK(rte_eth_dev_stop(p.id) == 0);
        late.join();
        for (unsigned ms = 0; ms < 2000 && told == 0; ++ms)
            rte_delay_us_sleep(1000);
        rte_delay_us_sleep(5'000);
        CHECK(told == 1);
        CHECK(rte_pmd_miniport_state(p.id, nullptr) == RTE_PMD_MINIPORT_PAUSED);
    }
    finish(p);
}

void a_burst_that_does_not_end_keeps_its_mbufs()
{
    rig::nic_port p = running();
    gate &g = p.inside().rx(0)->gate;
    CHECK(g.enter<burst_fence::full>(this_process));
    CHECK(rte_eth_dev_stop(p.id) == 0); // after 2 s
    CHECK(p.inside().life.now() == state::paused && p.inside().overdue == 1);
    CHECK(rte_mempool_in_use_count(pool) == rig::descriptors - 1u);
    CHECK(rte_eth_dev_start(p.id) == -EBUSY); // it is still inside
    g.leave();
    CHECK(rte_eth_dev_start(p.id) == 0);
    CHECK(rig::exchange(p, p, pool, 5) == 5);
    finish(p);
}

void shutdown_is_the_end()
{
    rig::nic_port p = running();
    CHECK(rte_pmd_miniport_shutdown(p.id) == 0);
    CHECK(rte_pmd_miniport_state(p.id, nullptr) == RTE_PMD_MINIPORT_SHUTDOWN);
    rte_mbuf *m = nullptr;
    CHECK(rte_eth_rx_burst(p.id, 0, &m, 1) == 0 && rte_errno == ESHUTDOWN);
    CHECK(p.inside().regs.read<reg::RCTL>().raw == 0);
    CHECK(!p.inside().regs.read<reg::TCTL>()[reg::TCTL::EN]);
    CHECK(rte_eth_promiscuous_enable(p.id) == -ESHUTDOWN);
    CHECK(rte_pmd_miniport_restart(p.id) == -ESHUTDOWN);
    const unsigned held = rte_mempool_in_use_count(pool);
    CHECK(held != 0);
    CHECK(rte_eth_dev_stop(p.id) == 0 && rte_eth_dev_close(p.id) == 0);
    CHECK(rte_mempool_in_use_count(pool) == held); // nothing is freed
    p.unplug();
    pool = rig::make_pool("after shutdown", 1023);
}

std::atomic<unsigned> handled{0};

void a_signal_shuts_down_and_is_passed_on()
{
    std::signal(SIGTERM, [](int) { ++handled; });
    rig::nic_port p = running("wire=loop,shutdown_on_signal=on");
    std::raise(SIGTERM);
    CHECK(handled == 1);
    CHECK(rte_pmd_miniport_state(p.id, nullptr) == RTE_PMD_MINIPORT_SHUTDOWN);
    CHECK(rte_eth_dev_stop(p.id) == 0 && rte_eth_dev_close(p.id) == 0);
    p.unplug();
    std::raise(SIGTERM); // no port any more: only passed on
    CHECK(handled == 2);
    pool = rig::make_pool("after signal", 1023);
}

void run(const char *name, void (*what)())
{
    test = name;
    good = true;
    what();
    std::printf("%s %s\n", good ? "ok    " : "FAILED", name);
    ++(good ? passed : failed_count);
}

} // namespace

int main()
{
    rig::start_eal();
    pool = rig::make_pool("pool", 1023);
    if (pool == nullptr)
        return 2;
#define RUN(function) run(#function, function)
    RUN(a_hang_is_recovered_with_settings_kept);
    RUN(a_reset_that_fails_is_told_and_mended_by_configure);
    RUN(too_many_resets_fail_the_adapter);
    RUN(removal_is_told_once_and_harms_nothing);
    RUN(closed_in_the_link_callback);
    RUN(closed_in_the_removal_callback);
    RUN(an_asynchronous_pause_is_completed_once);
    RUN(a_burst_that_does_not_end_keeps_its_mbufs);
    RUN(shutdown_is_the_end);
    RUN(a_signal_shuts_down_and_is_passed_on);
    std::printf("%u passed, %u failed\n", passed, failed_count);
    return failed_count != 0;
}
