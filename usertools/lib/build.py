# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Where things are in the tree, and how it is built: g++ into build/, clang into build-clang/."""

import os
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
FOLDERS = {"g++": TREE / "build", "clang": TREE / "build-clang"}
DRIVER = "drivers/net/miniport/librte_net_miniport.so"
LOGS = TREE / "build-logs"

COMPILERS = {"g++": {"CC": "gcc", "CXX": "g++"}, "clang": {"CC": "clang", "CXX": "clang++"}}


def build(steps, compiler="g++"):
    """Configure (again: packages may have come since) and compile; the build folder."""
    folder = FOLDERS[compiler]
    again = ["--reconfigure"] if (folder / "meson-private/coredata.dat").exists() else []
    steps.run(f"configuring for {compiler}", "/usr/bin/meson", "setup", *again, folder, TREE,
              env=os.environ | COMPILERS[compiler])
    steps.run(f"compiling with {compiler}", "ninja", "-C", folder)
    return folder
