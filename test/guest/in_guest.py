#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""in_guest.py NAME...: runs these cases in the guest one after the other; suite.py on the host calls it.

A case that does not end within its deadline has failed, and what it started is killed before the next. One line
for each: "ok NAME", "FAIL NAME: cause" with the end of what the last program said, or "skip NAME: reason".
"""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import harness
import programs

TAIL = 20  # lines of the last program's output that a failure shows
NEEDED = r"librte_(bus_(pci|vdev)|mempool_(ring|stack)|net_(e1000|null|ring))$"


def trim_plugins():
    """Leave of DPDK's 170 plugins those that the programs link and a few more: they start in a third of the time.

    Only the guest's own view of the folder changes. librte_net_e1000 stays: our driver must win beside it.
    """
    linked = subprocess.run(["ldd", "/usr/bin/dpdk-testpmd", "/usr/bin/dpdk-proc-info"],
                            capture_output=True, text=True).stdout
    linked = set(re.findall(r"(librte_\w+)\.so", linked))
    for path in Path("/usr/lib").glob("*/dpdk/pmds-*/librte_*"):
        name = path.name.split(".")[0]
        if name not in linked and not re.match(NEEDED, name):
            path.unlink()


def too_late(*_):
    raise harness.Failed("the deadline of the case is over")


def run(case):
    programs.forget()
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, case.deadline)
    try:
        measured = case.run()
        verdict, text = "ok", measured or ""
    except harness.Skipped as reason:
        verdict, text = "skip", str(reason)
    except Exception as error:
        verdict, text = "FAIL", str(error) if isinstance(error, harness.Failed) else f"{type(error).__name__}: {error}"
    signal.setitimer(signal.ITIMER_REAL, 0)
    programs.kill_all()
    seconds = time.monotonic() - began
    if verdict == "ok":
        print(f"ok   {case.name} ({seconds:.1f} s): {text}", flush=True)
        return
    print(f"{verdict} {case.name}: {text} ({seconds:.1f} s)")
    if verdict == "FAIL":
        for line in programs.last_words(TAIL):
            print(f"     | {line}")
    sys.stdout.flush()


def main():
    signal.signal(signal.SIGALRM, too_late)
    cases = harness.load_cases()
    trim_plugins()
    for name in sys.argv[1:]:
        run(cases[name])


if __name__ == "__main__":
    main()
