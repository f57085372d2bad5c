# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Shows a person what a program of ours is doing: which step of how many, what in it, since when.

On a terminal one line is kept up to date; elsewhere (or with CI in the environment) plain lines tell the
beginning, the end and every 30 s. All output of the commands goes to a log; its end is shown on failure.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time

TAIL = 30          # lines of the log shown when a command fails
REPORT_EVERY = 30  # seconds between lines where there is no terminal


class Failure(Exception):
    """One line for the person: what failed, why, and what to do."""


class Steps:
    def __init__(self, count, log):
        self._count, self._number, self._title, self._detail = count, 0, "", ""
        self._terminal = sys.stderr.isatty() and not os.environ.get("CI")
        self._started = self._reported = time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._log = log, log.open("wb")

    @contextlib.contextmanager
    def step(self, title):
        self._number += 1
        self._title, self._detail = title, ""
        self._started = self._reported = time.monotonic()
        self._show(end="" if self._terminal else "\n")
        end = "failed"
        try:
            yield
            end = "done"
        finally:
            self._detail = f"{end} in {self._elapsed()}"
            self._show(end="\n", elapsed=False)

    def say(self, text):
        """A line of results, on stdout."""
        self._clear()
        print(text, flush=True)

    def run(self, what, *command, show=False, check=True, **options):
        """Run `command`; returns (status, output). With `show` its output is the person's, not only the log's."""
        self._detail = what
        self._log.write(f"$ {' '.join(map(str, command))}\n".encode())
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, **options)
        except OSError as error:
            raise Failure(f"{what} failed: {command[0]}: {error.strerror}") from None
        try:
            output = self._follow(process, show)
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if status and check:
            self._clear()
            print(*output.splitlines()[-TAIL:], sep="\n", file=sys.stderr)
            raise Failure(f"{what} failed (status {status}); all of its output: {self._path}")
        return status, output

    def _follow(self, process, show):
        output = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                self._tick(output)
                if not selector.select(timeout=0.5):
                    continue
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    return output.decode(errors="replace")
                output += data
                self._log.write(data)
                self._log.flush()
                if show:
                    self._clear()
                    sys.stdout.buffer.write(data)
                    sys.stdout.flush()

    def _tick(self, output):
        if self._terminal:
            lines = output[-400:].decode(errors="replace").split("\n")
            self._show(end="", note=(lines[-1] or lines[-2:][0]).strip())
        elif time.monotonic() - self._reported >= REPORT_EVERY:
            self._show(end="\n")

    def _elapsed(self):
        return f"{time.monotonic() - self._started:.0f} s"

    def _clear(self):
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self, end, elapsed=True, note=""):
        self._reported = time.monotonic()
        parts = [self._title, self._detail, self._elapsed() if elapsed and self._detail else "", note]
        line = f"[{self._number}/{self._count}] " + " · ".join(part for part in parts if part)
        self._clear()
        print(line[:shutil.get_terminal_size().columns - 1] if self._terminal else line,
              end=end, file=sys.stderr, flush=True)


def program(main):
    """Run main() as a program: a Failure is one line and status 1, and an interruption ends it quietly."""
    def terminated(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {failure}")
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)
