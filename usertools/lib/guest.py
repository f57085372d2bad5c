# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""One QEMU guest that runs one command on the host's own root, with NICs behind an IOMMU: a library.

    with Guest(Options(nic="igb")) as guest:
        status = guest.run(["dpdk-testpmd", "--version"])

Decides the machine, how the streams travel, and how everything ends. No file or socket is left behind: sockets
and the job are inherited descriptors, and QEMU dies with the thread that started it. Next: guest/init.
"""

import contextlib
import dataclasses
import fcntl
import os
import re
import secrets
import select
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import initramfs
import qmp

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NIC_IDS = "8086:10d3,8086:10c9,8086:10ca"      # e1000e; igb and its virtual function
ESCAPE = b"\x1d"                               # Ctrl-], as in telnet: ends a guest whose terminal hangs


class GuestError(Exception):
    """The guest could not be started, or ended before COMMAND did; details are the console's last lines."""

    def __init__(self, text, details=()):
        super().__init__(text)
        self.details = list(details)


class QemuDied(GuestError):
    """QEMU itself crashed: says nothing of COMMAND."""


class GuestTimeout(GuestError):
    """The time was up."""


@dataclasses.dataclass
class Options:
    nic: str = "e1000e"           # e1000e | igb
    ports: int = 2
    wire: str = "pair"            # pair: 0-1, 2-3, ... | hub: all on one | none
    qemu: str = "qemu-system-x86_64"
    timeout: float | None = 600   # seconds, the boot included; None: for ever
    memory: str = "3G"
    cpus: int = 2
    hugepages: int = 1024         # MiB, in pages of 2 MiB
    kvm: bool = False
    qmp: str | None = None        # path of a UNIX socket for the host
    bind: bool = True             # NICs to vfio-pci
    iommu: bool = True
    thread: str = "multi"         # TCG: multi | single
    console: str | None = None    # file for what the kernel and QEMU say
    env: dict = dataclasses.field(default_factory=dict)
    qemu_args: list = dataclasses.field(default_factory=list)
    note: object = None           # called with a line of text when something is not as asked for
    progress: object = None       # called with a line of text at every step


class Guest:
    def __init__(self, options=None):
        self.options = options or Options()
        self._token = secrets.token_hex(16)
        self._qemu = None
        self._console = None
        self._saved_terminal = None
        self._sockets = []
        self._qmp_path = None                  # the socket that is ours to remove
        self._status = None
        self._write_error = None
        self.started = threading.Event()       # COMMAND is about to run
        self._escaped = threading.Event()
        self._broken_pipe = threading.Event()
        self._changed = threading.Condition()
        self._open_streams = 2

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, command, **streams):
        """Run COMMAND; its exit status. Streams as for start()."""
        self.start(command, **streams)
        return self.wait()

    def start(self, command, stdin=None, stdout=1, stderr=2, terminal=False):
        """Boot, and let COMMAND begin. Streams are descriptors (stdin None: empty).

        With terminal, COMMAND gets a terminal of its own in the guest, and stdin, which must be one, becomes raw.
        """
        options = self.options
        qemu = _find_qemu(options)
        window = _window(stdin) if terminal else None
        kernel, archive = initramfs.boot_files()
        self._began = time.monotonic()
        self._console = _open_console(options.console)

        ours, theirs = zip(*(socket.socketpair() for _ in range(3)))
        monitor = socket.socketpair()          # both ends are QEMU's: its monitor, and the guest's port to it
        self._sockets = list(ours)
        initrd = _initrd(archive, self._job(command, window))
        outer = [_listen(options.qmp)] if options.qmp else []
        self._qmp_path = options.qmp
        inherited = [*theirs, *monitor, *outer]
        arguments = [qemu, *_machine(options, kernel, initrd), *_nics(options),
                     *_streams(theirs), *_monitors(monitor, outer), *options.qemu_args]
        try:
            # setpriv: should we be killed with no time to clean up, QEMU goes too.
            self._qemu = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *arguments],
                                          stdin=subprocess.DEVNULL, stdout=self._console, stderr=self._console,
                                          pass_fds=[initrd, *(end.fileno() for end in inherited)],
                                          start_new_session=True)
        finally:
            for end in inherited:
                end.close()
            os.close(initrd)
        self._report("booting")
        if terminal:
            self._saved_terminal = stdin, termios.tcgetattr(stdin)
            tty.setraw(stdin)
        for work in ((self._feed, stdin, ours[0], terminal), (self._drain, ours[1], stdout, True),
                     (self._drain, ours[2], stderr, False)):
            thread = threading.Thread(target=work[0], args=work[1:], daemon=True)
            thread.start()

    def wait(self):
        """COMMAND's exit status. The guest is gone when this returns or raises."""
        limit = self.options.timeout
        deadline = None if limit is None else self._began + limit
        was_started = False
        try:
            with self._changed:
                while self._open_streams and not self._cut_short():
                    remaining = None if deadline is None else deadline - time.monotonic()
                    if remaining is not None and remaining <= 0:
                        what = "COMMAND had not ended" if self.started.is_set() else "guest had not booted"
                        raise GuestTimeout(f"{what} after {limit:g} s; guest ended",
                                           () if self.started.is_set() else self.console_tail())
                    self._changed.wait(remaining)
                    if self.started.is_set() and not was_started:
                        was_started = True
                        self._report("COMMAND started")
            if self._escaped.is_set():
                return 130
            if self._broken_pipe.is_set():
                return 141                     # as if SIGPIPE had reached COMMAND
            if self._write_error:
                raise GuestError(f"COMMAND's output cannot be written: {self._write_error.strerror}")
            if self._status is None:
                raise self._cause_of_death()
            self._report(f"COMMAND ended with status {self._status}")
            return self._status
        finally:
            self.stop()

    def _cut_short(self):
        return self._escaped.is_set() or self._broken_pipe.is_set() or self._write_error

    def monitor(self):
        """A QMP connection from the host; needs Options.qmp."""
        return qmp.Qmp(self.options.qmp)

    def stop(self):
        """End QEMU and put everything back; may be called at any time and again."""
        if self._saved_terminal:
            termios.tcsetattr(self._saved_terminal[0], termios.TCSADRAIN, self._saved_terminal[1])
            self._saved_terminal = None
        if self._qemu and self._qemu.poll() is None:
            self._qemu.kill()                  # nothing in it is worth a shutdown: all it wrote is in its memory
            self._qemu.wait()
        if self._qmp_path:
            with contextlib.suppress(FileNotFoundError):      # a QEMU that ends in peace removes it
                os.unlink(self._qmp_path)
            self._qmp_path = None
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it; its reference was the last
        self._sockets = []

    def console_tail(self, count=12):
        """The last lines of what the guest's kernel and QEMU said, or the beginning of the kernel's last words."""
        self._console.seek(0)
        text = self._console.read().decode(errors="replace")
        text = re.sub(r"\x1b(\[[0-9;?=]*[A-Za-z]|c)", "", text)      # SeaBIOS clears the screen
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        starts = [n for n, line in enumerate(lines) if re.search(r"Kernel panic|BUG:|Oops|^init: ", line)]
        start = starts[-1] if starts else max(len(lines) - count, 0)
        return lines[start:start + count]

    def _cause_of_death(self):
        when = "while COMMAND ran" if self.started.is_set() else "before COMMAND could run"
        try:
            code = self._qemu.wait(10)
        except subprocess.TimeoutExpired:
            return GuestError(f"the guest's streams ended {when}", self.console_tail())
        if code == 0:
            return GuestError(f"the guest stopped {when} (panic or power-off)", self.console_tail())
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return QemuDied(f"QEMU {how} {when}", self.console_tail())

    def _report(self, step):
        if self.options.progress:
            self.options.progress(f"{time.monotonic() - self._began:5.1f} s  {step}")

    def _job(self, command, window):
        """The shell text that tells init and session what this run is about; see there for the names."""
        options = self.options
        directory = os.getcwd()
        environment = {"HOME": os.environ.get("HOME", "/root"), "PATH": PATH,
                       "TERM": os.environ.get("TERM", "dumb"), "MINIPORT_QMP": "/dev/virtio-ports/miniport.qmp",
                       **options.env}
        # env by its full path: busybox's own would prefer its applets to the host's programs.
        arguments = [*(f"{name}={value}" for name, value in environment.items()), *command]
        return "\n".join([
            f"token={self._token}",
            f"keep={shlex.quote(os.linesep.join([initramfs.PROJECT, directory]))}",
            f"vfio_pci_options={f'ids={NIC_IDS}' if options.bind else ''}",
            f"window={shlex.quote(window or '')}",
            "command_line() {",
            f"\tcd {shlex.quote(directory)} &&",
            f"\texec /usr/bin/env -i MINIPORT_PCI=\"$pci\" {shlex.join(arguments)}",
            "}", ""])

    def _feed(self, source, port, terminal):
        """Host's stdin to the guest's. Closing one direction tells the guest the end of file."""
        try:
            port.sendall(self._token.encode() + b"\n")
            while source is not None:
                # QEMU never writes here: readable means that it closed its end. Input not wanted stays unread.
                if port in select.select([source, port], [], [])[0]:
                    return
                data = os.read(source, 65536)
                if not data:
                    break
                if terminal and ESCAPE in data:
                    self._tell(self._escaped.set)
                    return
                port.sendall(data)
            port.shutdown(socket.SHUT_WR)
        except OSError:
            pass                               # the guest has gone, or stdin was not open at all

    def _drain(self, port, sink, is_stdout):
        """The guest's output to the host's, up to the token; see guest/session for the form of the streams."""
        token = self._token.encode()
        try:
            if is_stdout:
                begin = _receive(port, len(token))
                if begin == token:
                    self._tell(self.started.set)
            tail = b""
            while data := port.recv(65536):
                tail += data
                end = tail.find(token)
                if end < 0:
                    end = len(tail) - _overlap(tail, token)
                    self._pass_on(sink, tail[:end])
                    tail = tail[end:]
                    continue
                self._pass_on(sink, tail[:end])
                if is_stdout:
                    digits = tail[end + len(token):]
                    digits += _receive(port, 3 - len(digits))
                    self._status = int(digits)
                return
            self._pass_on(sink, tail)
        except (OSError, ValueError):
            pass                               # cut short: wait() sees that there is no status
        finally:
            self._tell(self._one_stream_less)

    def _pass_on(self, sink, data):
        try:
            _write(sink, data)
        except BrokenPipeError:
            self._tell(self._broken_pipe.set)
            raise
        except OSError as error:
            self._write_error = error
            raise

    def _one_stream_less(self):
        self._open_streams -= 1

    def _tell(self, change):
        with self._changed:
            change()
            self._changed.notify_all()


# --- bytes -------------------------------------------------------------------------------------------------------

def _receive(port, count):
    data = b""
    while len(data) < count and (more := port.recv(count - len(data))):
        data += more
    return data


def _write(sink, data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(sink, view):]
        except BlockingIOError:                # somebody made our stdout non-blocking
            select.select([], [sink], [])


def _overlap(data, token):
    """How many bytes at the end of data may be the token's beginning."""
    return next((n for n in range(min(len(data), len(token) - 1), 0, -1) if data.endswith(token[:n])), 0)


# --- the machine -------------------------------------------------------------------------------------------------

def _find_qemu(options):
    qemu = shutil.which(options.qemu)
    if not qemu:
        raise GuestError(f"no {options.qemu}; install qemu-system-x86")
    if not shutil.which("setpriv"):
        raise GuestError("no setpriv; install util-linux")
    # "-device igb,help" ends with 0 either way; only one that is there has something to list.
    if options.nic == "igb" and not subprocess.run([qemu, "-device", "igb,help"], stdin=subprocess.DEVNULL,
                                                   capture_output=True).stdout:
        raise GuestError(f"{qemu} has no igb, QEMU 8 is the first that has: name a newer one with --qemu")
    return qemu


def _window(terminal):
    """The terminal's size in stty's words; a terminal that nobody looks at may have none."""
    size = os.get_terminal_size(terminal)
    return f"rows {size.lines or 24} cols {size.columns or 80}"


def _open_console(path):
    """An empty file to append to: QEMU's messages and the guest's serial line go there side by side."""
    try:
        file = open(path, "wb+") if path else tempfile.TemporaryFile()
    except OSError as error:
        raise GuestError(f"--console {path}: {error.strerror}") from error
    fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | os.O_APPEND)
    return file


def _initrd(archive, job):
    """A descriptor of the cached archive with this run's own file behind it."""
    fd = os.memfd_create("initrd", 0)
    with open(archive, "rb") as file:
        data = file.read()
    _write(fd, data + bytes(-len(data) % 512))
    _write(fd, initramfs.cpio({"job": (stat.S_IFREG | 0o644, job.encode(errors="surrogateescape"))}))
    return fd


def _has_hardware_virtualization():
    with open("/proc/cpuinfo") as file:
        return re.search(r"^flags\s*:.*\b(vmx|svm)\b", file.read(), re.MULTILINE) is not None


def _machine(options, kernel, initrd):
    kvm = options.kvm and _has_hardware_virtualization()
    if options.kvm and not kvm and options.note:
        options.note("the processor shows neither vmx nor svm: TCG instead of KVM")
    # TCG needs no mitigation; a lost timer stalled a guest that could stop its tick (nohz); clearing every page
    # when it is allocated would touch all hugepages at boot.
    words = ["console=ttyS0", "quiet", "panic=-1", "audit=0", "apparmor=0",
             "mitigations=off", "nohz=off", "init_on_alloc=0", f"hugepagesz=2M hugepages={options.hugepages // 2}"]
    arguments = ["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none", "-vga", "none"]
    if kvm:
        arguments += ["-accel", "kvm", "-cpu", "host", "-machine", "q35,kernel-irqchip=split"]
    else:
        # A fifth level of page tables makes each TLB miss dearer and serves nothing here.
        arguments += ["-accel", f"tcg,thread={options.thread}", "-cpu", "max,la57=off",
                      "-machine", "q35,kernel-irqchip=off"]
    arguments += ["-smp", str(options.cpus), "-m", options.memory]
    if options.iommu:
        words += ["intel_iommu=on", "iommu=pt"]
        # 48 bits, as servers have: with QEMU's 39 DPDK cannot use virtual addresses as IOVA.
        arguments += ["-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
    return arguments + [
        "-kernel", kernel, "-initrd", f"/proc/self/fd/{initrd}", "-append", " ".join(words),
        "-chardev", "file,id=console,path=/proc/self/fd/1,append=on", "-serial", "chardev:console",
        "-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
        "-device", "virtio-9p-pci,fsdev=root,mount_tag=host"]


def _nics(options):
    """Each NIC alone behind a root port: a group of its own for VFIO, and removable. A hub of two is a cable."""
    arguments = []
    for n in range(options.ports):
        wire = f",netdev=wire{n}"
        if options.wire == "none":
            wire = ""
        else:
            hub = n // 2 if options.wire == "pair" else 0
            arguments += ["-netdev", f"hubport,id=wire{n},hubid={hub}"]
        arguments += ["-device", f"pcie-root-port,id=slot{n},chassis={n + 1},addr={0x10 + n:#x}",
                      "-device", f"{options.nic},id=nic{n},bus=slot{n},mac=52:54:00:00:00:{n:02x},romfile={wire}"]
    return arguments


def _streams(ends):
    arguments = ["-device", "virtio-serial-pci,max_ports=8"]
    for name, end in zip(("stdin", "stdout", "stderr"), ends):
        arguments += ["-chardev", f"socket,id={name},fd={end.fileno()}",
                      "-device", f"virtserialport,chardev={name},name=miniport.{name}"]
    return arguments


def _listen(path):
    """The socket of Options.qmp; ours, so that it is there when start() returns."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(path)
    except OSError as error:
        listener.close()
        raise GuestError(f"--qmp {path}: {error.strerror}") from error
    listener.listen(1)
    return listener


def _monitors(ends, outer):
    arguments = ["-chardev", f"socket,id=inner,fd={ends[0].fileno()}", "-mon", "chardev=inner,mode=control",
                 "-chardev", f"socket,id=qmp,fd={ends[1].fileno()}",
                 "-device", "virtserialport,chardev=qmp,name=miniport.qmp"]
    for listener in outer:
        arguments += ["-chardev", f"socket,id=outer,fd={listener.fileno()},server=on,wait=off",
                      "-mon", "chardev=outer,mode=control"]
    return arguments
