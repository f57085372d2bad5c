# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Where things are in the tree, and how it is built: each flavour into a folder of its own."""

import os
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
DRIVER = "drivers/net/miniport/librte_net_miniport.so"
LOGS = TREE / "build-logs"

GCC, CLANG = {"CC": "gcc", "CXX": "g++"}, {"CC": "clang", "CXX": "clang++"}
FLAVOURS = {  # name: (folder, compilers, options)
    "g++": ("build", GCC, []),
    "clang": ("build-clang", CLANG, []),
    "probes": ("build-probes", GCC, ["-Dprobes=true"]),
    # g++ 12 takes its own instrumented library for uninitialized: warnings are the other builds' matter.
    "address": ("build-address", GCC, ["-Db_sanitize=address,undefined", "-Dprobes=true", "-Dwerror=false"]),
    "thread": ("build-thread", GCC, ["-Db_sanitize=thread", "-Dwerror=false"]),
}
FOLDERS = {flavour: TREE / folder for flavour, (folder, _, _) in FLAVOURS.items()}


def build(steps, flavour="g++", *targets):
    """Configure (again: packages may have come since) and compile all or the targets; the build folder."""
    folder, (_, compilers, options) = FOLDERS[flavour], FLAVOURS[flavour]
    again = ["--reconfigure"] if (folder / "meson-private/coredata.dat").exists() else []
    steps.run(f"configuring for {flavour}", "/usr/bin/meson", "setup", *again, *options, folder, TREE,
              env=os.environ | compilers)
    steps.run(f"compiling for {flavour}", "ninja", "-C", folder, *targets)
    return folder
