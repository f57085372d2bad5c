#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Boots a guest for each kind that the cases ask for, runs in_guest.py there, and adds the counts up.

The last line is "N passed, N failed[, N skipped]"; the status is 0 when nothing failed. A case whose guest died
or stood still has failed. Cases are in cases/, kinds of guest in harness.py.
"""

import argparse
import os
import re
import select
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import harness

RESULT = re.compile(r"(ok|FAIL|skip) +(\w+)")
BOOT = 60    # seconds
WORDS = {"ok": "passed", "FAIL": "failed", "skip": "skipped"}


def run_guest(kind, cases, build):
    """Run the cases in one guest; {name: "ok" | "FAIL" | "skip"} of those it reported before it ended or stalled."""
    limit = 60 + 2 * sum(case.deadline for case in cases)
    command = [harness.PROJECT / "usertools/vm", *harness.GUESTS[kind], "--timeout", str(limit), "--env",
               f"MINIPORT_BUILD={build}", "--", "/usr/bin/python3", harness.HERE / "in_guest.py",
               *(case.name for case in cases)]
    results = {}
    guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        # in_guest.py keeps the deadlines, but a guest under load was seen to lose its timers, and all stood still.
        def patience():
            return BOOT + 2 * cases[min(len(results), len(cases) - 1)].deadline

        rest = b""
        while select.select([guest.stdout], [], [], patience())[0] and (data := os.read(guest.stdout.fileno(), 65536)):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                print(text, flush=True)
                if found := RESULT.match(text):
                    results[found[2]] = found[1]
    finally:
        guest.terminate()              # the guest ends with usertools/vm
        guest.wait()
    return results


def run_guests(kind, cases, build):
    """As run_guest, but a case that took its guest along is marked, and those behind it get another guest."""
    results = {}
    while pending := [case for case in cases if case.name not in results]:
        reported = run_guest(kind, pending, build)
        results.update(reported)
        # Nothing reported is a guest that did not boot, or one that its first case ended.
        lost = [case for case in pending if case.name not in reported]
        for case in lost[:1] if reported else lost:
            print(f"FAIL {case.name}: the guest ended or stood still before its result", flush=True)
            results[case.name] = "FAIL"
    return results


def main():
    parser = argparse.ArgumentParser(description="Test the driver in QEMU guests.")
    parser.add_argument("--list", action="store_true", help="name the cases and what each decides")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="run this case; repeatable")
    parser.add_argument("--build", type=Path, default=harness.PROJECT / "build", metavar="DIR",
                        help="the build folder (default: %(default)s)")
    given = parser.parse_args()

    cases = harness.load_cases()
    if given.list:
        for case in cases.values():
            print(f"{case.name:27}{case.about}{f' [{case.guest}]' if case.guest != 'usual' else ''}")
        return 0
    if unknown := [name for name in given.only if name not in cases]:
        parser.error(f"no case {unknown[0]}; --list names them")
    build = given.build.resolve()
    if not (build / harness.DRIVER).exists():
        sys.exit(f"suite.py: {build / harness.DRIVER} is not there: build first")

    counts = dict.fromkeys(WORDS.values(), 0)
    for kind in harness.GUESTS:
        wanted = [case for case in cases.values()
                  if case.guest == kind and (case.name in given.only or not given.only)]
        if not wanted:
            continue
        print(f"-- guest {kind}: {len(wanted)} cases", flush=True)
        for result in run_guests(kind, wanted, build).values():
            counts[WORDS[result]] += 1

    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return counts["failed"] != 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
