# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""What cannot work is refused with one line that names the cause; testpmd neither crashes nor hangs.

After each refusal an ordinary session works: nothing was left half done.
"""

import contextlib
import re
import subprocess
from pathlib import Path

from harness import DRIVER, Skipped, built, case, expect, nics
from nvm import Nvm
from programs import Testpmd, check_lossless, check_session, eal

OURS = "net_miniport: "


def refused(cause, *options, eal_options=None):
    """Run a session that must not come up; the one line that matches `cause`."""
    with Testpmd(*options, eal_options=eal_options or eal(), start=False) as testpmd:
        status = testpmd.end_or_prompt()
        if status is None:
            testpmd.quit()
    expect(status in (None, 1), f"testpmd ended with status {status}")
    lines = [line for line in testpmd.said.splitlines() if re.search(cause, line)]
    expect(lines, f"no line says /{cause}/")
    expect(len(lines) == 1, f"{len(lines)} lines say /{cause}/")
    others = [line for line in testpmd.said.splitlines() if line.startswith(OURS) and line not in lines]
    expect(not others, f"besides: {others}")
    return f"\"{lines[0].strip()}\""


def first_nic(devargs=""):
    return eal(ports=nics()[:1], devargs=devargs)


# name: (what is wrong, the line, testpmd's options, device arguments)
TABLE = {
    "unknown_devarg": ("an unknown device argument", f"{OURS}{{nic}}: unknown device argument \"foo\"; known: nvm_che",
                       [], ",foo=1"),
    "bad_devarg": ("a wrong value of nvm_checksum", f"{OURS}{{nic}}: .*nvm_checksum is strict or ignore, not \"bad\"",
                   [], ",nvm_checksum=bad"),
    "two_rx_queues": ("two receive queues", r"input rxq \(2\) can't be greater than max_rx_queues \(1\)",
                      ["--rxq=2"], ""),
    "two_tx_queues": ("two transmit queues", r"input txq \(2\) can't be greater than max_tx_queues \(1\)",
                      ["--txq=2"], ""),
    "ring_too_small": ("16 descriptors", r"nb_rx_desc\(=16\), should be: <= 4096, >= 32, and a product of 8",
                       ["--rxd=16"], ""),
    "ring_too_large": ("8192 descriptors", r"nb_rx_desc\(=8192\), should be: <= 4096, >= 32, and a product of 8",
                       ["--rxd=8192"], ""),
    "ring_far_too_large": ("100000 descriptors (65536 fewer reach DPDK)", r"nb_rx_desc\(=34464\), should be: <= 4096",
                           ["--rxd=100000"], ""),
    "odd_rx_ring": ("33 receive descriptors", r"nb_rx_desc\(=33\), should be: .* a product of 8", ["--rxd=33"], ""),
    "odd_tx_ring": ("33 transmit descriptors", r"nb_tx_desc\(=33\), should be: .* a product of 8", ["--txd=33"], ""),
    "pool_too_small": ("1100 mbufs for a ring of 4096",
                       f"{OURS}{{nic}}: rx queue 0: pool mb_pool_0 cannot give 4095 mbufs",
                       ["--rxd=4096", "--total-num-mbufs=1100"], ""),
}


def refusal(name, wrong, line, options, devargs):
    def run():
        said = refused(line.format(nic=nics()[0]), *options, eal_options=first_nic(devargs))
        check_session()
        return said
    case(name=f"refuse_{name}", about=f"{wrong}: one line, and the next session works")(run)


for _name, _row in TABLE.items():
    refusal(_name, *_row)


@case()
def refuse_small_mbufs():
    """mbufs of 512 bytes without scatter: one line that says how to help; with scatter frames of 1514 pass."""
    said = refused(f"{OURS}{nics()[0]}: rx queue 0: mbufs of pool .* enable the scatter offload", "--mbuf-size=512",
                   eal_options=first_nic())
    with Testpmd("--mbuf-size=512", "--enable-scatter", "--forward-mode=rxonly", "--tx-offloads=0x8000") as testpmd:
        testpmd.wait_for_links()
        testpmd.command("set txpkts 250,250,250,250,250,250,14")
        _, stats = testpmd.forward(0.3, "start tx_first 1")
    octets = [port["RX-bytes"] for port in stats]
    expect(octets == [32 * 1514] * 2, f"{octets} octets of 32 frames of 1514")
    return said


@case()
def refuse_two_plugins():
    """The plugin given twice is loaded once, and a copy of it under another name does not disturb either."""
    plugin = built(DRIVER)
    copy = Path("/run/plugins/librte_net_copy.so")   # EAL takes none from a folder that anybody may write to
    copy.parent.mkdir(mode=0o755)
    copy.write_bytes(Path(plugin).read_bytes())
    for second in (plugin, str(copy)):
        with Testpmd(eal_options=["-d", second, *eal()]) as testpmd:
            expect(testpmd.info(0)["Driver name"] == "net_miniport", f"with {second}: {testpmd.info(0)['Driver name']}")
            testpmd.wait_for_links()
            testpmd.forward(0.2)
    copy.unlink()
    return f"{check_session()} packets afterwards"


@case()
def refuse_in_use():
    """NICs that another testpmd drives: one line for each, whether or not it shares its files; that one goes on."""
    with Testpmd() as testpmd:
        testpmd.wait_for_links()
        testpmd.command("start tx_first 1")
        said = [refused("Is another primary process running", eal_options=eal()),
                refused(f"{OURS}{nics()[0]}: .*in use by another process",
                        eal_options=["--file-prefix=other", *first_nic()])]
        before = testpmd.stats()
        after = testpmd.stats()
        expect(all(b["RX-packets"] > a["RX-packets"] for a, b in zip(before, after)), "the first one stands still")
        expect(all(port["TX-dropped"] == 0 for port in testpmd.stop()), "the first one dropped packets")
    check_session()
    return "; ".join(said)


def driver_of(nic):
    link = Path(f"/sys/bus/pci/devices/{nic}/driver")
    return link.resolve().name if link.exists() else None


@contextlib.contextmanager
def bound_to(nic, driver):
    """The NIC at another kernel driver (None: at none), and back at vfio-pci."""
    def bind(to):
        if driver_of(nic):
            Path(f"/sys/bus/pci/devices/{nic}/driver/unbind").write_text(nic)
        override = Path(f"/sys/bus/pci/devices/{nic}/driver_override")
        override.write_text(f"{to or ''}\n")
        if to:
            Path(f"/sys/bus/pci/drivers/{to}/bind").write_text(nic)
        override.write_text("\n")
        expect(driver_of(nic) == to, f"{nic} is at {driver_of(nic)}, not {to}")
    bind(driver)
    try:
        yield
    finally:
        bind("vfio-pci")


@case()
def refuse_kernel_driver():
    """A NIC at the kernel's e1000e: one line that says how to bind it; bound to vfio-pci again it works."""
    if subprocess.run(["modprobe", "e1000e"], capture_output=True).returncode:
        raise Skipped("the guest cannot load the kernel's e1000e")
    with bound_to(nics()[0], "e1000e"):
        said = refused(f"{OURS}{nics()[0]}: not bound to vfio-pci; bind it with", eal_options=first_nic())
    check_session()
    return said


@case()
def refuse_unbound():
    """A NIC at no kernel driver, which EAL does not show to any driver: testpmd finds none, and ends in order."""
    with bound_to(nics()[0], None):
        said = refused("No probed ethernet devices", eal_options=first_nic())
    check_session()
    return said


@case(deadline=300)
def refuse_nvm():
    """An NVM with a wrong checksum (unless accepted), or with a group, a null or a broadcast address: one line."""
    nic, said = nics()[0], []
    with Nvm(nic) as nvm:
        nvm.write({0x10: nvm.read()[0x10] ^ 1})
        said.append(refused(f"{OURS}{nic}: the NVM's checksum is wrong; .* nvm_checksum=ignore",
                            eal_options=first_nic()))
        with Testpmd(eal_options=first_nic(",nvm_checksum=ignore")) as testpmd:
            lines = [line for line in testpmd.said.splitlines() if line.startswith(OURS)]
            expect(len(lines) == 1 and "going on as asked" in lines[0], f"with nvm_checksum=ignore: {lines}")
            expect(testpmd.info(0)["Driver name"] == "net_miniport", "no port though the checksum is to be ignored")
    for address in ("01:00:00:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"):
        with Nvm(nic) as nvm:
            nvm.set_address(address)
            said.append(refused(rf"{OURS}{nic}: the NVM holds no station address \({address}\)",
                                eal_options=first_nic()))
    check_session()
    return said[0]


@case(guest="no-iommu")
def refuse_without_iommu():
    """Without an IOMMU vfio-pci takes no NIC: testpmd finds none and ends in order."""
    expect([driver_of(nic) for nic in nics()] == [None] * len(nics()), "a NIC is bound")
    return refused("No probed ethernet devices", eal_options=first_nic())


@case(guest="no-iommu")
def unsafe_without_iommu():
    """Without an IOMMU, but with vfio's unsafe mode allowed: physical addresses, and traffic flows."""
    allow = Path("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode")
    if not allow.exists():
        raise Skipped("the guest's kernel is built without CONFIG_VFIO_NOIOMMU")
    allow.write_text("Y")
    for nic in nics():
        Path(f"/sys/bus/pci/devices/{nic}/driver_override").write_text("vfio-pci\n")
        Path("/sys/bus/pci/drivers/vfio-pci/bind").write_text(nic)
    with Testpmd() as testpmd:
        mode = re.search(r"Selected IOVA mode '(\w+)'", testpmd.said)[1]
        expect(mode == "PA", f"IOVA mode {mode}")
    return f"{check_session()} packets, IOVA mode {mode}"


@case(guest="no-hugepages")
def refuse_without_hugepages():
    """Without hugepages EAL says so and ends in order; with pages given afterwards a session works."""
    said = refused("No free 2048 kB hugepages reported", eal_options=first_nic())
    Path("/proc/sys/vm/nr_hugepages").write_text("128")
    check_session()
    return said


@case(guest="no-hugepages")
def without_hugepages():
    """With --no-huge, memory in pages of 4 KiB, traffic flows."""
    with Testpmd(eal_options=["--no-huge", "-m", "256", *eal()]) as testpmd:
        testpmd.wait_for_links()
        return f"{check_lossless(*testpmd.forward(0.3))} packets"
