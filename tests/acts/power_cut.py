"""A disk whose power can be cut: a VFS for apsw that keeps what was synced apart from what was only written."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR = 512

Disk = dict[str, bytes]
"""File name -> what is on the platter."""


class CutDisk(apsw.VFS):
    """The default VFS while it is open. `on_change` is called after each write and sync: the instants of a cut."""

    def __init__(self) -> None:
        self.files: dict[str, CutFile] = {}
        self.on_change: list[Any] = []
        super().__init__("cut", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> CutFile:  # noqa: N802  SQLite's own names
        return CutFile(self, name, flags)

    def after_a_cut(self, random: Random) -> Disk:
        """-> what a cut at this instant leaves: of each write since the last sync any sectors, or none, or torn."""
        return {name: file.torn(random) for name, file in self.files.items()}


class CutFile(apsw.VFSFile):
    def __init__(self, disk: CutDisk, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self.disk = disk
        self.synced = b""
        self.since: list[tuple[int, bytes]] = []
        if name:
            path = Path(name if isinstance(name, str) else name.filename())
            self.synced = path.read_bytes() if path.exists() else b""
            disk.files[path.name] = self

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self.since.append((offset, bytes(data)))
        self._changed()

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        for offset, data in self.since:
            self.synced = _laid_over(self.synced, offset, data)
        self.since.clear()
        self._changed()

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self.synced, self.since = self.synced[:size], []

    def torn(self, random: Random) -> bytes:
        content = self.synced
        luck = random.random()
        for offset, data in self.since:
            for begin in range(0, len(data), SECTOR):
                if random.random() < luck:
                    content = _laid_over(content, offset + begin, data[begin : begin + SECTOR])
        return content

    def _changed(self) -> None:
        for tell in self.disk.on_change:
            tell()


def _laid_over(content: bytes, offset: int, data: bytes) -> bytes:
    content = content.ljust(offset, b"\0")
    return content[:offset] + data + content[offset + len(data) :]


def restore(disk: Disk, folder: Path) -> None:
    """Puts what was left into `folder`, as it is found when the power is back."""
    folder.mkdir(parents=True)
    for name, content in disk.items():
        if name.endswith((".db", "-wal")):
            (folder / name).write_bytes(content)
