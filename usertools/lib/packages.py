# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Which Debian packages each job needs, and how the missing ones come. Those present are left as they are."""

import os
import shutil
import subprocess
import sys

from progress import Failure

NEEDS = {
    "build": ("meson", "ninja-build", "pkg-config", "g++", "libdpdk-dev", "dpdk", "dpdk-dev", "python3-pyelftools"),
    "unit": ("catch2", "clang", "libpcap-dev"),
    "guest": ("qemu-system-x86", "linux-image-amd64", "busybox-static", "cpio", "kmod", "zstd"),
    "nic": ("kmod", "iproute2", "pciutils"),
}


def as_root():
    """What goes before a command that needs root: nothing, or sudo, which may ask for a password once."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise Failure("this needs root: run it as root, or install sudo")
    if subprocess.run(["sudo", "-v" if sys.stdin.isatty() else "-nv"], stderr=subprocess.DEVNULL).returncode:
        raise Failure("this needs root, and sudo refused: run it as root")
    return ["sudo"]


def missing(*jobs):
    wanted = dict.fromkeys(package for job in jobs for package in NEEDS[job])
    try:
        shown = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\\n", *wanted],
                               capture_output=True, text=True)
    except FileNotFoundError:
        raise Failure("this is no Debian: install by hand what stands for " + " ".join(wanted)) from None
    present = {line.split()[1] for line in shown.stdout.splitlines() if line.startswith("installed ")}
    return [package for package in wanted if package not in present]


def install(steps, *jobs):
    packages = missing(*jobs)
    if not packages:
        return
    apt = [*as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    # A third party's broken archive fails the update; whether ours are to be had is seen when installing.
    steps.run("reading the package lists", *apt, "update", check=False)
    steps.run("installing " + " ".join(packages), *apt, "install", "--yes", "--no-install-recommends", *packages)
