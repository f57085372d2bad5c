# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Lends NICs of this machine to vfio-pci and gives them back; refuses those that somebody uses."""

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

from progress import Failure

DEVICES = Path("/sys/bus/pci/devices")
SUPPORTED = ("0x8086", "0x10d3")   # 82574L
BRIDGE = "0x0604"
HUGEPAGES_MIB = 64


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def driver(device):
    link = device / "driver"
    return link.resolve().name if link.exists() else None


def find(text):
    """The device that an address such as 03:00.0 or 0000:03:00.0 means."""
    address = text.lower() if text.count(":") == 2 else "0000:" + text.lower()
    device = DEVICES / address
    if not re.fullmatch(r"[\da-f]{4}:[\da-f]{2}:[\da-f]{2}\.[0-7]", address) or not device.exists():
        raise Failure(f"{text}: no such PCI device; lspci -nn lists them")
    ids = tuple((device / name).read_text().strip() for name in ("vendor", "device"))
    if ids != SUPPORTED:
        raise Failure(f"{address} is {ids[0][2:]}:{ids[1][2:]}, not an 82574L (8086:10d3)")
    return device


def refuse_if_used(device):
    for interface in (path.name for path in device.glob("net/*")):
        def refuse(why):
            raise Failure(f"{device.name} is {interface}, which {why}: give another NIC, or free this one first")

        routes = json.loads(output("ip", "-json", "route", "show", "default") or "[]")
        routes += json.loads(output("ip", "-json", "-6", "route", "show", "default") or "[]")
        if any(hop.get("dev") == interface for route in routes for hop in [route, *route.get("nexthops", [])]):
            refuse("holds the default route")
        for link in json.loads(output("ip", "-json", "address", "show", "dev", interface)):
            for address in link.get("addr_info", []):
                if address["family"] == "inet" or address["scope"] != "link":
                    refuse(f"has the address {address['local']}")
        if upper := next((device / "net" / interface).glob("upper_*"), None):
            refuse(f"is part of {upper.name.removeprefix('upper_')}")


def refuse_without_iommu(devices):
    unsafe = Path("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode")
    for device in devices:
        group = device / "iommu_group/devices"
        if not group.exists():
            if unsafe.exists() and unsafe.read_text().strip() == "Y":
                continue
            raise Failure("no IOMMU: switch on VT-d in the firmware and boot with intel_iommu=on, or allow the NIC "
                          f"all memory with: echo Y > {unsafe}")
        for other in group.iterdir():
            if (driver(other) not in (None, "vfio-pci") and other.name not in {device.name for device in devices}
                    and not (other / "class").read_text().startswith(BRIDGE)):
                raise Failure(f"{device.name} shares its IOMMU group with {other.name}, which {driver(other)} "
                              "drives: VFIO gives away whole groups only")


def refuse_without_hugepages():
    free = sum(int((size / "free_hugepages").read_text()) * int(re.search(r"-(\d+)kB", size.name)[1]) // 1024
               for size in Path("/sys/kernel/mm/hugepages").glob("hugepages-*"))
    mounted = re.search(r"^\S+ \S+ hugetlbfs ", Path("/proc/mounts").read_text(), re.MULTILINE)
    if free < HUGEPAGES_MIB or not mounted:
        raise Failure(f"{free} MiB of hugepages are free{'' if mounted else ', and no hugetlbfs is mounted'}; "
                      f"{HUGEPAGES_MIB} are needed: run dpdk-hugepages.py --setup 256M as root")


@contextlib.contextmanager
def lent(addresses, root):
    """The NICs bound to vfio-pci; what drove them before drives them again afterwards."""
    devices = [find(address) for address in addresses]
    for device in devices:
        refuse_if_used(device)
    if subprocess.run([*root, "modprobe", "vfio-pci"]).returncode:
        raise Failure("the kernel has no vfio-pci: install the distribution's full kernel (linux-image-amd64)")
    refuse_without_iommu(devices)
    refuse_without_hugepages()

    def bind(device, to):
        if driver(device) != to:
            how = ["--bind", to] if to else ["--unbind"]
            done = subprocess.run([*root, "dpdk-devbind.py", *how, device.name], capture_output=True, text=True)
            if driver(device) != to:
                said = (done.stderr or done.stdout).strip().splitlines()
                raise Failure(f"{device.name} could not be bound to {to}: {said[-1] if said else 'no reason given'}")

    with contextlib.ExitStack() as former:
        for device in devices:
            former.callback(bind, device, driver(device))
            bind(device, "vfio-pci")
        yield [device.name for device in devices]
