// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Everything fails once: each acquisition of configure, queue set-up and start in turn; each register
// access as the one at which the device vanishes; each register poll that never ends. Every run must
// end in the right state with nothing held, and the same device must work afterwards.
#include <set>

#include "rig.hpp"

using namespace miniport;

namespace {

rte_mempool *pool;
unsigned points = 0, good = 0;

/// Counts a failure point; tells what is wrong with it, if anything is.
void judge(const std::string &point, const std::string &wrong)
{
    ++points;
    if (wrong.empty())
        ++good;
    else
        std::printf("FAILED %s: %s\n", point.c_str(), wrong.c_str());
}

struct outcome {
    int configure = 1, set_up = 1, start = 1; ///< 1: not reached
};

outcome bring_up(const rig::nic_port &p)
{
    outcome o;
    if ((o.configure = p.configure()) == 0 && (o.set_up = p.set_up(pool)) == 0)
        o.start = rte_eth_dev_start(p.id);
    return o;
}

std::string state_after(const rig::nic_port &p, const outcome &o)
{
    const state now = p.inside().life.now();
    if (o.start == 0)
        return now == state::running ? "" : "started, but not Running";
    if (o.configure == 0)
        return now == state::paused ? "" : "a failed start must end Paused";
    return now == state::halted ? "" : "a failed configure must end Halted";
}

/// What must hold when the port was closed and unplugged.
std::string left_behind()
{
    if (const unsigned n = rte_mempool_in_use_count(pool); n != 0)
        return std::to_string(n) + " mbufs are missing";
    unsigned zones = 0;
    rte_memzone_walk(
        [](const rte_memzone *zone, void *count) {
            if (std::strstr(zone->name, "_ring") != nullptr)
                ++*static_cast<unsigned *>(count);
        },
        &zones);
    return zones != 0 ? "a ring's memory zone is left" : "";
}

std::string close_and_look(rig::nic_port &p)
{
    if (const int r = rte_eth_dev_stop(p.id); r != 0)
        return "stop answered " + std::to_string(r);
    if (const int r = rte_eth_dev_close(p.id); r != 0)
        return "close answered " + std::to_string(r);
    p.unplug();
    return left_behind();
}

/// One life with something going wrong in it; `prepare` makes it go wrong after the probe.
template <class Prepare> outcome live(const std::string &point, Prepare prepare)
{
    rig::nic_port p;
    if (!p.plug(0, "wire=loop,watchdog=on")) {
        judge(point, "the probe refused");
        return {};
    }
    prepare(p);
    const outcome o = bring_up(p);
    probe::fail_acquisition = 0;
    std::string wrong = state_after(p, o);
    // A failure must not be sticky: the same device comes up when nothing fails any more.
    if (wrong.empty() && o.start != 0 && !p.inside().life.attributes().has(flag_bit::removed)) {
        p.chip().fault().clear();
        const outcome again = bring_up(p);
        if (again.start != 0)
            wrong = "does not start when nothing fails any more";
        else if (rig::link_up(p) && rig::exchange(p, p, pool, 3) != 3)
            wrong = "started, but no frame comes through";
    }
    const std::string after = close_and_look(p);
    judge(point, wrong.empty() ? after : wrong);
    return o;
}

void every_acquisition()
{
    for (unsigned n = 1;; ++n) {
        const outcome o = live("acquisition " + std::to_string(n), [n](const rig::nic_port &) {
            probe::fail_acquisition = n;
        });
        if (o.start == 0)
            break; // there is no n-th acquisition
    }
}

void every_access()
{
    // How many accesses a whole life has; each may be the device's last.
    std::uint64_t accesses = 0;
    {
        rig::nic_port p;
        if (!p.plug(0, "wire=loop"))
            std::exit(2);
        const std::uint64_t before = p.chip().counted().register_accesses;
        static_cast<void>(bring_up(p));
        rte_eth_dev_stop(p.id);
        accesses = p.chip().counted().register_accesses - before;
        rte_eth_dev_close(p.id);
        p.unplug();
    }
    // Most of them are alike (tables are cleared word by word): all of the first and last hundred,
    // every seventh between.
    for (std::uint64_t k = 1; k <= accesses; k += k < 100 || k + 100 > accesses ? 1 : 7)
        live("removal at access " + std::to_string(k), [k](const rig::nic_port &p) {
            p.chip().fault().set(nicmodel::fault::remove_at_access, k);
        });
}

void every_poll()
{
    using nicmodel::fault;
    for (const fault f : {fault::reset_never_ends, fault::auto_read_never, fault::mdic_never,
                          fault::semaphore_stuck, fault::master_never_stops})
        live(std::string{"poll: "} + nicmodel::name_of(f),
             [f](const rig::nic_port &p) { p.chip().fault().set(f, 1); });
    live("poll: mdic_error, 3 tries", [](const rig::nic_port &p) {
        p.chip().fault().set(fault::mdic_error, 3);
    });
    live("poll: mdic_error, once", [](const rig::nic_port &p) {
        p.chip().fault().set(fault::mdic_error, 1);
    });
}

void every_probe()
{
    for (const char *fault : {"eerd_never:1", "nvm_checksum:1", "nvm_mac:1", "nvm_mac:2",
                              "removed:1"}) {
        rig::nic_port p;
        const bool refused = !p.plug(0, std::string{"wire=loop,fault="} + fault);
        judge(std::string{"probe: "} + fault,
              !refused ? "the probe did not refuse" : left_behind());
        if (!refused)
            p.unplug();
    }
}

} // namespace

int main()
{
    rig::start_eal();
    pool = rig::make_pool("pool", 1023);
    if (pool == nullptr)
        return 2;
    every_acquisition();
    every_access();
    every_poll();
    every_probe();
    std::printf("failure points: %u of %u\n", good, points);
    return good != points;
}
