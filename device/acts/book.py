"""One SQLite file that survives power cuts, damage and a full card: checked, migrated, backed up, set aside.

The home of apsw, whose own SQLite is free of the WAL-reset bug of 3.7.0-3.51.2.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import apsw

from device.errors import JournalError

SQLITE_AT_LEAST = (3, 51, 3)
"""The first release without the WAL-reset bug (13 March 2026)."""
BACKUPS_KEPT = 7
BUSY_MS = 2000
"""How long a writer waits for somebody who reads the file from outside."""

Statement: TypeAlias = tuple[str, tuple[Any, ...]]

_MIGRATIONS = Path(__file__).parent / "migrations"
_REMEDY = "Check that the card has room and can be written."
_DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError)
"""An SQL error too: our own statements fail only in a file that is no longer as we left it."""


def check_sqlite(version: str = apsw.sqlite_lib_version()) -> None:
    """Raises JournalError where this SQLite may damage a journal."""
    if tuple(int(number) for number in version.split(".")) < SQLITE_AT_LEAST:
        wanted = ".".join(str(number) for number in SQLITE_AT_LEAST)
        raise JournalError(f"SQLite {version} can damage the journal; install apsw {wanted} or newer from its wheel.")


class Book:
    """An open book: `name`.db in `folder`, only for its owner, WAL, every commit on the card before it counts.

    A damaged file is set aside beside it (`ours.db.broken-1`) and the newest good backup is taken, or a new book
    begun; `mended` then says so in a sentence, and is empty otherwise. Raises JournalError where the folder cannot
    be written.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.db"
        self.mended = ""
        self._backups = folder / "backups"
        self._name = name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = self._open_or_mend()
        except (OSError, apsw.Error) as fault:
            raise JournalError(f"{self.path} cannot be opened: {fault}. {_REMEDY}") from fault

    def write(self, statements: Iterable[Statement]) -> None:
        """All of them on the card, or none. Raises JournalError."""
        try:
            with _all_or_none(self._db):
                for sql, values in statements:
                    self._db.execute(sql, values)
        except apsw.Error as fault:
            raise JournalError(f"{self.path} cannot be written: {fault}. {_REMEDY}") from fault

    def read(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """-> the rows. Raises JournalError."""
        try:
            return list(self._db.execute(sql, values))
        except apsw.Error as fault:
            raise JournalError(f"{self.path} cannot be read: {fault}.") from fault

    def back_up(self, today: date) -> None:
        """A copy under today's date, unless there is one; the newest seven stay. Raises JournalError."""
        kept = self._kept()
        if any(today.isoformat() in path.name for path in kept):
            return
        number = _number(kept[-1]) + 1 if kept else 1
        fresh = self._backups / f"{self._name}.{number:06}.{today.isoformat()}.db"
        try:
            self._backups.mkdir(mode=0o700, exist_ok=True)
            self._copy_to(fresh)
            for old in [*kept, fresh][:-BACKUPS_KEPT]:
                old.unlink()
        except (OSError, apsw.Error) as fault:
            raise JournalError(f"{fresh} cannot be written: {fault}. {_REMEDY}") from fault

    def last_backup(self) -> date | None:
        """-> the date on the newest backup."""
        kept = self._kept()
        return date.fromisoformat(kept[-1].name.split(".")[2]) if kept else None

    def close(self) -> None:
        self._db.close(True)

    def _open_or_mend(self) -> apsw.Connection:
        try:
            return self._open()
        except _DAMAGE:
            aside = self._set_aside()
        self.mended = f"{self.path} was damaged and is kept as {aside.name}; "
        for backup in reversed(self._kept()):
            try:
                shutil.copyfile(backup, _only_ours(self.path))
                opened = self._open()
            except _DAMAGE:
                self.path.unlink()
                continue
            self.mended += f"the backup {backup.name} took its place."
            return opened
        self.mended += "there was no good backup, so a new one was begun."
        return self._open()

    def _open(self) -> apsw.Connection:
        db = apsw.Connection(str(_only_ours(self.path)))
        try:
            db.set_busy_timeout(BUSY_MS)
            db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            if (found := db.execute("PRAGMA integrity_check(1)").get) != "ok":
                raise apsw.CorruptError(str(found))
            if not db.pragma("user_version") and self._kept() and not self.mended:
                raise apsw.CorruptError("it is empty, and it was not")
            _migrate(db, _MIGRATIONS / self._name)
        except BaseException:
            db.close(True)
            raise
        return db

    def _set_aside(self) -> Path:
        names = (self.path.with_name(f"{self.path.name}.broken-{number}") for number in count(1))
        aside = next(path for path in names if not path.exists())
        for ending in ("-wal", "-shm", ""):
            beside = self.path.with_name(self.path.name + ending)
            if beside.exists():
                beside.replace(self.path.with_name(aside.name + ending))
        return aside

    def _kept(self) -> list[Path]:
        return sorted(path for path in self._backups.glob(f"{self._name}.*.db") if _number(path))

    def _copy_to(self, path: Path) -> None:
        part = self._backups / f"{self._name}.part"
        try:
            part.unlink(missing_ok=True)
            self._db.execute("VACUUM INTO ?", (str(_only_ours(part)),))
            _sync(part)
            part.replace(path)
            _sync(path.parent)
        finally:
            part.unlink(missing_ok=True)


def _migrate(db: apsw.Connection, folder: Path) -> None:
    """Forward only: each `0001-*.sql` once, in order, with its number kept in the file itself."""
    for script in sorted(folder.glob("*.sql")):
        number = int(script.name.split("-")[0])
        if number > db.pragma("user_version"):
            with _all_or_none(db):
                db.execute(script.read_text(encoding="utf-8"))
                db.pragma("user_version", number)


@contextmanager
def _all_or_none(db: apsw.Connection) -> Iterator[None]:
    """apsw's own `with` hides a full card behind "cannot rollback": SQLite has then rolled back already."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _only_ours(path: Path) -> Path:
    """-> `path`, existing and readable by its owner alone; what SQLite puts beside it inherits that."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    return path


def _number(backup: Path) -> int:
    found = re.fullmatch(r"\w+\.(\d{6})\.\d{4}-\d\d-\d\d\.db", backup.name)
    return int(found[1]) if found else 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
