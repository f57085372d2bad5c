#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Checks doc/lifecycle.md against the project: every file that it names is there; in tables,
every `name` and "test name" behind a file is in that file; the statements are N1 to N60, each with
a place and a test or, behind a dash, the reason why it has none. Argument: another page."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "doc/lifecycle.md"
STATEMENTS = 60

# A path of the project or a name, both in backticks, or a test's name in quotation marks.
MENTION = re.compile(r'`([^`]+)`|"([^"]+)"')
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]+")
TESTS = ("test/unit/", "test/life/", "test/port/", "test/guest/cases/")


class Checker:
    def __init__(self):
        self.wrong = []
        self.mentions = 0
        self.texts = {}

    def text_of(self, path):
        """A file's text on one line, its string literals joined; None: no such file."""
        if path not in self.texts:
            file = ROOT / path
            if path.startswith("build/doc/"):    # made by doc/meson.build
                made = f"'{file.name}'" in (ROOT / "doc/meson.build").read_text()
                self.texts[path] = "" if made else None
            elif file.is_dir():
                self.texts[path] = ""
            elif file.is_file():
                text = " ".join(re.sub(r"//[/!]?", " ", file.read_text()).split())
                self.texts[path] = text.replace('" "', "")
            else:
                self.texts[path] = None
        return self.texts[path]

    def paths(self, line, number):
        for name, _ in MENTION.findall(line):
            if PATH.fullmatch(name):
                self.mentions += 1
                if self.text_of(name) is None:
                    self.wrong.append(f"line {number}: there is no {name}")

    def names(self, cell, number):
        """The files that a cell names; what stands behind each must be in it."""
        file, found = None, []
        for name, quoted in MENTION.findall(cell):
            if PATH.fullmatch(name):
                file = name
                found.append(name)
                continue
            text = self.text_of(file) if file else None
            if text is None:
                continue
            self.mentions += 1
            wanted = f'"{quoted}"' if quoted else name
            if not re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text):
                self.wrong.append(f"line {number}: {file} has no {wanted}")
        return found

    def statement(self, cells, number):
        """A row of the table of statements: N, statement, place, test."""
        if len(cells) != 4:
            self.wrong.append(f"line {number}: {len(cells)} columns instead of 4")
            return
        for what, cell in (("place", cells[2]), ("test", cells[3])):
            found = self.names(cell, number)
            if not found and not re.match(r"— \w", cell):
                self.wrong.append(f"line {number}: neither a {what} nor a reason why there is none")
            if what == "test":
                self.wrong += [f"line {number}: {name} is no test" for name in found
                               if not name.startswith(TESTS)]


def main():
    page = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    checker = Checker()
    seen = []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        checker.paths(line, number)
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if row := re.fullmatch(r"N(\d+)", cells[0]):
            seen.append(int(row[1]))
            checker.statement(cells, number)
        else:
            for cell in cells:
                checker.names(cell, number)
    for n in range(1, STATEMENTS + 1):
        if seen.count(n) != 1:
            checker.wrong.append(f"N{n} has {seen.count(n)} lines instead of one")
    for complaint in checker.wrong:
        print(f"{page.name}: {complaint}")
    print(f"{len(seen)} statements, {checker.mentions} names, {len(checker.wrong)} wrong")
    return 1 if checker.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
