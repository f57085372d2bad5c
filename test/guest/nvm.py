# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""The NVM of a NIC that QEMU emulates, written behind the driver's back and put back afterwards.

Only while no program holds the NIC: vfio-pci then leaves its memory to nobody, and sysfs gives it to us.
"""

import contextlib
import mmap
import os
import struct
import time

from harness import Failed, expect

COMMAND, MEMORY = 4, 2                    # PCI configuration
EERD, EEWR = 0x14, 0x102C                 # 82574 §10.2.3.3, §10.2.3.9: START 0, DONE 1, ADDR 15:2, DATA 31:16
CHECKSUM, SUM = 0x3F, 0xBABA


class Nvm:
    def __init__(self, nic):
        self._folder = f"/sys/bus/pci/devices/{nic}"

    def __enter__(self):
        self._former = self.read()
        expect(sum(self._former) & 0xFFFF == SUM, "the NVM's checksum is wrong to begin with")
        return self

    def __exit__(self, *_):
        self.write(dict(enumerate(self._former)))

    @contextlib.contextmanager
    def _registers(self):
        """The registers in words of 32 bits.

        Not for long: the kernel revokes the map, and switches the memory off, when a program has the NIC.
        """
        with open(f"{self._folder}/config", "r+b", buffering=0) as config:
            config.seek(COMMAND)
            command = struct.unpack("<H", config.read(2))[0] | MEMORY
            config.seek(COMMAND)
            config.write(struct.pack("<H", command))
        fd = os.open(f"{self._folder}/resource0", os.O_RDWR | os.O_SYNC)
        try:
            with mmap.mmap(fd, 0x20000) as bar, memoryview(bar) as octets, octets.cast("I") as registers:
                yield registers
        finally:
            os.close(fd)

    def read(self):
        """All words that the checksum is over, and the checksum."""
        with self._registers() as registers:
            return [transfer(registers, EERD, word << 2) >> 16 for word in range(CHECKSUM + 1)]

    def write(self, words):
        """{address: value}; the checksum stays unless it is one of them."""
        with self._registers() as registers:
            for word, value in words.items():
                transfer(registers, EEWR, value << 16 | word << 2)
        now = self.read()
        expect(all(now[word] == value for word, value in words.items()), "the NVM does not keep what is written")

    def set_address(self, text):
        """Another station address, with the right checksum."""
        words = [*struct.unpack("<3H", bytes.fromhex(text.replace(":", ""))), *self.read()[3:CHECKSUM]]
        self.write({**dict(enumerate(words[:3])), CHECKSUM: (SUM - sum(words)) & 0xFFFF})


def transfer(registers, register, value):
    """Start it and wait for its end; the register then."""
    registers[register // 4] = value | 1
    for _ in range(1000):
        if (now := registers[register // 4]) & 2:
            return now
        time.sleep(0.001)
    raise Failed(f"the NVM does not answer: register {register:#x} is {now:#x}")
