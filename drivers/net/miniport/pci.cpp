// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Ports on the PCI bus: a function bound to vfio-pci is mapped, its arguments read, and attached.
#include <linux/pci_regs.h>

#include "attach.hpp"
#include "log.hpp"
#include "port.hpp"

namespace miniport {
namespace {

constexpr std::uint64_t bar_bytes = 128 * 1024; // 82574 §9.1.4: memory BAR 0

/// Named on the command line, so its user wants to know why it is not taken.
bool asked_for(const rte_pci_device &pci) noexcept
{
    return pci.device.devargs != nullptr && pci.device.devargs->policy == RTE_DEV_ALLOWED;
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

int attach_pci(rte_eth_dev *device) noexcept
{
    rte_pci_device &pci = *RTE_ETH_DEV_TO_PCI(device);
    device_arguments arguments;
    if (const status s = parse(pci.device.devargs ? pci.device.devargs->args : nullptr, pci.name, arguments); failed(s))
        return to_errno(s);

    const rte_mem_resource &bar = pci.mem_resource[0];
    if (bar.addr == nullptr || bar.len < bar_bytes) {
        MINIPORT_LOG(ERR, init, pci.name, "BAR 0 is missing or too small for an 82574L");
        return to_errno(status::io_error);
    }
    warn_of_aspm(pci);
    return attach(*device, hw::io{bar.addr}, arguments);
}

} // namespace

bool allow_dma(const port &p, bool allowed) noexcept
{
    if (!p.on_pci())
        return true;
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
    const int result = rte_eth_dev_pci_generic_probe(pci, sizeof(port), attach_pci);
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
