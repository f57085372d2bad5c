# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Every byte of what passes, by miniport-wirecheck; the in-tree driver is the control."""

import re

from harness import DRIVER, WIRECHECK, built, case, expect
from programs import IN_TREE, eal, run

PORT = re.compile(r"^port (\d): sent (\d+)/(\d+) frames, (\d+)/(\d+) bytes; "
                  r"received (\d+)/(\d+) frames, (\d+)/(\d+) bytes", re.MULTILINE)


def excused(said):
    """Findings that the control may have: net_e1000_em takes the FCS for 4 octets of each received frame."""
    return {f"port {port}: statistics: ibytes is wrong"
            for port, *_, received, _, octets, real in PORT.findall(said)
            if int(octets) - int(real) == 4 * int(received)}


def check(*options, driver=DRIVER, timeout=90):
    """Run it; how many frames it checked."""
    said = run(built(WIRECHECK), *eal(driver=driver), "--", *options, timeout=timeout, status=None)
    verdict = re.search(r"^wirecheck: (PASS|FAIL)\b(.*)$", said, re.MULTILINE)
    expect(verdict, f"{' '.join(options)}: no verdict")
    findings = re.findall(r"^finding: (.*)$", said, re.MULTILINE)
    good = verdict[1] == "PASS" or (driver is IN_TREE and findings and set(findings) <= excused(said))
    expect(good, f"{' '.join(options)}: {'; '.join(findings) or verdict[0]}")
    return f"{sum(int(port[6]) for port in PORT.findall(said)):,} frames"


def wire_case(name, about, *runs, control=True):
    """A case of one run or more, each a list of options; `control` runs them on the in-tree driver as well."""
    def run_all():
        said = [check(*options) for options in runs]
        if control:
            said += ["in-tree: " + check(*runs[0], driver=IN_TREE)]
        return "; ".join(said)
    case(deadline=300, name=name, about=about)(run_all)


wire_case("wire_ordinary", "200,000 frames of 60 to 1514 bytes arrive byte for byte",
          ["--frames", "200000", "--sizes", "60-1514"])
wire_case("wire_jumbo", "frames up to 9014 bytes arrive in mbufs of 2048 bytes",
          ["--frames", "20000", "--sizes", "60-9014", "--mtu", "9000", "--mbuf-data", "2048"])
wire_case("wire_segments", "frames sent from several mbufs arrive whole",
          ["--frames", "20000", "--sizes", "60-1514", "--segments", "4"],
          ["--frames", "5000", "--sizes", "1000-9014", "--mtu", "9000", "--mbuf-data", "2048", "--segments", "8"])
wire_case("wire_drop", "at MTU 1500, 1000 and 9000 the largest frame passes and a longer one is dropped",
          *(["--drop-test", "--mtu", str(mtu), "--sizes", f"60-{min(mtu + 14, 1514)}", "--mbuf-data", "2048"]
            for mtu in (1500, 1000, 9000)), control=False)
wire_case("wire_filter", "address filter, promiscuous and all-multicast let pass what they should, and no more",
          ["--filter-test"], control=False)
wire_case("wire_restart", "frames are whole after stop and start in between",
          ["--frames", "20000", "--sizes", "60-1514", "--cycles", "10", "--restart-every", "1000"], control=False)
