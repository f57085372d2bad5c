# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Start, stop, close, attach, detach, crash: what was taken comes back, and the next session works."""

import os
import time
from pathlib import Path

from harness import DRIVER, case, expect, nics
from programs import IN_TREE, Testpmd, check_lossless, check_session, eal

RUNTIME = Path("/var/run/dpdk/rte")
KNOWN = ("config", "fbarray_", "hugepage_info")      # what EAL itself leaves there


def huge_free():
    text = Path("/proc/meminfo").read_text()
    return int(text.split("HugePages_Free:")[1].split()[0])


def footprint(process):
    """(descriptors, maps of devices) of a process."""
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    return len(os.listdir(f"/proc/{process.pid}/fd")), maps.count("vfio")


@case(deadline=240)
def restart_50():
    """50 times stop and start, frames pass after each tenth; no mbuf missing when stopped; close and quit are clean."""
    packets = 0
    with Testpmd() as testpmd:
        for cycle in range(1, 51):
            for word in ("stop", "start"):
                said = testpmd.command(f"port {word} all")
                expect(said.rstrip().endswith("Done"), f"cycle {cycle}: {said.strip()}")
            if cycle % 10 == 0:
                testpmd.wait_for_links()
                packets += check_lossless(*testpmd.forward(0.3))
        testpmd.command("port stop all")
        free, every = testpmd.pools()
        expect(free == every, f"{every - free} of {every} mbufs are missing after the last stop")
        said = testpmd.command("port close all")
        expect(said.count("is closed") == 2, f"port close all: {said.strip()}")
        testpmd.quit()
    return f"{packets} packets, {free} of {every} mbufs back"


@case()
def nothing_left():
    """After quit hugepages and files in /var/run/dpdk are what they are after the in-tree driver's quit."""
    left = {}
    for driver in (IN_TREE, DRIVER, DRIVER):
        with Testpmd(eal_options=eal(driver=driver)) as testpmd:
            testpmd.wait_for_links()
            testpmd.forward(0.2)
        left.setdefault(driver, []).append(huge_free())
        strange = [path.name for path in RUNTIME.iterdir() if not path.name.startswith(KNOWN)]
        expect(not strange, f"left in {RUNTIME}: {strange}")
    expect(set(left[DRIVER]) == set(left[IN_TREE]), f"hugepages free: {left[DRIVER]}, in-tree {left[IN_TREE]}")
    return f"{left[DRIVER][0]} hugepages free after ours and after the in-tree driver"


@case()
def attach_detach():
    """5 times attach, start, forward, stop, close, detach: descriptors, maps and mbufs come back each time."""
    seen, packets = [], 0
    with Testpmd(eal_options=eal(ports=["0000:00:00.0"])) as testpmd:      # no NIC at the start
        for _ in range(5):
            for nic in nics():
                said = testpmd.command(f"port attach {nic}")
                expect("is attached" in said, f"port attach: {said.strip()}")
            testpmd.command("port start all")
            testpmd.wait_for_links()
            packets += check_lossless(*testpmd.forward(0.2))
            testpmd.command("port stop all")
            for port in range(len(nics())):
                said = testpmd.command(f"port detach {port}")
                expect("is detached" in said, f"port detach: {said.strip()}")
            free, every = testpmd.pools()
            expect(free == every, f"{every - free} of {every} mbufs are missing")
            seen.append((*footprint(testpmd.process), huge_free()))
    # The first round opens what EAL keeps for the life of the process.
    expect(len(set(seen[1:])) == 1, f"(descriptors, device maps, hugepages free) after each round: {seen}")
    expect(seen[-1][1] == 0, f"{seen[-1][1]} maps of the NICs remain")
    return f"{packets} packets; {seen[-1][0]} descriptors, {seen[-1][1]} device maps each time"


@case()
def crash_and_again():
    """Killed while forwarding, with the NICs in mid-DMA: the next session works at once; 3 times."""
    packets = 0
    for _ in range(3):
        testpmd = Testpmd("--forward-mode=txonly")
        testpmd.wait_for_links()
        testpmd.command("start")
        time.sleep(0.5)
        testpmd.kill()
        packets += check_session()
    return f"{packets} packets in the sessions after"


@case()
def signal_ends():
    """SIGINT and SIGTERM while forwarding end testpmd in order."""
    ends = []
    for number in (2, 15):
        testpmd = Testpmd()
        testpmd.wait_for_links()
        testpmd.command("start tx_first 1")
        time.sleep(0.2)
        testpmd.process.send_signal(number)
        ends.append(testpmd.end())
    expect(ends[0] in (0, -2) and ends[1] in (0, -15), f"status {ends}")
    packets = check_session()
    return f"status {ends}, {packets} packets after"


@case()
def counters_survive():
    """Stop, start and another ring size keep the counters; packets and octets go on together; clear clears both."""
    with Testpmd("--forward-mode=io") as testpmd:
        testpmd.wait_for_links()
        testpmd.forward(0.3)
        sums = [testpmd.stats()]
        for commands in ([], ["port config all rxd 256", "port config all txd 256"]):
            for command in ["port stop all", *commands, "port start all"]:
                testpmd.command(command)
            sums.append(testpmd.stats())
        for port in range(2):
            for name, value in sums[0][port].items():
                seen = [stats[port][name] for stats in sums]
                expect(seen == [value] * 3, f"port {port}: {name} is {seen} at first, after restart, after new rings")
        testpmd.command("clear port stats all")
        left = [sum(port.values()) for port in testpmd.stats()]
        expect(left == [0, 0], f"{left} after clear")
    return f"{sums[0][0]['RX-packets']} packets, {sums[0][0]['TX-bytes']} octets three times"


@case()
def reconfigure():
    """Stopped, another ring size, MTU 9000 with scatter, queue counts again: traffic flows; and back to 1500."""
    counts = []
    with Testpmd("--enable-scatter", "--max-pkt-len=9018", "--forward-mode=io") as testpmd:
        for rings, mtu, frame in ((256, 9000, "2000,2000,2000,2000,1000"), (512, 1500, "1500"), (1024, 9000, "9000")):
            testpmd.command("port stop all")
            for command in (f"port config all rxd {rings}", f"port config all txd {rings}", "port config all rxq 1",
                            "port config all txq 1", *(f"port config mtu {port} {mtu}" for port in range(2))):
                said = testpmd.command(command)
                expect("rror" not in said and "ail" not in said, f"{command}: {said.strip()}")
            said = testpmd.command("port start all")
            expect("Fail" not in said, f"port start all: {said.strip()}")
            testpmd.wait_for_links()
            info = testpmd.info(0)
            expect(info["MTU"] == str(mtu), f"MTU {info['MTU']} instead of {mtu}")
            expect(f"Number of RXDs: {rings}" in testpmd.command("show rxq info 0 0"), f"not {rings} descriptors")
            counts.append(check_lossless(*testpmd.forward(0.5)))
        testpmd.command("port stop all")
        free, every = testpmd.pools()
        expect(free == every, f"{every - free} of {every} mbufs are missing")
    return f"{counts} packets with rings of 256, 512, 1024"
