# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""What suite.py, in_guest.py and the cases share: where things are, what a case is, the kinds of guest.

A case is a function under @case; its docstring says in one line what it decides, what it returns is one line of
measurements. It raises Failed, or Skipped where it cannot run.
"""

import dataclasses
import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
DRIVER = "drivers/net/miniport/librte_net_miniport.so"
WIRECHECK = "app/wirecheck/miniport-wirecheck"

GUESTS = {  # kind: options of usertools/vm
    "usual": [],
    "no-iommu": ["--no-iommu"],
    "no-hugepages": ["--hugepages", "0"],
}


class Failed(Exception):
    """One line: what was seen, and what was expected."""


class Skipped(Exception):
    """One line: why the case cannot run here."""


@dataclasses.dataclass
class Case:
    name: str
    about: str
    run: object
    deadline: float       # seconds; twice and more of what it takes, for a busy machine
    guest: str


_cases = {}


def case(deadline=180, guest="usual", name=None, about=None):
    def register(function):
        title = name or function.__name__
        if title in _cases:
            raise ValueError(f"two cases {title}")
        _cases[title] = Case(title, about or function.__doc__.strip(), function, deadline, guest)
        return function
    return register


def load_cases():
    """All cases by name, in the order of the files' names and of the functions in them."""
    sys.path.insert(0, str(HERE / "cases"))
    for path in sorted((HERE / "cases").glob("*.py")):
        importlib.import_module(path.stem)
    return _cases


def expect(good, text):
    if not good:
        raise Failed(text)


def built(path):
    """A file of the build folder that suite.py named."""
    full = Path(os.environ["MINIPORT_BUILD"]) / path
    expect(full.exists(), f"{full} was not built")
    return str(full)


def nics():
    """The addresses of the guest's NICs, in the order of the ports."""
    return os.environ["MINIPORT_PCI"].split()
