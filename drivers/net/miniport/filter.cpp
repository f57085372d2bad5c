// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "filter.hpp"

#include "log.hpp"
#include "removal.hpp"

namespace miniport {

namespace chip = hw::chip_82574;

namespace {

/// Runs `change`, which keeps the setting and answers whether that is possible, and where the chip is
/// configured `program`. In Halted the setting waits for initialize: applications (testpmd's port
/// attach) set promiscuous mode before they configure.
template <class Change, class Program>
status set(port &p, Change change, Program program) noexcept
{
    return p.life.when_allowed(request::control_set, [&] {
        if (const status s = change(); failed(s) || p.life.now() == state::halted)
            return s;
        if (!present(p))
            return status::removed;
        program();
        return status::ok;
    });
}

constexpr auto kept_by_ethdev = [] { return status::ok; };

} // namespace

status set_receive_filter(port &p, chip::receive_filter wanted) noexcept
{
    return set(
        p,
        [&] {
            p.filter = wanted;
            return status::ok;
        },
        [&] { chip::set_filter(p.regs, wanted); });
}

status set_address(port &p, unsigned slot, const rte_ether_addr &mac) noexcept
{
    return set(p, kept_by_ethdev, [&] { chip::set_mac(p.regs, slot, bytes_of(mac)); });
}

status clear_address(port &p, unsigned slot) noexcept
{
    return set(p, kept_by_ethdev, [&] { chip::clear_mac(p.regs, slot); });
}

namespace {

/// Whether the receive queues can take frames of this MTU, now or after the next restart.
status check_mtu(const port &p, std::uint16_t mtu, std::uint16_t frame) noexcept
{
    const bool running = passes_frames(p.life.now());
    for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i) {
        const rx_queue *q = p.rx(i);
        if (q == nullptr)
            continue;
        if (!fits(*q, frame)) {
            MINIPORT_LOG(ERR, ctrl, p.name(),
                         "MTU %u needs buffers of %u bytes, rx queue %u has %u; use larger mbufs "
                         "or enable the scatter offload",
                         mtu, frame + RTE_VLAN_HLEN, i, q->buffer);
            return status::invalid;
        }
        const bool one_buffer = frame + RTE_VLAN_HLEN <= q->buffer;
        if (running && !one_buffer && !p.data->scattered_rx) {
            MINIPORT_LOG(ERR, ctrl, p.name(),
                         "MTU %u would span buffers of rx queue %u; stop the port first", mtu, i);
            return status::busy;
        }
    }
    return status::ok;
}

} // namespace

status set_mtu(port &p, std::uint16_t mtu) noexcept
{
    const std::uint16_t frame = p.frame_max(mtu);
    return set(
        p, [&] { return check_mtu(p, mtu, frame); },
        [&] {
            for (std::uint16_t i = 0; i < p.data->nb_rx_queues; ++i)
                if (rx_queue *q = p.rx(i))
                    set_limits(*q, frame);
            chip::set_long_packets(p.regs, port::long_packets(frame));
        });
}

} // namespace miniport
