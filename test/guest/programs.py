# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Programs that the cases run in the guest: dpdk-testpmd on a pseudo-terminal, and any that ends by itself.

Keeps what they said for the report of a failure, and ends those that a case left behind.
"""

import os
import pty
import re
import select
import signal
import subprocess
import time

from harness import DRIVER, Failed, built, expect, nics

PROMPT = "testpmd> "
IN_TREE = None              # as driver: let the plugins of the default folder take the NICs

_alive, _said = [], [""]


def forget():
    _said[:] = [""]


def kill_all():
    while _alive:
        process = _alive.pop()
        if process.poll() is None:
            process.kill()
            process.wait()


def last_words(count):
    return [line for line in _said[-1].replace("\r", "").splitlines() if line.strip()][-count:]


def run(*command, timeout=30, status=0, stdin=""):
    """Run to the end; stdout and stderr in one text. status None: any that is not a signal's."""
    try:
        done = subprocess.run(command, input=stdin, timeout=timeout, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as error:
        _said.append((error.stdout or b"").decode(errors="replace"))
        raise Failed(f"{command[0]} has not ended after {timeout} s") from None
    _said.append(done.stdout)
    right = done.returncode == status if status is not None else done.returncode >= 0
    expect(right, f"{os.path.basename(command[0])} ended with status {done.returncode}")
    return done.stdout


def eal(ports=None, driver=DRIVER, devargs=""):
    """EAL's arguments: two cores, our plugin (or IN_TREE), these NICs."""
    plugin = ["-d", built(driver)] if driver else []
    allow = [word for port in (nics() if ports is None else ports) for word in ("-a", port + devargs)]
    return ["-l", "0-1", "-n", "1", *plugin, *allow]


class Testpmd:
    """One dpdk-testpmd. On a pipe it would keep its output to itself, so it gets a terminal.

    It prompts once for each command, so an answer is all up to the next prompt. Events of the link come from
    another thread, in the middle of an echo or of a prompt: they are taken out and kept apart.
    """

    EVENT = re.compile(r"\r?\nPort (\d+): (link state change) event\r?\n")

    def __init__(self, *options, eal_options=None, start=True):
        """options replace those that serve most cases where they name the same, as in "--rxd=128"."""
        usual = {"--rxd": "512", "--txd": "512", "--total-num-mbufs": "8192"}
        for option in options:
            usual.pop(option.split("=")[0], None)
        command = ["dpdk-testpmd", *(eal() if eal_options is None else eal_options), "--", "-i",
                   *(f"{name}={value}" for name, value in usual.items()), *options]
        self._terminal, far = pty.openpty()
        self.process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far)
        os.close(far)
        self._unread = ""
        self.events = []                    # (port, what), the oldest first
        _alive.append(self.process)
        _said.append("")
        self._index = len(_said) - 1
        if start:
            self._answer("its start", 50)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            if kind is None:
                self.quit()
            else:
                self.kill()
        os.close(self._terminal)

    @property
    def said(self):
        return _said[self._index].replace("\r", "")

    def _read(self, timeout):
        """More output; False at the end of the program or of the time."""
        if not select.select([self._terminal], [], [], max(0, timeout))[0]:
            return False
        try:
            data = os.read(self._terminal, 65536).decode(errors="replace")
        except OSError:                     # the far end is closed
            data = ""
        _said[self._index] += data
        self._unread += data
        self.events += [(int(port), what) for port, what in self.EVENT.findall(self._unread)]
        self._unread = self.EVENT.sub("", self._unread)
        return data != ""

    def _answer(self, what, timeout):
        deadline = time.monotonic() + timeout
        while True:
            answer, prompt, rest = self._unread.partition(PROMPT)
            if prompt:
                self._unread = rest
                return answer.replace("\r", "")
            if not self._read(deadline - time.monotonic()):
                status = self.process.poll() if time.monotonic() >= deadline else self.process.wait(10)
                expect(status is None, f"testpmd ended with status {status} at {what}")
                raise Failed(f"testpmd did not answer to {what} within {timeout:g} s")

    def command(self, text, timeout=20):
        os.write(self._terminal, text.encode() + b"\n")
        answer = self._answer(f"\"{text}\"", timeout)
        expect("Bad arguments" not in answer and "Command not found" not in answer, f"testpmd does not know \"{text}\"")
        return answer.partition(text)[2]    # behind the echo

    def wait_for_event(self, port, what, timeout=10):
        """Seconds until testpmd reports the event."""
        began = time.monotonic()
        while (port, what) not in self.events:
            if not self._read(began + timeout - time.monotonic()):
                raise Failed(f"no event \"{what}\" of port {port} within {timeout:g} s")
        self.events.remove((port, what))
        return time.monotonic() - began

    def end(self, timeout=40):
        """Wait for the end, without a word; the exit status. A signal's is negative."""
        deadline = time.monotonic() + timeout
        while self._read(deadline - time.monotonic()):
            pass
        try:
            return self.process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failed(f"testpmd has not ended after {timeout:g} s") from None

    def end_or_prompt(self, timeout=40):
        """Until it asks for commands (None) or ends (its status)."""
        deadline = time.monotonic() + timeout
        while PROMPT not in self._unread:
            if not self._read(deadline - time.monotonic()):
                return self.end(deadline - time.monotonic())
        return None

    def quit(self, status=0):
        os.write(self._terminal, b"quit\n")
        ended = self.end()
        expect(ended == status, f"testpmd ended with status {ended} after \"quit\", not {status}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    # --- what testpmd prints, as numbers -------------------------------------------------------------------------

    def wait_for_links(self, timeout=10):
        deadline = time.monotonic() + timeout
        while (count := self.command("show port summary all").count(" up ")) < len(nics()):
            expect(time.monotonic() < deadline, f"{count} of {len(nics())} links up after {timeout} s")
            time.sleep(0.05)

    def info(self, port):
        """`show port info`, {label: value}."""
        return dict(re.findall(r"^([^:\n]+): (.*)$", self.command(f"show port info {port}"), re.MULTILINE))

    def stats(self):
        """[{"RX-packets": n, ...} for each port], as the NICs counted."""
        blocks = self.command("show port stats all").split("NIC statistics for port")[1:]
        return [{name: int(value) for name, value in re.findall(r"([RT]X-[a-z]+): +(\d+)", block)}
                for block in blocks]

    def stop(self):
        """Stop forwarding; what testpmd counted meanwhile."""
        return self.forwarded("stop")

    def forwarded(self, command="show fwd stats all"):
        """[{"RX-packets": n, "TX-dropped": n, ...} for each port], as testpmd counted."""
        blocks = self.command(command).split("Forward statistics for port")[1:]
        expect(blocks, f"no forward statistics after \"{command}\"")
        return [{name: int(value) for name, value in re.findall(r"([RT]X-[a-z]+): +(\d+)", block.split("+++")[0])}
                for block in blocks]

    def pools(self):
        """(free, all) mbufs of all pools together."""
        text = self.command("dump_mempool")
        def total(name):
            return sum(map(int, re.findall(rf"^ *{name}=(\d+)", text, re.MULTILINE)))
        return total("total_cache_count") + total("common_pool_count"), total("populated_size")

    def forward(self, seconds, start="start tx_first 1"):
        """Forward for a while; (what testpmd counted, what the NICs counted)."""
        self.command("clear port stats all")
        self.command(start)
        time.sleep(seconds)
        forwarded = self.stop()
        time.sleep(0.2)                     # what the wire still holds arrives
        return forwarded, self.stats()


LOSSES = ("RX-missed", "RX-errors", "RX-nombuf", "TX-errors")


def check_lossless(forwarded, stats, least=100):
    """Frames flowed both ways, none was lost, and each NIC received what the other sent; the sum received."""
    for port, counted in enumerate(stats):
        for name in LOSSES:
            expect(counted[name] == 0, f"port {port}: {name} is {counted[name]}")
        dropped = forwarded[port]["RX-dropped"] + forwarded[port]["TX-dropped"]
        expect(dropped == 0, f"port {port}: testpmd dropped {dropped}")
        expect(counted["RX-packets"] >= least, f"port {port}: only {counted['RX-packets']} packets received")
        sent = stats[port ^ 1]["TX-packets"]
        expect(sent == counted["RX-packets"],
               f"port {port ^ 1} sent {sent} packets, port {port} received {counted['RX-packets']}")
        expect(forwarded[port]["RX-packets"] == counted["RX-packets"],
               f"port {port}: the NIC received {counted['RX-packets']}, testpmd {forwarded[port]['RX-packets']}")
    return sum(counted["RX-packets"] for counted in stats)


def check_session():
    """An ordinary session does what it should: for use after a case that may have left something half done."""
    with Testpmd() as testpmd:
        testpmd.wait_for_links()
        return check_lossless(*testpmd.forward(0.3))
