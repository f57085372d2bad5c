// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "port.hpp"

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_memzone.h>
#include <utility>

namespace wirecheck {
namespace {

constexpr unsigned pool_cache = 256;
constexpr unsigned link_timeout_ms = 10'000;
constexpr unsigned link_poll_ms = 10;

/// Two VLAN tags and the FCS: what drivers add to the MTU before they choose the scattered path.
constexpr std::uint32_t slack = RTE_ETHER_CRC_LEN + 2 * RTE_VLAN_HLEN;

int print_link(std::uint16_t id, rte_eth_event_type /*event*/, void * /*argument*/,
               void * /*result*/)
{
    rte_eth_link link{};
    static_cast<void>(rte_eth_link_get_nowait(id, &link));
    std::printf("link: port %u %s\n", id, link.link_status ? "up" : "down");
    std::fflush(stdout);
    return 0;
}

bool bytes_agree(std::uint64_t counted, const traffic &real) noexcept
{
    return counted == real.bytes || counted == real.bytes + real.frames * RTE_ETHER_CRC_LEN;
}

} // namespace

mbuf_pool::mbuf_pool(const char *name, unsigned count, std::uint32_t data_bytes)
    : pool_(rte_pktmbuf_pool_create(name, count + 2 * pool_cache, pool_cache, 0,
                                    static_cast<std::uint16_t>(data_bytes + RTE_PKTMBUF_HEADROOM),
                                    SOCKET_ID_ANY))
{
    if (!pool_)
        throw failure(text("no memory for pool %s: %s", name, rte_strerror(rte_errno)));
}

port::~port()
{
    try {
        close();
    } catch (const failure &) {
        // Being here without close() means that there is a finding already.
    }
}

void port::must(int result, const char *what) const
{
    if (result != 0)
        throw failure(text("port %u: %s: %s", id_, what, rte_strerror(-result)));
}

rte_eth_conf port::choose(const port_setup &setup, const rte_eth_dev_info &info) const
{
    rte_eth_conf conf{};
    conf.rxmode.mtu = setup.mtu;
    if (setup.mtu + RTE_ETHER_HDR_LEN + slack > setup.mbuf_data)
        conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    if (setup.segments)
        conf.txmode.offloads |= info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    if (setup.link_events) {
        if (!(*info.dev_flags & RTE_ETH_DEV_INTR_LSC))
            throw failure(text("port %u has no link interrupt", id_));
        conf.intr_conf.lsc = 1;
    }
    return conf;
}

void port::configure(const port_setup &setup, rte_mempool *rx_pool)
{
    rte_eth_dev_info info{};
    must(rte_eth_dev_info_get(id_, &info), "info");
    must(rte_eth_macaddr_get(id_, &address_), "MAC address");
    const rte_eth_conf conf = choose(setup, info);
    must(rte_eth_dev_configure(id_, 1, 1, &conf), "configure");

    std::uint16_t rxd = setup.rxd;
    std::uint16_t txd = setup.txd;
    must(rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rxd, &txd), "ring sizes");
    if (rxd < setup.rxd || txd < setup.txd) // the window was chosen by them
        throw failure(text("port %u has rings of %u and %u at most", id_, rxd, txd));
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
    info.default_rxconf.offloads = conf.rxmode.offloads;
    info.default_txconf.offloads = conf.txmode.offloads;
    must(rte_eth_rx_queue_setup(id_, 0, rxd, socket, &info.default_rxconf, rx_pool), "RX queue");
    must(rte_eth_tx_queue_setup(id_, 0, txd, socket, &info.default_txconf), "TX queue");
    if (!setup.link_events)
        return;
    must(rte_eth_dev_callback_register(id_, RTE_ETH_EVENT_INTR_LSC, print_link, nullptr),
         "link callback");
    watches_link_ = true;
}

void port::start()
{
    must(rte_eth_dev_start(id_), "start");
    started_ = true;
}

void port::wait_for_link() const
{
    for (unsigned waited = 0; waited <= link_timeout_ms; waited += link_poll_ms) {
        rte_eth_link link{};
        must(rte_eth_link_get_nowait(id_, &link), "link");
        if (link.link_status == RTE_ETH_LINK_UP)
            return;
        rte_delay_us_sleep(link_poll_ms * 1000);
    }
    throw failure(text("port %u: no link within %u s", id_, link_timeout_ms / 1000));
}

void port::stop()
{
    if (!std::exchange(started_, false))
        return;
    // STOCK: the next start clears em's registers, and what was not read by then is not counted.
    rte_eth_stats stats{};
    static_cast<void>(rte_eth_stats_get(id_, &stats));
    must(rte_eth_dev_stop(id_), "stop");
}

void port::close()
{
    if (std::exchange(closed_, true))
        return;
    if (watches_link_)
        rte_eth_dev_callback_unregister(id_, RTE_ETH_EVENT_INTR_LSC, print_link, nullptr);
    if (started_)
        static_cast<void>(rte_eth_dev_stop(id_));
    must(rte_eth_dev_close(id_), "close");
}

std::span<rte_mbuf *> port::receive(std::span<rte_mbuf *> room) noexcept
{
    const auto count =
        rte_eth_rx_burst(id_, 0, room.data(), static_cast<std::uint16_t>(room.size()));
    for (const rte_mbuf *m : room.first(count))
        received_.add(m->pkt_len);
    return room.first(count);
}

std::size_t port::send(std::span<rte_mbuf *> frames) noexcept
{
    // Counted before they are sent: afterwards they are the driver's.
    for (const rte_mbuf *m : frames)
        sent_.add(m->pkt_len);
    const auto count =
        rte_eth_tx_burst(id_, 0, frames.data(), static_cast<std::uint16_t>(frames.size()));
    for (const rte_mbuf *m : frames.subspan(count))
        sent_.remove(m->pkt_len);
    return count;
}

void port::audit(report &findings) const
{
    rte_eth_stats stats{};
    must(rte_eth_stats_get(id_, &stats), "statistics");
    std::printf("port %u: sent %" PRIu64 "/%" PRIu64 " frames, %" PRIu64 "/%" PRIu64
                " bytes; received %" PRIu64 "/%" PRIu64 " frames, %" PRIu64 "/%" PRIu64
                " bytes (driver's count/real)\n",
                id_, stats.opackets, sent_.frames, stats.obytes, sent_.bytes, stats.ipackets,
                received_.frames, stats.ibytes, received_.bytes);
    std::printf("port %u: ierrors %" PRIu64 " imissed %" PRIu64 " rx_nombuf %" PRIu64
                " oerrors %" PRIu64 "\n",
                id_, stats.ierrors, stats.imissed, stats.rx_nombuf, stats.oerrors);

    const auto expect = [&](bool holds, const char *name) {
        if (!holds)
            findings.finding(text("port %u: statistics: %s is wrong", id_, name));
    };
    expect(stats.opackets == sent_.frames, "opackets");
    expect(stats.ipackets == received_.frames, "ipackets");
    expect(bytes_agree(stats.obytes, sent_), "obytes");
    expect(bytes_agree(stats.ibytes, received_), "ibytes");
    expect(stats.ierrors == 0 || errors_tolerated_, "ierrors");
    expect(stats.imissed == 0 || errors_tolerated_, "imissed");
    expect(stats.rx_nombuf == 0, "rx_nombuf");
    expect(stats.oerrors == 0, "oerrors");
}

belongings belongings::now()
{
    belongings result;
    rte_memzone_walk(
        [](const rte_memzone *zone, void *names) {
            static_cast<std::set<std::string> *>(names)->insert(zone->name);
        },
        &result.memzones);
    std::vector<std::filesystem::path> links;
    for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
        links.push_back(entry.path());
    for (const auto &link : links) { // the iterator's own descriptor is closed by now
        std::error_code closed;
        const std::string target = std::filesystem::read_symlink(link, closed);
        if (!closed)
            result.descriptors[std::stoi(link.filename())] = target;
    }
    return result;
}

void belongings::audit(const belongings &before, report &findings) const
{
    for (const auto &[fd, what] : descriptors)
        if (!before.descriptors.contains(fd))
            findings.finding(text("left open: descriptor %d, %s", fd, what.c_str()));
    for (const std::string &name : memzones)
        if (!before.memzones.contains(name))
            findings.finding(text("left reserved: memzone %s", name.c_str()));
}

} // namespace wirecheck
