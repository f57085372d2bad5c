// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Lives that the other programs seldom lead, under traffic, for the probes to record: pauses inside recoveries and
// the reverse, recoveries, removal, shutdown, close from inside a callback.
//
//     sessions [GAP: µs between the bursts while pauses follow each other]
#include <array>
#include <atomic>
#include <thread>

#include "api.hpp"
#include "gates.hpp"
#include "port.hpp"
#include "recovery.hpp"
#include "removal.hpp"
#include "rig.hpp"

using namespace miniport;

namespace {

rte_mempool *pool;
unsigned wrong = 0;

void expect(bool right, const char *what)
{
    if (!right) {
        ++wrong;
        std::printf("FAILED %s\n", what);
    }
}

/// A port wired to itself, and a thread that keeps frames circulating through it.
struct busy_port {
    rig::nic_port nic;
    std::atomic<bool> stop{false};
    std::atomic<unsigned long> moved{0};
    std::thread poller;

    const unsigned gap_us; ///< between bursts: a log has room for 4 million records

    explicit busy_port(unsigned gap = 20) : gap_us{gap}
    {
        expect(nic.plug(0, "wire=loop,watchdog=on") && nic.configure() == 0 &&
                   nic.set_up(pool) == 0 && rte_eth_dev_start(nic.id) == 0 && rig::link_up(nic),
               "the port comes up");
        poller = std::thread{[this] { poll(); }};
        await(1);
    }
    void poll()
    {
        std::array<rte_mbuf *, 16> frames;
        while (!stop) {
            std::uint16_t n = rte_eth_rx_burst(nic.id, 0, frames.data(), frames.size());
            moved += n;
            if (n == 0 && (frames[0] = rte_pktmbuf_alloc(pool)) != nullptr) {
                std::memset(rte_pktmbuf_append(frames[0], 60), 0xFF, 60);
                n = 1;
            }
            for (auto i = rte_eth_tx_burst(nic.id, 0, frames.data(), n); i < n; ++i)
                rte_pktmbuf_free(frames[i]);
            if (gap_us != 0)
                rte_delay_us_sleep(gap_us);
        }
    }
    /// Until `more` frames more came through; not longer than a second.
    void await(unsigned long more) const
    {
        const unsigned long before = moved;
        for (unsigned i = 0; moved - before < more && i < 10'000; ++i)
            rte_delay_us_sleep(100);
        expect(moved - before >= more, "frames flow");
    }
    void end_polling()
    {
        stop = true;
        if (poller.joinable())
            poller.join();
    }
    ~busy_port()
    {
        end_polling();
        rte_eth_dev_stop(nic.id);
        rte_eth_dev_close(nic.id);
        nic.unplug();
    }
};

void pauses(unsigned gap_us)
{
    busy_port p{gap_us};
    for (unsigned i = 0; i < 100; ++i) {
        expect(rte_pmd_miniport_pause(p.nic.id) == 0, "pause");
        expect(rte_pmd_miniport_restart(p.nic.id) == 0, "restart");
        p.await(4);
    }
}

void recoveries()
{
    busy_port p;
    expect(rte_eth_promiscuous_enable(p.nic.id) == 0, "promiscuous");
    for (unsigned i = 0; i < 10; ++i) {
        p.nic.inside().recoveries = 0;
        expect(recover(p.nic.inside(), "session"), "recovery");
        p.await(4);
    }
}

/// N9: the two end in either order, in Paused with the gates closed.
void pause_and_recovery()
{
    busy_port p;
    port &inside = p.nic.inside();
    for (unsigned i = 0; i < 10; ++i) {
        inside.recoveries = 0;
        expect(begin_recovery(inside), "recovery begins");
        expect(rte_pmd_miniport_pause(p.nic.id) == 0, "pause inside a recovery");
        expect(end_recovery(inside) == status::ok, "the recovery ends behind the pause");
        expect(rte_pmd_miniport_restart(p.nic.id) == 0, "restart");
        p.await(4);
    }
    p.end_polling();
    for (unsigned i = 0; i < 10; ++i) {
        expect(inside.rx(0)->gate.enter<burst_fence::full>(this_process), "a burst enters");
        expect(begin_recovery(inside), "recovery begins");
        expect(rte_pmd_miniport_pause_async(p.nic.id, nullptr, nullptr) == -EINPROGRESS,
               "the pause waits for the burst");
        expect(end_recovery(inside) == status::ok, "the recovery ends before the pause");
        inside.rx(0)->gate.leave();
        for (unsigned ms = 0; inside.life.now() != state::paused && ms < 1000; ++ms)
            rte_delay_us_sleep(1000);
        expect(rte_pmd_miniport_restart(p.nic.id) == 0, "restart");
    }
}

void removal()
{
    busy_port p;
    p.nic.chip().fault().set(nicmodel::fault::removed, 1);
    expect(rte_eth_dev_is_removed(p.nic.id) == 1, "the removal is seen");
}

/// rte_eal_alarm's thread closes the port from inside its removal event.
void close_from_callback()
{
    static std::atomic<bool> closed{false};
    closed = false;
    busy_port p;
    const auto close = [](std::uint16_t id, rte_eth_event_type, void *poller_of, void *) {
        static_cast<busy_port *>(poller_of)->end_polling();
        expect(rte_eth_dev_stop(id) == 0 && rte_eth_dev_close(id) == 0, "close from a callback");
        closed = true;
        return 0;
    };
    rte_eth_dev_callback_register(p.nic.id, RTE_ETH_EVENT_INTR_RMV, close, &p);
    p.nic.chip().fault().set(nicmodel::fault::removed, 1);
    expect(rte_eth_dev_is_removed(p.nic.id) == 1, "the removal is seen");
    for (unsigned ms = 0; !closed && ms < 2000; ++ms)
        rte_delay_us_sleep(1000);
    expect(closed, "the removal event closes the port");
}

/// Last: nothing is freed after a shutdown, so the pool goes with it.
void shut_down()
{
    busy_port p;
    expect(rte_pmd_miniport_shutdown(p.nic.id) == 0, "shutdown");
    rte_delay_us_sleep(10'000);
    expect(rte_pmd_miniport_state(p.nic.id, nullptr) == RTE_PMD_MINIPORT_SHUTDOWN, "Shutdown");
}

} // namespace

int main(int count, char **words)
{
    rig::start_eal();
    pool = rig::make_pool("pool", 1023);
    if (pool == nullptr)
        return 2;
    pauses(count > 1 ? static_cast<unsigned>(std::strtoul(words[1], nullptr, 10)) : 20);
    recoveries();
    pause_and_recovery();
    removal();
    close_from_callback();
    expect(rte_mempool_in_use_count(pool) == 0, "every mbuf is back");
    shut_down();
    std::printf("sessions: %u wrong\n", wrong);
    return wrong != 0;
}
