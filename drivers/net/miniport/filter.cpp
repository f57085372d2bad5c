// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "filter.hpp"

#include <algorithm>

#include "log.hpp"
#include "removal.hpp"

namespace miniport {

namespace chip = hw::chip_82574;

namespace {

template <class Change> status while_configured(port &p, Change change) noexcept
{
    return p.life.when_allowed(request::control_set, [&] {
        return present(p) ? change() : status::removed;
    });
}

} // namespace

status set_receive_filter(port &p, chip::receive_filter wanted) noexcept
{
    return while_configured(p, [&] {
        p.filter = wanted;
        chip::set_filter(p.regs, wanted);
        return status::ok;
    });
}

status set_address(port &p, unsigned slot, const rte_ether_addr &mac) noexcept
{
    return while_configured(p, [&] {
        hw::mac_address bytes;
        std::copy_n(mac.addr_bytes, bytes.size(), bytes.begin());
        chip::set_mac(p.regs, slot, bytes);
        return status::ok;
    });
}

status clear_address(port &p, unsigned slot) noexcept
{
    return while_configured(p, [&] {
        chip::clear_mac(p.regs, slot);
        return status::ok;
    });
}

status set_mtu(port &p, std::uint16_t mtu) noexcept
{
    return while_configured(p, [&] {
        const std::uint16_t frame = p.frame_max(mtu);
        const bool running = passes_frames(p.life.now());
        for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i) {
            const rx_queue *q = p.rx(i);
            if (q == nullptr)
                continue;
            const bool one_buffer = frame + RTE_VLAN_HLEN <= q->buffer;
            if (!fits(*q, frame)) {
                MINIPORT_LOG(ERR, ctrl, p.name(),
                             "MTU %u needs buffers of %u bytes, rx queue %u has %u; use larger "
                             "mbufs or enable the scatter offload",
                             mtu, frame + RTE_VLAN_HLEN, i, q->buffer);
                return status::invalid;
            }
            if (running && !one_buffer && !p.data->scattered_rx) {
                MINIPORT_LOG(ERR, ctrl, p.name(),
                             "MTU %u would span buffers of rx queue %u; stop the port first", mtu,
                             i);
                return status::busy;
            }
        }
        for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
            if (rx_queue *q = p.rx(i))
                set_limits(*q, frame);
        chip::set_long_packets(p.regs, port::long_packets(frame));
        return status::ok;
    });
}

} // namespace miniport
