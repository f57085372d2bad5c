// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// From registers to a port in state Halted, and back. The device is made quiet before it may master
// the bus.
#include "attach.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "ethdev.hpp"
#include "hw/chip_82574.hpp"
#include "log.hpp"
#include "port.hpp"
#include "signals.hpp"

namespace miniport {
namespace {

/// Bus mastering off, device quiet, bus mastering on: no DMA of a former owner reaches our memory.
status quiesce(port &p) noexcept
{
    if (!allow_dma(p, false))
        return status::io_error;
    if (const status s = hw::chip_82574::quiesce(p.regs); failed(s) && s != status::timed_out)
        return s;
    return allow_dma(p, true) ? status::ok : status::io_error;
}

status read_identity(port &p) noexcept
{
    hw::nvm_image nvm{};
    if (const status s = hw::read_nvm(p.regs, nvm); failed(s)) {
        MINIPORT_LOG(ERR, init, p.name(), "cannot read the NVM: %s", text(s));
        return s;
    }
    if (!hw::checksum_valid(nvm)) {
        if (!p.arguments.ignore_nvm_checksum) {
            MINIPORT_LOG(ERR, init, p.name(),
                         "the NVM's checksum is wrong; repair the NVM, or accept it with the "
                         "device argument nvm_checksum=ignore");
            return status::io_error;
        }
        MINIPORT_LOG(WARNING, init, p.name(), "the NVM's checksum is wrong; going on as asked");
    }
    p.mac = hw::mac_of(nvm);
    if (!hw::assignable(p.mac)) {
        MINIPORT_LOG(ERR, init, p.name(),
                     "the NVM holds no station address (%02x:%02x:%02x:%02x:%02x:%02x); repair "
                     "the NVM",
                     p.mac[0], p.mac[1], p.mac[2], p.mac[3], p.mac[4], p.mac[5]);
        return status::io_error;
    }
    return status::ok;
}

status add_device(port &p) noexcept
{
    if (const status s = quiesce(p); failed(s)) {
        MINIPORT_LOG(ERR, init, p.name(), "cannot make the device quiet: %s", text(s));
        return s;
    }
    if (const status s = read_identity(p); failed(s))
        return s;

    p.data->mac_addrs = static_cast<rte_ether_addr *>(rte_zmalloc(
        "miniport mac addresses", sizeof(rte_ether_addr) * hw::chip_82574::mac_slots, 0));
    if (p.data->mac_addrs == nullptr)
        return status::no_memory;
    std::copy(p.mac.begin(), p.mac.end(), p.data->mac_addrs[0].addr_bytes);
    return p.arguments.shutdown_on_signal ? shut_down_on_signals(p) : status::ok;
}

/// Until start chooses; a secondary process cannot know what a later start will need, so it takes
/// the burst that serves every frame.
void choose_bursts(rte_eth_dev &device, burst_fence fence) noexcept
{
    device.rx_pkt_burst = receive_burst(frame_layout::scattered, fence);
    device.tx_pkt_burst = transmit_burst(fence);
}

} // namespace

int attach(rte_eth_dev &device, hw::io registers, const device_arguments &arguments) noexcept
{
    device.dev_ops = &ops;
    const burst_fence own = register_heavy_fence() ? burst_fence::light : burst_fence::full;
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
        port &p = port_of(&device);
        ++p.secondaries;
        choose_bursts(device, p.fence == burst_fence::full ? p.fence : own);
        return 0;
    }
    choose_bursts(device, own);

    port *const p = new (device.data->dev_private) port{};
    p->data = device.data;
    p->fence = own;
    p->regs = hw::registers{registers};
    p->arguments = arguments;
    const status s = add_device(*p);
    if (failed(s))
        std::destroy_at(p);
    return to_errno(s);
}

int detach(rte_eth_dev *device) noexcept
{
    if (rte_eal_process_type() == RTE_PROC_PRIMARY)
        leave(port_of(device));
    return 0;
}

} // namespace miniport
