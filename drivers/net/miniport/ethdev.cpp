// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The ethdev face: one operation is one call on the port. Lifecycle and settings belong to the
// primary process (lifecycle.md §4, last line); queries answer in every process.
#include "ethdev.hpp"

#include "events.hpp"
#include "filter.hpp"
#include "link.hpp"
#include "log.hpp"
#include "port.hpp"
#include "removal.hpp"
#include "signals.hpp"

namespace miniport {
namespace {

bool secondary() noexcept
{
    return rte_eal_process_type() != RTE_PROC_PRIMARY;
}

/// What only the primary process may do.
template <class Call> int primary_only(Call call) noexcept
{
    return secondary() ? -E_RTE_SECONDARY : to_errno(call());
}

// --- the life -----------------------------------------------------------------------------------

status check(const port &p, const rte_eth_conf &conf) noexcept
{
    const char *cause = nullptr;
    if (conf.link_speeds != RTE_ETH_LINK_SPEED_AUTONEG)
        cause = "only autonegotiation of all speeds is supported; leave link_speeds 0";
    else if (conf.lpbk_mode != 0)
        cause = "loopback is not supported; leave lpbk_mode 0";
    else if (conf.rxmode.mq_mode != RTE_ETH_MQ_RX_NONE &&
             (conf.rxmode.mq_mode != RTE_ETH_MQ_RX_RSS || conf.rx_adv_conf.rss_conf.rss_hf != 0))
        cause = "one receive queue distributes nothing; leave rx mq_mode none";
    else if (conf.intr_conf.rxq != 0)
        cause = "receive interrupts are not supported; leave intr_conf.rxq 0";
    if (cause == nullptr)
        return status::ok;
    MINIPORT_LOG(ERR, ctrl, p.name(), "%s", cause);
    return status::unsupported;
}

int configure(rte_eth_dev *device) noexcept
{
    port &p = port_of(device);
    return primary_only([&] {
        const status s = check(p, p.data->dev_conf);
        return failed(s) ? s : initialize(p);
    });
}

int start(rte_eth_dev *device) noexcept
{
    return primary_only([&] { return restart(port_of(device)); });
}

int stop(rte_eth_dev *device) noexcept
{
    return primary_only([&] {
        pause(port_of(device));
        report_paused(port_of(device));
        return status::ok;
    });
}

int close(rte_eth_dev *device) noexcept
{
    if (!secondary()) // of a secondary only what is local to it goes, and ethdev does that
        leave(port_of(device));
    return 0;
}

int dev_reset(rte_eth_dev *device) noexcept
{
    return primary_only([&] {
        const status s = reset(port_of(device));
        report_paused(port_of(device)); // it ends a pause that was pending
        return s;
    });
}

// --- queries ------------------------------------------------------------------------------------

int is_removed(rte_eth_dev *device) noexcept
{
    return !present(port_of(device));
}

int infos_get(rte_eth_dev *device, rte_eth_dev_info *info) noexcept
{
    namespace chip = hw::chip_82574;
    info->min_mtu = RTE_ETHER_MIN_MTU;
    info->max_mtu = chip::max_frame - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN;
    info->min_rx_bufsize = 256;
    info->max_rx_pktlen = chip::max_frame;
    info->max_rx_queues = 1;
    info->max_tx_queues = 1;
    info->max_mac_addrs = chip::mac_slots;
    info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
    info->rx_queue_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
    info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
    info->tx_queue_offload_capa = info->tx_offload_capa;
    info->rx_desc_lim = {.nb_max = chip::max_ring,
                         .nb_min = chip::min_ring,
                         .nb_align = chip::ring_multiple,
                         .nb_seg_max = 0,
                         .nb_mtu_seg_max = 0};
    info->tx_desc_lim = info->rx_desc_lim;
    info->tx_desc_lim.nb_seg_max = chip::min_ring;
    info->tx_desc_lim.nb_mtu_seg_max = chip::min_ring;
    info->speed_capa = RTE_ETH_LINK_SPEED_10M_HD | RTE_ETH_LINK_SPEED_10M |
                       RTE_ETH_LINK_SPEED_100M_HD | RTE_ETH_LINK_SPEED_100M |
                       RTE_ETH_LINK_SPEED_1G;
    info->default_rxportconf = {.burst_size = 32, .ring_size = 512, .nb_queues = 1};
    info->default_txportconf = {.burst_size = 32, .ring_size = 512, .nb_queues = 1};
    info->dev_capa = 0; // no queue set-up while running
    info->err_handle_mode = port_of(device).arguments.watchdog
                                ? RTE_ETH_ERROR_HANDLE_MODE_PROACTIVE
                                : RTE_ETH_ERROR_HANDLE_MODE_NONE;
    return 0;
}

void rxq_info_get(rte_eth_dev *device, std::uint16_t queue, rte_eth_rxq_info *info) noexcept
{
    const rx_queue &q = *port_of(device).rx(queue);
    info->mp = q.pool;
    info->conf = q.conf;
    info->scattered_rx = device->data->scattered_rx;
    info->nb_desc = q.size.count();
    info->rx_buf_size = q.buffer;
}

void txq_info_get(rte_eth_dev *device, std::uint16_t queue, rte_eth_txq_info *info) noexcept
{
    const tx_queue &q = *port_of(device).tx(queue);
    info->conf = q.conf;
    info->nb_desc = q.size.count();
}

int link_update(rte_eth_dev *device, int wait) noexcept
{
    return update_link(port_of(device), wait != 0);
}

int stats_get(rte_eth_dev *device, rte_eth_stats *stats) noexcept
{
    get(port_of(device), *stats);
    return 0;
}

int stats_reset(rte_eth_dev *device) noexcept
{
    reset_counters(port_of(device));
    return 0;
}

// --- settings -----------------------------------------------------------------------------------

template <auto Member, bool Value> int filter_set(rte_eth_dev *device) noexcept
{
    port &p = port_of(device);
    return primary_only([&] {
        auto wanted = p.filter;
        wanted.*Member = Value;
        return set_receive_filter(p, wanted);
    });
}
using filter = hw::chip_82574::receive_filter;

int mac_addr_set(rte_eth_dev *device, rte_ether_addr *mac) noexcept
{
    return primary_only([&] { return set_address(port_of(device), 0, *mac); });
}

int mac_addr_add(rte_eth_dev *device, rte_ether_addr *mac, std::uint32_t index,
                 std::uint32_t) noexcept
{
    return primary_only([&] { return set_address(port_of(device), index, *mac); });
}

void mac_addr_remove(rte_eth_dev *device, std::uint32_t index) noexcept
{
    port &p = port_of(device);
    if (!secondary() && failed(clear_address(p, index)))
        MINIPORT_LOG(WARNING, ctrl, p.name(), "address %u stays until the next start", index);
}

int mtu_set(rte_eth_dev *device, std::uint16_t mtu) noexcept
{
    return primary_only([&] { return set_mtu(port_of(device), mtu); });
}

// --- queues -------------------------------------------------------------------------------------

/// Queue memory changes hands only while nothing flows.
template <class Kind, class Request>
int set_up(rte_eth_dev *device, std::uint16_t queue, const Request &what) noexcept
{
    port &p = port_of(device);
    return primary_only([&] {
        return p.life.when_allowed(request::queue_setup, [&] {
            p.life.held().release<Kind>(p, queue);
            return p.life.held().acquire<Kind>(p, queue, what);
        });
    });
}

template <class Kind> void release(rte_eth_dev *device, std::uint16_t queue) noexcept
{
    if (secondary())
        return;
    port &p = port_of(device);
    static_cast<void>(p.life.when_allowed(request::queue_release, [&] {
        p.life.held().release<Kind>(p, queue);
        return status::ok;
    }));
}

int rx_queue_setup(rte_eth_dev *device, std::uint16_t queue, std::uint16_t descriptors,
                   unsigned socket, const rte_eth_rxconf *conf, rte_mempool *pool) noexcept
{
    return set_up<held::rx_ring>(device, queue,
                                 held::rx_ring_request{descriptors, socket, conf, pool});
}

int tx_queue_setup(rte_eth_dev *device, std::uint16_t queue, std::uint16_t descriptors,
                   unsigned socket, const rte_eth_txconf *conf) noexcept
{
    return set_up<held::tx_ring>(device, queue, held::tx_ring_request{descriptors, socket, conf});
}

} // namespace

void leave(port &p) noexcept
{
    halt(p, reason_to_halt(p));
    report_paused(p);
    forget_signals(p);
    if (p.life.now() != state::shutdown)
        return retire(p);

    // Nothing is freed after shutdown, bursts may still look at their gates; but no callback may
    // come any more, and no register is touched when the BAR is unmapped (N18, W14).
    p.regs.io().disconnect();
    held::interrupt_handler::release(p, 0);
    held::watchdog::release(p, 0);
    held::counter_timer::release(p, 0);
    p.data->dev_private = nullptr;
}

const eth_dev_ops ops = [] {
    eth_dev_ops o{};
    o.dev_configure = configure;
    o.dev_start = start;
    o.dev_stop = stop;
    o.dev_close = close;
    o.dev_reset = dev_reset;
    o.is_removed = is_removed;

    o.dev_infos_get = infos_get;
    o.rxq_info_get = rxq_info_get;
    o.txq_info_get = txq_info_get;
    o.link_update = link_update;
    o.stats_get = stats_get;
    o.stats_reset = stats_reset;

    o.promiscuous_enable = filter_set<&filter::promiscuous, true>;
    o.promiscuous_disable = filter_set<&filter::promiscuous, false>;
    o.allmulticast_enable = filter_set<&filter::all_multicast, true>;
    o.allmulticast_disable = filter_set<&filter::all_multicast, false>;
    o.mac_addr_set = mac_addr_set;
    o.mac_addr_add = mac_addr_add;
    o.mac_addr_remove = mac_addr_remove;
    o.mtu_set = mtu_set;

    o.rx_queue_setup = rx_queue_setup;
    o.rx_queue_release = release<held::rx_ring>;
    o.tx_queue_setup = tx_queue_setup;
    o.tx_queue_release = release<held::tx_ring>;
    return o;
}();

} // namespace miniport
