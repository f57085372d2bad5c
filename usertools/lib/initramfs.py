# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""What the guest boots from: Debian's stock kernel, and a small initramfs with busybox and a dozen modules.

Decides which kernel, which modules in which order, and where the results are kept; knows nothing of QEMU.
"""

import glob
import hashlib
import lzma
import os
import re
import shutil
import stat
import struct
import subprocess
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
GUEST = os.path.join(PROJECT, "usertools", "guest")

# With their options; what they depend on comes from modules.dep.
MODULES = {
    "virtio_pci": "",
    "9pnet_virtio": "",
    "9p": "",
    "overlay": "",
    "virtio_console": "",
    "vfio_iommu_type1": "",
    "vfio-pci": "enable_sriov=1",
}


class BootError(Exception):
    """Something that the guest boots from is not there; the text says what to install."""


# --- kernel and modules ------------------------------------------------------------------------------------------

def _module_name(path):
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


class Kernel:
    """A kernel of /boot together with its modules."""

    def __init__(self, image):
        self.image = image
        self.release = os.path.basename(image).removeprefix("vmlinuz-")
        self.folder = os.path.join("/lib/modules", self.release)
        with open(os.path.join(self.folder, "modules.dep")) as table:
            needs = dict(line.rstrip("\n").split(":", 1) for line in table)
        self._needs = {path: paths.split() for path, paths in needs.items()}
        self._path = {_module_name(path): path for path in needs}
        with open(os.path.join(self.folder, "modules.builtin")) as table:
            self._builtin = {_module_name(line.strip()) for line in table}

    def load_order(self, names):
        """Paths of the modules, each after what it needs; a module that is built in needs no file."""
        order = []

        def add(path):
            for need in self._needs[path]:
                add(need)
            if path not in order:
                order.append(path)

        for name in (name.replace("-", "_") for name in names):
            if name in self._path:
                add(self._path[name])
            elif name not in self._builtin:
                raise BootError(f"kernel {self.release} has no module {name}; install linux-image-amd64")
        return order

    def read_module(self, path):
        """The module as the kernel wants it: not compressed."""
        with open(os.path.join(self.folder, path), "rb") as file:
            return _unpack(file.read())


def newest_kernel():
    """The newest kernel of Debian that has all that the guest needs (the cloud flavour, for one, has not)."""
    def version(path):
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)]

    reason = BootError("no kernel /boot/vmlinuz-*-amd64; install linux-image-amd64")
    for image in sorted(glob.glob("/boot/vmlinuz-*-amd64"), key=version, reverse=True):
        try:
            kernel = Kernel(image)
            kernel.load_order(MODULES)
            return kernel
        except OSError as error:
            reason = BootError(f"{image} has no modules ({error.filename}); install linux-image-amd64")
        except BootError as error:
            reason = error
    raise reason


def _unpack(data):
    """Undo xz, gzip or zstd, told by the first bytes; the kernel's payload has 4 bytes behind the stream."""
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(data)
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(31).decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        if not shutil.which("zstd"):
            raise BootError("the kernel or its modules are packed with zstd; install zstd")
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
    return data


def _plain_kernel(image):
    """The ELF inside a bzImage (Linux's Documentation/x86/boot.rst), or the bzImage if that is not possible.

    QEMU enters the ELF by its PVH note; so the guest need not unpack itself, which takes seconds under TCG.
    """
    with open(image, "rb") as file:
        packed = file.read()
    setup_sectors = packed[0x1f1] or 4
    offset, length = struct.unpack_from("<II", packed, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    try:
        plain = _unpack(packed[start:start + length])
    except (BootError, lzma.LZMAError, zlib.error):
        return packed
    has_pvh_note = struct.pack("<III4s", 4, 8, 18, b"Xen\0") in plain or \
        struct.pack("<III4s", 4, 4, 18, b"Xen\0") in plain
    return plain if plain.startswith(b"\x7fELF") and has_pvh_note else packed


# --- cpio --------------------------------------------------------------------------------------------------------

def cpio(files):
    """A newc archive of {path: (mode, contents)}; the kernel takes several archives one behind the other."""
    out = bytearray()
    for inode, (path, (mode, data)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], 1):
        name = path.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        out += bytes(-len(out) % 4)
        out += data
        out += bytes(-len(out) % 4)
    return bytes(out)


def _file(path, executable=False):
    with open(path, "rb") as file:
        return stat.S_IFREG | (0o755 if executable else 0o644), file.read()


def _static_busybox():
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path):
            with open(path, "rb") as file:
                if b"/lib64/ld-linux" not in file.read(4096):
                    return os.path.realpath(path)
    raise BootError("no static busybox; install busybox-static")


def _initramfs(kernel, busybox):
    folder = (stat.S_IFDIR | 0o755, b"")
    files = dict.fromkeys(("bin", "dev", "proc", "sys", "modules"), folder)
    files["bin/busybox"] = _file(busybox, executable=True)
    files["init"] = _file(os.path.join(GUEST, "init"), executable=True)
    files["session"] = _file(os.path.join(GUEST, "session"))
    options = {name.replace("-", "_"): text for name, text in MODULES.items()}
    order = []
    for path in kernel.load_order(MODULES):
        name = os.path.basename(path).split(".ko")[0]
        files[f"modules/{name}.ko"] = (stat.S_IFREG | 0o644, kernel.read_module(path))
        order.append(f"{name}.ko {options.get(_module_name(path), '')}\n")
    files["modules/order"] = (stat.S_IFREG | 0o644, "".join(order).encode())
    return cpio(files)


# --- cache -------------------------------------------------------------------------------------------------------

def _cache_folder():
    """build/guest of the checkout, or a folder of this user's own under the temporary one."""
    build = os.path.join(PROJECT, "build")
    if os.path.isdir(build) and os.access(build, os.W_OK):
        folder = os.path.join(build, "guest")
        os.makedirs(folder, exist_ok=True)
        return folder
    folder = os.path.join(tempfile.gettempdir(), f"miniport-guest-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BootError(f"{folder} belongs to somebody else; remove it")
    return folder


def _cached(name, sources, make):
    """Path of the file that make() returns the contents of, made anew when one of its sources has changed."""
    key = hashlib.sha256()
    for source in sources:
        found = os.stat(source)
        key.update(f"{source} {found.st_size} {found.st_mtime_ns}\n".encode())
    path = os.path.join(_cache_folder(), f"{name}-{key.hexdigest()[:16]}")
    if not os.path.exists(path):
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
            try:
                file.write(make())
            except BaseException:
                os.unlink(file.name)
                raise
        os.rename(file.name, path)           # two guests may get here at the same time: the last one wins
        for old in glob.glob(os.path.join(glob.escape(os.path.dirname(path)), f"{name}-*")):
            if time.time() - os.stat(old).st_mtime > 86400:
                os.unlink(old)
    return path


def boot_files():
    """(kernel, initramfs): paths of the two files to boot from."""
    kernel, busybox = newest_kernel(), _static_busybox()
    image = _cached("kernel", [kernel.image, __file__], lambda: _plain_kernel(kernel.image))
    scripts = [os.path.join(GUEST, name) for name in ("init", "session")]
    modules = os.path.join(kernel.folder, "modules.dep")
    archive = _cached("initramfs", [kernel.image, modules, busybox, __file__, *scripts],
                      lambda: _initramfs(kernel, busybox))
    return image, archive
