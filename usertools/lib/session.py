#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""session.py [--demo]: testpmd with our driver on the NICs in MINIPORT_PCI, in the guest or on this machine.

Without --demo the person types. With it, ten seconds of forwarding between two wired ports; the status is 0
only when packets flowed and none was lost.
"""

import json
import os
import pty
import re
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from build import DRIVER, FOLDERS
from progress import Failure, program

PROMPT = b"testpmd>"
TELEMETRY = "/var/run/dpdk/rte/dpdk_telemetry.v2"
FORWARD_S = 10
LOST = ("imissed", "ierrors", "oerrors", "rx_nombuf")


def testpmd(addresses):
    # Two rings of 512 descriptors hold the burst that circulates. testpmd would ask for 400 MB of packets.
    return ["dpdk-testpmd", "-l", "0-1", "-n", "1", "-d", str(FOLDERS["g++"] / DRIVER),
            *(word for address in addresses for word in ("-a", address)),
            "--", "-i", "--rxd=512", "--txd=512", "--total-num-mbufs=8192"]


class Testpmd:
    """A testpmd on a pseudo-terminal (on a pipe it would keep its output to itself) and its telemetry."""

    def __init__(self, addresses):
        self._terminal, far = pty.openpty()
        self._process = subprocess.Popen(testpmd(addresses), stdin=far, stdout=far, stderr=far, close_fds=True)
        os.close(far)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def until(self, end, what, timeout):
        """Show and return all that testpmd says up to `end`."""
        said, shown, deadline = b"", 0, time.monotonic() + timeout
        while not said.rstrip().endswith(end):
            if not select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failure(f"testpmd did not answer to {what} in {timeout} s")
            try:
                said += os.read(self._terminal, 4096)
            except OSError:   # the far end is closed
                raise Failure(f"testpmd ended at {what} with status {self._process.wait(10)}") from None
            lines = said.rfind(b"\n") + 1
            print(said[shown:lines].decode(errors="replace").replace("\r", ""), end="", flush=True)
            shown = max(shown, lines)
        return said.decode(errors="replace")

    def command(self, text, timeout=20):
        print("testpmd> ", end="", flush=True)
        os.write(self._terminal, text.encode() + b"\n")
        return self.until(PROMPT, text, timeout)

    def quit(self):
        print("testpmd> ", end="", flush=True)
        os.write(self._terminal, b"quit\n")
        self.until(b"Bye...", "quit", 30)
        if status := self._process.wait(30):
            raise Failure(f"testpmd ended with status {status}")


def telemetry(query):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(10)
        try:
            connection.connect(TELEMETRY)
            room = json.loads(connection.recv(1024))["max_output_len"]
            connection.send(query.encode())
            return next(iter(json.loads(connection.recv(room)).values()))
        except OSError as error:
            raise Failure(f"testpmd's telemetry does not answer to {query}: {error}") from None


def wait_for_links(ports):
    for _ in range(100):
        links = [telemetry(f"/ethdev/link_status,{port}") for port in ports]
        if all(link and link["status"] == "UP" for link in links):
            return
        time.sleep(0.1)
    raise Failure("no link within 10 s: are the two ports wired to each other?")


def show_trace(port):
    trace = telemetry(f"/miniport/trace,{port}")
    print(f"\n  ---- lifecycle trace of port {port} ----")
    for line in trace if isinstance(trace, list) else [trace]:
        print(" ", line if isinstance(line, str) else json.dumps(line))


def demo(addresses):
    if len(addresses) != 2:
        raise Failure(f"the demonstration wants two ports wired to each other, not {len(addresses)}")
    ports = range(2)
    with Testpmd(addresses) as session:
        session.until(PROMPT, "its start", 120)
        if len(found := telemetry("/ethdev/list")) != len(addresses):
            raise Failure(f"testpmd opened {len(found)} of {len(addresses)} NICs; its messages above say why")
        wait_for_links(ports)
        for port in ports:
            session.command(f"show port info {port}")
        session.command("set fwd io")
        session.command("start tx_first 1")   # a burst of 32 on each port: less than a ring, so nothing may drop
        time.sleep(FORWARD_S)
        forwarded = session.command("stop")
        time.sleep(0.2)                       # what the wire still holds arrives
        session.command("show port stats all")
        stats = [telemetry(f"/ethdev/stats,{port}") for port in ports]
        for port in ports:
            show_trace(port)
        session.quit()

    faults = [f"port {port}: {name} is {stats[port][name]}" for port in ports for name in LOST if stats[port][name]]
    faults += [f"port {port} sent {stats[port]['opackets']} packets, port {1 - port} received "
               f"{stats[1 - port]['ipackets']}"
               for port in ports if stats[port]["opackets"] != stats[1 - port]["ipackets"]]
    faults += [f"testpmd dropped {count} packets ({way})"
               for way, count in set(re.findall(r"(\w+-dropped): ([1-9]\d*)", forwarded))]
    received = [stats[port]["ipackets"] for port in ports]
    if min(received) <= 64:
        faults.append(f"hardly anything flowed: {received[0]} and {received[1]} packets received")
    if faults:
        raise Failure("; ".join(faults))
    print(f"\nForwarded {sum(received)} packets in {FORWARD_S} s between two ports, none lost.")


def main():
    addresses = os.environ.get("MINIPORT_PCI", "").split()
    if not addresses:
        raise Failure("no NIC in MINIPORT_PCI; usertools/run sets it")
    if sys.argv[1:] == ["--demo"]:
        return demo(addresses)
    os.execvp("dpdk-testpmd", testpmd(addresses))


program(main)
