# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Each of testpmd's forwarding modes between the two wired ports.

With a burst of 32 on each port that only circulates nothing may be lost. txonly and flowgen send as fast as they
can: frames are lost in QEMU's queues, so only what was sent must be counted right.
"""

import time

from harness import case, expect
from programs import Testpmd, check_lossless

SECONDS = 2


def circulate(mode):
    def run():
        with Testpmd(f"--forward-mode={mode}") as testpmd:
            testpmd.wait_for_links()
            count = check_lossless(*testpmd.forward(SECONDS))
        return f"{count} packets, none lost"
    case(name=f"forward_{mode}", about=f"{mode}: a burst circulates for {SECONDS} s without loss; "
         "a port receives what the other sent")(run)


def generate(mode):
    def run():
        with Testpmd(f"--forward-mode={mode}") as testpmd:
            testpmd.wait_for_links()
            forwarded, stats = testpmd.forward(SECONDS, "start")
        for port in range(2):
            sent, got = stats[port]["TX-packets"], stats[port ^ 1]["RX-packets"] + stats[port ^ 1]["RX-missed"]
            expect(sent > 1000 and stats[port]["TX-errors"] == 0, f"port {port} sent {sent}: {stats[port]}")
            expect(sent == forwarded[port]["TX-packets"],
                   f"port {port}: the NIC sent {sent}, testpmd {forwarded[port]['TX-packets']}")
            expect(0 < got <= sent, f"port {port ^ 1} saw {got} packets of {sent}")
        return f"sent {stats[0]['TX-packets']} and {stats[1]['TX-packets']}"
    case(name=f"forward_{mode}", about=f"{mode}: what is sent in {SECONDS} s is counted alike by testpmd and the NIC, "
         "and no more arrives")(run)


for circulating in ("io", "mac", "macswap", "csum"):
    circulate(circulating)
for generating in ("txonly", "flowgen"):
    generate(generating)


@case()
def forward_rxonly():
    """rxonly: 4 bursts of 32 on each port arrive, all of them, and nothing else."""
    with Testpmd("--forward-mode=rxonly") as testpmd:
        testpmd.wait_for_links()
        forwarded, stats = testpmd.forward(0.5, "start tx_first 4")
        check_lossless(forwarded, stats)
        counts = [port["RX-packets"] for port in stats]
        expect(counts == [128, 128], f"received {counts}, not 128 each")
    return f"received {counts}"


@case()
def frame_sizes():
    """Frames of 60 to 1514 bytes in one and in several mbufs arrive, all of them: packets and octets agree."""
    frames = []
    with Testpmd("--forward-mode=rxonly", "--tx-offloads=0x8000") as testpmd:      # multi-segment
        testpmd.wait_for_links()
        for sizes in ("60", "61", "1514", "500,600,300", "64,64,64,64,64", "1000,1,1"):
            testpmd.command(f"set txpkts {sizes}")
            forwarded, stats = testpmd.forward(0.3, "start tx_first 8")
            check_lossless(forwarded, stats)
            frames.append(sum(map(int, sizes.split(","))))
            octets = [port[way] for port in stats for way in ("RX-bytes", "TX-bytes")]
            expect(octets == [256 * frames[-1]] * 4, f"{sizes}: {octets} octets in 256 frames")
    return f"256 frames each way of {', '.join(map(str, frames))}"


def check_sample(number, last, before, now, after):
    """The NICs' counters, read between two looks at testpmd's own: with them, and not behind the last ones."""
    flying = 1024                            # what the rings of a port may hold, on either side of a counter
    for port in range(2):
        for name in ("RX-packets", "TX-packets"):
            low, count, high = before[port][name] - flying, now[port][name], after[port][name] + flying
            expect(low <= count <= high, f"sample {number}, port {port}: {name} is {count}, testpmd says {low}..{high}")
            # Read a moment after the packets, and a guest's moment may be long.
            octets = now[port][name.replace("packets", "bytes")]
            expect(60 * (count - flying) <= octets <= 64 * high,
                   f"sample {number}, port {port}: {octets} octets in {count} {name}")
        for name, value in now[port].items():
            expect(value >= last[port][name], f"sample {number}, port {port}: {name} fell to {value}")
        expect(now[port]["RX-packets"] > last[port]["RX-packets"], f"sample {number}, port {port}: nothing received")


@case(deadline=180)
def soak():
    """20 s of io, counters read 40 times: in step with testpmd's, never backwards; at the end nothing is missing."""
    with Testpmd("--forward-mode=io") as testpmd:
        testpmd.wait_for_links()
        testpmd.command("clear port stats all")
        last = testpmd.stats()
        testpmd.command("start tx_first 1")
        for number in range(1, 41):
            time.sleep(0.5)
            before, now, after = testpmd.forwarded(), testpmd.stats(), testpmd.forwarded()
            check_sample(number, last, before, now, after)
            last = now
        forwarded = testpmd.stop()
        time.sleep(0.2)
        return f"{check_lossless(forwarded, testpmd.stats())} packets, none lost, 40 samples in step"
