#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Runs in the guest (run.py --guest calls it): sessions of testpmd that record probes, each into a log that is checked.

For each session the lines of check.py, and "session NAME ok" or "session NAME FAIL: cause".
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(PROJECT / "test/guest"), str(PROJECT / "usertools/lib")]
import harness
import in_guest
import programs
import qmp

LOG = "/dev/shm/probes"
POLL = 0.05             # seconds; a log has room for 4 million records, and every empty burst makes two


def forward(testpmd):
    testpmd.command("start tx_first 1")
    time.sleep(POLL)
    testpmd.command("stop")


def start_stop():
    with programs.Testpmd() as testpmd:
        testpmd.wait_for_links()
        for _ in range(10):
            forward(testpmd)
            testpmd.command("port stop all")
            testpmd.command("port start all")
        testpmd.wait_for_links()
        forward(testpmd)


def links_and_resets():
    with programs.Testpmd() as testpmd, qmp.Qmp() as machine:
        testpmd.wait_for_links()
        testpmd.command("start tx_first 1")
        for up in (False, True) * 2:
            machine.execute("set_link", name="nic0", up=up)
            time.sleep(POLL)
        testpmd.command("stop")
        for _ in range(3):
            testpmd.command("port stop all")
            for port in range(len(harness.nics())):
                testpmd.command(f"port reset {port}")
            testpmd.command("port start all")
            testpmd.wait_for_links()
            forward(testpmd)


def killed():
    """I32: the end comes in the middle of bursts; the next session must work."""
    for _ in range(3):
        testpmd = programs.Testpmd("--forward-mode=txonly")
        testpmd.wait_for_links()
        testpmd.command("start")
        time.sleep(POLL)
        testpmd.kill()
    with programs.Testpmd() as testpmd:
        testpmd.wait_for_links()
        forward(testpmd)


def secondary(*arguments, poll):
    words = programs.eal()
    program = [harness.built("test/trace/poller"), *words, "--proc-type=secondary", "--", str(poll)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        if line.strip() == "polling":
            return process
    raise harness.Failed(f"the secondary process ended with status {process.wait()}")


def secondaries():
    """I30: a process polls while another pauses; then it is killed, and pauses must go on."""
    with programs.Testpmd() as testpmd:
        testpmd.wait_for_links()
        programs.run("dpdk-proc-info", *programs.eal()[4:], "--", "-p", "0x3", "--stats")
        testpmd.command("start tx_first 1")
        testpmd.command("stop")                 # frames wait for whoever polls next
        poller = secondary(poll=60)
        for _ in range(10):
            testpmd.command("port stop all")
            testpmd.command("port start all")
            time.sleep(2 * POLL)
        poller.send_signal(signal.SIGKILL)
        poller.wait()
        testpmd.command("port stop all")
        testpmd.command("port start all")
        testpmd.wait_for_links()
        forward(testpmd)


def removal():
    """The device is asked for (VFIO's request, not a surprise): testpmd stops and closes its port from an alarm."""
    with programs.Testpmd("--hot-plug") as testpmd, qmp.Qmp() as machine:
        testpmd.wait_for_links()
        testpmd.command("start tx_first 1")
        time.sleep(POLL)
        testpmd.command("stop")
        machine.execute("device_del", id="nic0")
        deadline = time.monotonic() + 20
        while re.search(r"^0 ", testpmd.command("show port summary all"), re.MULTILINE):
            harness.expect(time.monotonic() < deadline, "testpmd still has port 0, 20 s after its device was asked for")
            time.sleep(0.2)


SESSIONS = [start_stop, links_and_resets, killed, secondaries, removal]


def main():
    in_guest.trim_plugins()
    os.environ["MINIPORT_PROBES"] = LOG
    for session in SESSIONS:
        Path(LOG).unlink(missing_ok=True)
        programs.forget()
        verdict = "ok"
        try:
            session()
        except harness.Skipped as reason:
            verdict = f"skip: {reason}"
        except Exception as error:
            verdict = f"FAIL: {type(error).__name__}: {error}"
            print("\n".join(f"     | {line}" for line in programs.last_words(15)))
        programs.kill_all()
        print(f"check {session.__name__}", flush=True)
        if Path(LOG).exists():
            subprocess.run([sys.executable, HERE / "check.py", "--prefix", "--most", "5", LOG])
        print(f"session {session.__name__} {verdict}", flush=True)


if __name__ == "__main__":
    main()
