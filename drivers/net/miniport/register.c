/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 Miniport contributors
 */

/* The driver's registration. In C because dpdk-pmdinfo.py looks for these symbols by their plain
 * names, which a C++ compiler mangles. Everything else is in pci.cpp and model.cpp.
 */
#include <rte_dev.h>
#include <bus_pci_driver.h>
#include <bus_vdev_driver.h>

int miniport_probe(struct rte_pci_driver *driver, struct rte_pci_device *device);
int miniport_remove(struct rte_pci_device *device);
int miniport_model_probe(struct rte_vdev_device *device);
int miniport_model_remove(struct rte_vdev_device *device);

static const struct rte_pci_id miniport_pci_ids[] = {
	{ RTE_PCI_DEVICE(0x8086, 0x10d3) }, /* 82574L */
	{ .vendor_id = 0 },
};

/* Without RTE_PCI_DRV_NEED_MAPPING: probe maps the device itself, so that a device which cannot
 * be mapped is refused with its cause instead of being passed over in silence.
 */
static struct rte_pci_driver miniport_pci_driver = {
	.id_table = miniport_pci_ids,
	.drv_flags = RTE_PCI_DRV_INTR_LSC | RTE_PCI_DRV_INTR_RMV,
	.probe = miniport_probe,
	.remove = miniport_remove,
};

RTE_PMD_REGISTER_PCI(net_miniport, miniport_pci_driver);
RTE_PMD_REGISTER_PCI_TABLE(net_miniport, miniport_pci_ids);
RTE_PMD_REGISTER_KMOD_DEP(net_miniport, "* vfio-pci");
RTE_PMD_REGISTER_PARAM_STRING(net_miniport, 
	"nvm_checksum=<strict|ignore> "
	"watchdog=<off|on> "
	"shutdown_on_signal=<off|on>");

/* A software NIC in this process instead of a real one. */
static struct rte_vdev_driver miniport_model_driver = {
	.probe = miniport_model_probe,
	.remove = miniport_model_remove,
};

RTE_PMD_REGISTER_VDEV(net_miniport_model, miniport_model_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_miniport_model,
	"nic=82574 "
	"wire=<name|loop|none|tap:interface> "
	"fault=<name:number> "
	"nvm_checksum=<strict|ignore> "
	"watchdog=<off|on> "
	"shutdown_on_signal=<off|on>");
