// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// AddDevice and RemoveDevice: from a PCI function bound to vfio-pci to an ethdev port in state
// Halted, and back. The device is made quiet before it may master the bus.
#include <algorithm>
#include <cstring>
#include <linux/pci_regs.h>
#include <memory>
#include <new>

#include "devargs.hpp"
#include "ethdev.hpp"
#include "hw/chip_82574.hpp"
#include "log.hpp"
#include "port.hpp"
#include "signals.hpp"

namespace miniport {
namespace {

constexpr std::uint64_t bar_bytes = 128 * 1024; // 82574 §9.1.4: memory BAR 0

/// Named on the command line, so its user wants to know why it is not taken.
bool asked_for(const rte_pci_device &pci) noexcept
{
    return pci.device.devargs != nullptr && pci.device.devargs->policy == RTE_DEV_ALLOWED;
}

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

/// ERRATUM: link power states lose PCIe completions of the 82574 (hardware.md §3.15). VFIO does not
/// let us turn them off, so their owner is told how.
void warn_of_aspm(rte_pci_device &pci) noexcept
{
    std::uint8_t at = 0;
    rte_pci_read_config(&pci, &at, 1, PCI_CAPABILITY_LIST);
    for (unsigned hops = 0; at != 0 && hops < 48; ++hops) {
        std::uint8_t id_and_next[2] = {};
        std::uint16_t control = 0;
        if (rte_pci_read_config(&pci, id_and_next, 2, at) != 2)
            return;
        if (id_and_next[0] != PCI_CAP_ID_EXP) {
            at = id_and_next[1];
            continue;
        }
        if (rte_pci_read_config(&pci, &control, 2, at + PCI_EXP_LNKCTL) == 2 &&
            (control & PCI_EXP_LNKCTL_ASPMC) != 0)
            MINIPORT_LOG(WARNING, init, pci.name,
                         "ASPM is on and makes this chip lose completions; write 0 to l0s_aspm "
                         "and l1_aspm in /sys/bus/pci/devices/%s/link",
                         pci.name);
        return;
    }
}

status add_device(rte_eth_dev &device, port &p) noexcept
{
    rte_pci_device &pci = *RTE_ETH_DEV_TO_PCI(&device);
    if (const status s = parse(pci.device.devargs, p.name(), p.arguments); failed(s))
        return s;

    const rte_mem_resource &bar = pci.mem_resource[0];
    if (bar.addr == nullptr || bar.len < bar_bytes) {
        MINIPORT_LOG(ERR, init, p.name(), "BAR 0 is missing or too small for an 82574L");
        return status::io_error;
    }
    p.regs = hw::registers{hw::io{bar.addr}};
    if (const status s = quiesce(p); failed(s)) {
        MINIPORT_LOG(ERR, init, p.name(), "cannot make the device quiet: %s", text(s));
        return s;
    }
    warn_of_aspm(pci);
    if (const status s = read_identity(p); failed(s))
        return s;

    device.data->mac_addrs = static_cast<rte_ether_addr *>(rte_zmalloc(
        "miniport mac addresses", sizeof(rte_ether_addr) * hw::chip_82574::mac_slots, 0));
    if (device.data->mac_addrs == nullptr)
        return status::no_memory;
    std::copy(p.mac.begin(), p.mac.end(), device.data->mac_addrs[0].addr_bytes);
    return p.arguments.shutdown_on_signal ? shut_down_on_signals(p) : status::ok;
}

/// Until start chooses; a secondary process cannot know what a later start will need, so it takes
/// the burst that serves every frame.
void choose_bursts(rte_eth_dev &device, burst_fence fence) noexcept
{
    device.rx_pkt_burst = receive_burst(frame_layout::scattered, fence);
    device.tx_pkt_burst = transmit_burst(fence);
}

int attach(rte_eth_dev *device) noexcept
{
    device->dev_ops = &ops;
    const burst_fence own = register_heavy_fence() ? burst_fence::light : burst_fence::full;
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
        port &p = port_of(device);
        ++p.secondaries;
        choose_bursts(*device, p.fence == burst_fence::full ? p.fence : own);
        return 0;
    }
    choose_bursts(*device, own);

    port *const p = new (device->data->dev_private) port{};
    p->data = device->data;
    p->fence = own;
    const status s = add_device(*device, *p);
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

} // namespace

bool allow_dma(const port &p, bool allowed) noexcept
{
    return rte_pci_set_bus_master(RTE_ETH_DEV_TO_PCI(&p.device()), allowed) == 0;
}

} // namespace miniport

extern "C" int miniport_probe(rte_pci_driver *, rte_pci_device *pci)
{
    using namespace miniport;
    // The kernel driver that holds it is named in sysfs and by dpdk-devbind.py -s.
    if (pci->kdrv != RTE_PCI_KDRV_VFIO) {
        if (asked_for(*pci))
            MINIPORT_LOG(ERR, init, pci->name,
                         "not bound to vfio-pci; bind it with: dpdk-devbind.py -b vfio-pci %s",
                         pci->name);
        return 1; // not for us; another driver may want it
    }
    if (rte_pci_map_device(pci) != 0) {
        MINIPORT_LOG(ERR, init, pci->name,
                     "VFIO does not give us the device; is it in use by another process, or is "
                     "its IOMMU group shared?");
        return -ENODEV;
    }
    const int result = rte_eth_dev_pci_generic_probe(pci, sizeof(port), attach);
    if (result != 0)
        rte_pci_unmap_device(pci);
    return result;
}

extern "C" int miniport_remove(rte_pci_device *pci)
{
    const int result = rte_eth_dev_pci_generic_remove(pci, miniport::detach);
    if (result == 0)
        rte_pci_unmap_device(pci);
    return result;
}
