"""A journal on a folder, as its tests use it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event

from device.acts.journal import Journal
from device.events import (
    Doing,
    Happening,
)

EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


class Desk:
    """A journal on a folder, the clock it goes by, and what it put."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.at = folder, EVENING
        self.put: SimpleQueue[Happening] = SimpleQueue()
        self.journal: Journal | None = None

    def open(self) -> Journal:
        self.journal = Journal(self.folder, self.put.put, lambda: self.at, retry_s=0.01)
        return self.journal

    def close(self) -> None:
        if self.journal:
            self.journal.close()
            self.journal = None

    def keep(self, *things: Happening | Doing) -> None:
        """Opens the journal, hands it these, and closes it."""
        journal = self.open()
        for thing in things:
            if isinstance(thing, Doing):
                journal.done(thing)
            else:
                journal.happened(thing)
        self.close()

    def rows(self, book: str, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / f"{book}.db")) as db:
            return db.execute(sql).fetchall()

    def everything(self, book: str) -> str:
        with closing(sqlite3.connect(self.folder / f"{book}.db")) as db:
            return "\n".join(db.iterdump())


def wait_for_disk(journal: Journal) -> None:
    written = Event()
    journal.after_commit(written.set)
    assert written.wait(10)
