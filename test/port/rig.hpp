// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Two ports of the driver on two wired software NICs in this process, through ethdev as any
// application would: configure, start, traffic, stop, close; and what is left behind afterwards.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "ethdev.hpp"
#include "model.hpp"
#include "nicmodel/model.hpp"
#include "port.hpp"
#include "rte_pmd_miniport.h"

namespace rig {

/// EAL without hugepages, devices or files.
inline void start_eal()
{
    std::vector<std::string> words{"test", "--no-huge",   "-m", "1024", "--no-pci",
                                   "--no-telemetry", "--no-shconf", "-l", "0,1",
                                   "--log-level=critical"};
    std::vector<char *> arguments;
    for (std::string &w : words)
        arguments.push_back(w.data());
    if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0)
        std::exit(2);
}

inline rte_mempool *make_pool(const char *name, unsigned mbufs)
{
    return rte_pktmbuf_pool_create(name, mbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
}

constexpr std::uint16_t descriptors = 64;

struct nic_port {
    std::string name;
    std::uint16_t id = RTE_MAX_ETHPORTS;

    /// The vdev comes to be; false where probe refused.
    bool plug(unsigned number, const std::string &arguments = "")
    {
        name = "net_miniport_model" + std::to_string(number);
        if (rte_vdev_init(name.c_str(), arguments.c_str()) != 0)
            return false;
        return rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0;
    }
    void unplug() { rte_vdev_uninit(name.c_str()); }

    [[nodiscard]] miniport::port &inside() const { return *miniport::find_port(id); }
    [[nodiscard]] miniport::nicmodel::model &chip() const { return *miniport::model_of(inside()); }

    int configure(bool lsc = true) const
    {
        rte_eth_conf conf{};
        conf.intr_conf.lsc = lsc;
        conf.intr_conf.rmv = 1;
        return rte_eth_dev_configure(id, 1, 1, &conf);
    }
    int set_up(rte_mempool *pool) const
    {
        if (const int r = rte_eth_rx_queue_setup(id, 0, descriptors, 0, nullptr, pool); r != 0)
            return r;
        return rte_eth_tx_queue_setup(id, 0, descriptors, 0, nullptr);
    }
};

/// Waits until the link is up; false after 2 s.
inline bool link_up(const nic_port &p)
{
    for (unsigned i = 0; i < 2000; ++i) {
        rte_eth_link link{};
        rte_eth_link_get_nowait(p.id, &link);
        if (link.link_status)
            return true;
        rte_delay_us_sleep(1000);
    }
    return false;
}

/// Sends `wanted` frames of 60 bytes from a to b and takes them there; how many arrived.
inline unsigned exchange(const nic_port &a, const nic_port &b, rte_mempool *pool, unsigned wanted)
{
    unsigned arrived = 0;
    for (unsigned n = 0; n < wanted; ++n) {
        rte_mbuf *m = rte_pktmbuf_alloc(pool);
        if (m == nullptr)
            break;
        char *const data = rte_pktmbuf_append(m, 60);
        std::memset(data, 0xFF, 6);
        std::memset(data + 6, static_cast<int>(n & 0xFF), 54);
        if (rte_eth_tx_burst(a.id, 0, &m, 1) == 0)
            rte_pktmbuf_free(m);
        for (unsigned spins = 0; spins < 20'000; ++spins) {
            rte_mbuf *got = nullptr;
            if (rte_eth_rx_burst(b.id, 0, &got, 1) == 1) {
                rte_pktmbuf_free(got);
                ++arrived;
                break;
            }
            rte_delay_us_block(1);
        }
    }
    return arrived;
}

} // namespace rig
