#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""A minimal client of QEMU's machine protocol, over a UNIX socket or over the guest's virtio port.

As a program: qmp.py [--path PATH] COMMAND [NAME=VALUE]... prints what COMMAND returns (path: $MINIPORT_QMP).
The port's far end outlives its users, so the greeting and old replies may or may not be there: replies are
told by their id, and anything else is skipped.
"""

import argparse
import json
import os
import select
import socket
import stat
import sys
import time


class QmpError(Exception):
    """QEMU refused the command, or the connection ended."""


class Qmp:
    """One connection; usable as a context manager. Every wait has a deadline in seconds."""

    def __init__(self, path=None, timeout=10):
        path = path or os.environ["MINIPORT_QMP"]
        self._events = []
        self._rest = b""
        self._number = 0
        if stat.S_ISSOCK(os.stat(path).st_mode):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            self._fd = connection.detach()
        else:
            self._fd = os.open(path, os.O_RDWR)
        try:
            self.execute("qmp_capabilities", timeout=timeout)
        except QmpError as error:
            if "negotiation" not in str(error):   # done already by an earlier user of the port: as good
                self.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def execute(self, command, timeout=10, **arguments):
        """Run one command; its result, or QmpError with QEMU's own words."""
        self._number += 1
        identity = f"{os.getpid()}.{time.monotonic_ns()}.{self._number}"
        request = {"execute": command, "id": identity}
        if arguments:
            request["arguments"] = arguments
        os.write(self._fd, json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            message = self._receive(deadline, command)
            if message.get("id") != identity:
                continue
            if "error" in message:
                raise QmpError(f"{command}: {message['error']['desc']}")
            return message["return"]

    def human(self, line, timeout=10):
        """Run a line of the human monitor, for what QMP has no command; its printed answer."""
        return self.execute("human-monitor-command", timeout, **{"command-line": line})

    def wait_event(self, name, timeout=10):
        """The oldest event of that name not yet asked for."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    return event
            self._receive(deadline, f"event {name}")

    def _receive(self, deadline, what):
        """The next message; events are also kept for wait_event()."""
        while b"\n" not in self._rest:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([self._fd], [], [], remaining)[0]:
                raise QmpError(f"{what}: no answer in time")
            data = os.read(self._fd, 65536)
            if not data:
                raise QmpError(f"{what}: connection ended")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        try:
            message = json.loads(line)
        except ValueError:                         # the tail of a line that an earlier user left half read
            return {}
        if "event" in message:
            self._events.append(message)
        return message


def main():
    def value(text):
        try:
            return json.loads(text)
        except ValueError:
            return text

    parser = argparse.ArgumentParser(description="Run one QMP command.")
    parser.add_argument("--path", help="UNIX socket or virtio port (default: $MINIPORT_QMP)")
    parser.add_argument("command")
    parser.add_argument("argument", nargs="*", metavar="NAME=VALUE")
    given = parser.parse_args()
    arguments = dict(text.split("=", 1) for text in given.argument)
    try:
        with Qmp(given.path) as qmp:
            answer = qmp.execute(given.command, **{name: value(text) for name, text in arguments.items()})
    except (QmpError, OSError, KeyError) as error:
        sys.exit(f"qmp: {error}")
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
