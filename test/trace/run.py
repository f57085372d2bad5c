#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Exercises the 32 invariants of lifecycle.md §5 in a build with probes, checks what was recorded, says what covers each.

Programs on software NICs record a log each; with --guest sessions of testpmd in a QEMU guest do, too. What no log
can show is another test's matter: OTHERS names it, and it is run here, or at least looked up.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.dont_write_bytecode = True

PROGRAMS = {            # name: path in the build folder, arguments
    "failures": ["test/port/failures"],
    "property": ["test/port/property", "1", "2000", "1"],
    "sessions": ["test/trace/sessions"],
}

# ("unit", file, test case) is run; ("guest", case) and ("explore", scene) have runs of their own and must exist;
# ("program", name) is one of PROGRAMS, ("source",) is no_busy_wait().
OTHERS = {
    1: [("unit", "adapter", "a pause needs nothing that could fail"), ("program", "failures")],
    3: [("unit", "adapter", "after shutdown nothing is acquired, released or moved"),
        ("explore", "initialize to close, shutdown at any moment")],
    7: [("unit", "tx", "a full ring takes fewer, and the rest stay the application's"),
        ("unit", "tx", "a chain goes out whole or not at all")],
    22: [("program", "property"), ("unit", "answers", "pause, halt and identity ask for no flag")],
    23: [("unit", "adapter", "shutdown inside halt does no work"),
         ("unit", "adapter", "after shutdown nothing is acquired, released or moved"),
         ("explore", "initialize to close, shutdown at any moment"), ("guest", "signal_ends")],
    25: [("unit", "adapter", "a pause that a burst holds up ends after two seconds")],
    26: [("source",), ("unit", "io", "sleeping takes at least the time asked for")],
    28: [("program", "property"), ("unit", "answers", "every request in every state is answered as §4 says")],
    29: [("unit", "adapter", "a request from inside a handler neither blocks nor changes anything"),
         ("program", "sessions")],
    30: [("unit", "gate", "who died inside a gate has left it"), ("guest", "secondary_process")],
    31: [("unit", "rx", "a receive burst that may not pass says why and touches nothing"),
         ("unit", "tx", "a transmit burst that may not pass says why and takes nothing"),
         ("unit", "gate", "memory that is no queue is a closed gate")],
    32: [("unit", "adapter", "a process that dies inside an operation does not stop the next"),
         ("guest", "crash_and_again")],
}

BUSY = re.compile(r"\brte_delay_(us|ms|us_block)\s*\(|\busleep\s*\(")


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.times = defaultdict(dict)      # invariant: {where: how often}
        self.violated = set()
        self.done = {}                      # what OTHERS names: whether it holds

    def judge(self, good, text):
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {text}", flush=True)
        return good

    def take(self, name, output, status):
        """What check.py said of one log."""
        for number, times in re.findall(r"^I(\d+) +(\d+) times$", output, re.MULTILINE):
            if int(times):
                self.times[int(number)][name] = self.times[int(number)].get(name, 0) + int(times)
        for number in re.findall(r"^VIOLATION I(\d+)", output, re.MULTILINE):
            self.violated.add(int(number))
        last = output.strip().splitlines()[-1:] or ["nothing"]
        if not self.judge(status == 0, f"{name}: {last[0].split(', exercised')[0]}"):
            print(output)


def run_program(tally, build, name, folder):
    command = [str(build / PROGRAMS[name][0]), *PROGRAMS[name][1:]]
    log = folder / f"{name}.log"
    try:
        done = subprocess.run(command, env={**os.environ, "MINIPORT_PROBES": str(log)}, timeout=240, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
        status, said = done.returncode, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        status, said = -1, str(error)
    tally.done["program", name] = tally.judge(status == 0, f"{name}: {(said.strip().splitlines() or ['silent'])[-1]}")
    if status != 0:
        print(said)
    if not log.exists():
        return tally.judge(False, f"{name}: no log; was {build} set up with -Dprobes=true?")
    check = subprocess.run([sys.executable, HERE / "check.py", "--prefix", log], text=True, stdout=subprocess.PIPE)
    return tally.take(name, check.stdout, check.returncode)


def run_guest(tally, build):
    command = [PROJECT / "usertools/vm", "--timeout", "500", "--env", f"MINIPORT_BUILD={build}", "--",
               "/usr/bin/python3", HERE / "in_guest.py"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace")
    output = done.stdout.replace("\r", "")
    sessions = re.findall(r"^check (\w+)\n(.*?)^session \1 ([^\n]*)$", output, re.MULTILINE | re.DOTALL)
    for name, said, verdict in sessions:
        if verdict.startswith("skip"):
            print(f"skip guest session {name}: {verdict[6:]}")
        elif not tally.judge(verdict == "ok", f"guest session {name} {verdict}"):
            print(output)
        if said.strip():
            tally.take("guest", said, 1 if "VIOLATION" in said or "\ntrace: " not in said else 0)
    if not tally.judge(bool(sessions) and done.returncode == 0, f"guest ended with status {done.returncode}"):
        print(output)


def no_busy_wait():
    """I26: control paths wait by sleep_us() and wait_for() only, which sleep."""
    return [f"{path.relative_to(PROJECT)}:{number}" for folder in ("drivers/net/miniport", "lib/hw", "lib/adapter")
            for path in sorted((PROJECT / folder).rglob("*.[ch]pp"))
            for number, line in enumerate(path.read_text().splitlines(), 1) if BUSY.search(line.split("//")[0])]


def run_other(tally, build, test):
    if test in tally.done:
        return
    if test[0] == "unit":
        program = build / "test/unit/unit"
        # Catch2 takes commas and brackets for its own.
        name = re.sub(r"([,\[\\])", r"\\\1", test[2])
        try:
            done = subprocess.run([program, name], timeout=120, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, errors="replace")
            good = done.returncode == 0 and "1 test case" in done.stdout
            why = "" if good else " " + (done.stdout.strip().splitlines() or ["silent"])[-1]
        except (OSError, subprocess.TimeoutExpired) as error:
            good, why = False, f" {error}"
        text = f"unit test \"{test[2]}\"{why}"
    elif test[0] == "guest":
        good = any(f"\ndef {test[1]}(" in path.read_text() for path in (PROJECT / "test/guest/cases").glob("*.py"))
        text = f"guest case {test[1]} exists"
    elif test[0] == "explore":
        good = f"\"{test[1]}\"" in (PROJECT / "test/life/explore.cpp").read_text()
        text = f"test/life/explore has the scene \"{test[1]}\""
    elif test[0] == "source":
        where = no_busy_wait()
        good, text = not where, f"no busy wait in the sources {' '.join(where)}"
    else:
        good, text = False, f"{test[1]} was not run"
    tally.done[test] = tally.judge(good, text)


def self_test(tally, folder):
    logs = [folder / f"{name}.log" for name in ("sessions", "failures") if (folder / f"{name}.log").exists()]
    done = subprocess.run([sys.executable, HERE / "check.py", "--self-test", *logs], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if not tally.judge(done.returncode == 0, (done.stdout.strip().splitlines() or ["silent"])[-1]):
        print(done.stdout)


def table(tally):
    covered = 0
    for n in range(1, 33):
        logs = " ".join(f"{where}({times}×)" for where, times in tally.times[n].items())
        others = OTHERS.get(n, [])
        good = n not in tally.violated and all(tally.done.get(test, False) for test in others) and (logs or others)
        covered += bool(good)
        named = "; ".join(" ".join(test[:1] + test[-1:]) if len(test) > 1 else test[0] for test in others)
        text = "checked in " + logs if logs else ""
        print(f"I{n:<3} {'' if good else 'NOT COVERED '}{text}{', ' if text and named else ''}"
              f"{'tested by ' + named if named else ''}")
    print(f"invariants: {covered} of 32")
    return covered == 32


def main():
    parser = argparse.ArgumentParser(description="Run the sessions of the trace check, and say what is covered.")
    parser.add_argument("--build", type=Path, default=PROJECT / "build-probes", metavar="DIR",
                        help="a build folder set up with -Dprobes=true (default: %(default)s)")
    parser.add_argument("--guest", action="store_true", help="sessions in a QEMU guest, too (some 3 minutes)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the logs there")
    given = parser.parse_args()
    build = given.build.resolve()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="miniport-trace-") as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            (folder / f"{name}.log").unlink(missing_ok=True)
            run_program(tally, build, name, folder)
        self_test(tally, folder)
    if given.guest:
        run_guest(tally, build)
    for tests in OTHERS.values():
        for test in tests:
            run_other(tally, build, test)
    complete = table(tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 0 if complete and not tally.failed else 1


if __name__ == "__main__":
    sys.exit(main())
