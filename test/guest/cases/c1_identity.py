# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Who drives the NICs, and what DPDK's own tools see of it."""

import json
import re

from harness import DRIVER, built, case, expect, nics
from programs import IN_TREE, Testpmd, eal, run


@case()
def beside_in_tree():
    """With -d both ports are net_miniport's though net_e1000 is loaded too; without it they are net_e1000_em's."""
    seen = {}
    for driver in (DRIVER, IN_TREE):
        with Testpmd(eal_options=eal(driver=driver)) as testpmd:
            names = re.findall(r"^Driver name: (.*)$", testpmd.command("show port info all"), re.MULTILINE)
            with open(f"/proc/{testpmd.process.pid}/maps") as maps:
                expect("librte_net_e1000.so" in maps.read(), "librte_net_e1000 is not loaded")
        seen[driver] = names
    expect(seen[DRIVER] == ["net_miniport"] * 2, f"with -d the ports are {seen[DRIVER]}")
    expect(seen[IN_TREE] == ["net_e1000_em"] * 2, f"without -d the ports are {seen[IN_TREE]}")
    return f"with -d {seen[DRIVER]}, without {seen[IN_TREE]}"


@case()
def devbind_and_pmdinfo():
    """dpdk-devbind.py shows both NICs at vfio-pci; dpdk-pmdinfo.py reads ids, kernel module and parameters."""
    bound = [line for line in run("dpdk-devbind.py", "-s").splitlines()
             if line.startswith(tuple(nics())) and "drv=vfio-pci" in line]
    expect(len(bound) == len(nics()), f"{len(bound)} of {len(nics())} NICs are shown at vfio-pci")
    info, = (driver for driver in json.loads(run("dpdk-pmdinfo.py", built(DRIVER))) if driver.get("pci_ids"))
    ids = [(known["vendor"], known["device"]) for known in info["pci_ids"]]
    expect(info["name"] == "net_miniport" and ("8086", "10d3") in ids, f"pmdinfo: {info}")
    expect("vfio-pci" in str(info.get("kmod")), f"pmdinfo: kmod {info.get('kmod')}")
    expect("nvm_checksum" in str(info.get("params")), f"pmdinfo: params {info.get('params')}")
    return f"{len(bound)} bound, {info['name']} {' '.join(':'.join(pair) for pair in ids)}"


def telemetry(*queries):
    """Answers of dpdk-telemetry.py, by query."""
    said = run("dpdk-telemetry.py", stdin="".join(f"{query}\n" for query in queries))
    answers = {}
    for line in said.splitlines():
        # The prompt precedes an answer when stdin is no terminal.
        if found := re.search(r"\{\"/.*\}\s*$", line):
            answers.update(json.loads(found[0]))
    return answers


@case()
def telemetry_answers():
    """dpdk-telemetry.py: counters agree with testpmd's, the trace shows the life in order, a wrong port is refused."""
    with Testpmd() as testpmd:
        testpmd.wait_for_links()
        testpmd.forward(0.5)
        stats = testpmd.stats()[0]
        expect(telemetry("/miniport/state,0")["/miniport/state"]["state"] == "Running", "the state is not Running")
        testpmd.command("port stop all")
        answers = telemetry("/ethdev/stats,0", "/ethdev/info,0", "/miniport/state,0", "/miniport/trace,0")
        wrong = telemetry("/miniport/state,9", "/miniport/trace,x")
    counted = answers["/ethdev/stats"]
    expect(counted["ipackets"] == stats["RX-packets"] > 0, f"{counted['ipackets']}, testpmd {stats['RX-packets']}")
    expect(answers["/ethdev/info"]["name"] == nics()[0], f"name {answers['/ethdev/info']['name']}")
    expect(answers["/miniport/state"]["state"] == "Paused", f"state {answers['/miniport/state']['state']} after stop")
    trace = answers["/miniport/trace"]
    moves = [re.search(r": (\w+) -> (\w+) ", line) for line in trace]
    states = [moves[0][1], *(move[2] for move in moves)]
    life = ["Halted", "Initializing", "Paused", "Restarting", "Running", "Pausing", "Paused"]
    expect(states == life, f"trace {states}, not {life}")
    expect(not any(wrong.values()), f"ports that are not there: {wrong}")
    return f"{counted['ipackets']} packets, {' -> '.join(states)}"


@case()
def secondary_process():
    """dpdk-proc-info as secondary process reads the same counters as testpmd, which goes on undisturbed."""
    with Testpmd() as testpmd:
        testpmd.wait_for_links()
        _, stats = testpmd.forward(0.3)
        said = run("dpdk-proc-info", *eal()[4:], "--", "-p", "0x3", "--stats")
        received = [int(count) for count in re.findall(r"^  RX-packets: +(\d+)", said, re.MULTILINE)]
        expect(received == [port["RX-packets"] for port in stats], f"{received}, testpmd {stats}")
        run("dpdk-proc-info", *eal()[4:], "--", "-p", "0x3", "--xstats")
        testpmd.command("start tx_first 1")
        for _ in range(3):                   # while packets flow
            run("dpdk-proc-info", *eal()[4:], "--", "-p", "0x3", "--stats")
        forwarded = testpmd.stop()
        expect(all(port["TX-packets"] > 64 and port["TX-dropped"] == 0 for port in forwarded), f"{forwarded}")
    return f"{received[0]} and {received[1]} packets seen by both"
