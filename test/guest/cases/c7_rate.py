# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Our rate beside the in-tree driver's, in the same guest and in turn."""

import time

from harness import DRIVER, case, expect
from programs import IN_TREE, Testpmd, eal

SECONDS, TURNS, BAR = 3, 3, 0.95    # the bar leaves room for noise: both run under an emulator
MOST_TURNS = 10


def rate(driver):
    """Packets a second that testpmd forwards with a burst of 32 circulating on each port."""
    with Testpmd("--forward-mode=io", "--burst=32", eal_options=eal(driver=driver)) as testpmd:
        testpmd.wait_for_links()
        began = time.monotonic()
        forwarded, _ = testpmd.forward(SECONDS)
        return sum(port["TX-packets"] for port in forwarded) / (time.monotonic() - began)


@case(deadline=400)
def rate_beside_in_tree():
    """io, runs of each driver in turn: our best is at least 0.95 of the in-tree driver's best. What else the machine
    does only slows a run down, so the best ones compare the drivers; where three turns do not tell, more do."""
    runs = {DRIVER: [], IN_TREE: []}
    for turn in range(1, MOST_TURNS + 1):
        for driver, rates in runs.items():
            rates.append(rate(driver))
        ours, theirs = (max(runs[driver]) for driver in (DRIVER, IN_TREE))
        if turn >= TURNS and ours >= BAR * theirs:
            break
    text = (f"{ours:,.0f} packets/s, in-tree {theirs:,.0f}: {ours / theirs:.2f}; runs "
            + " against ".join("/".join(f"{one / 1000:.0f}k" for one in rates) for rates in runs.values()))
    expect(ours >= BAR * theirs, f"{text}, below {BAR}")
    return text
