"""The journal hears every happening and doing and remembers the night: two books, one writer thread.

`ours` holds what happened and was done (14 days), the family's notes and the night's state; `mine` holds the child's
own notes and nothing else does. Kept out of both: what a child said, what was said to it, and that it wished to be
left alone.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeAlias

from device.acts.book import Book, Statement, check_sqlite
from device.errors import JournalError
from device.events import Answer, Asked, Doing, Failed, Happening, Heard, Note, Now, Put, Recovered
from device.plain import plain_value

RAW_DAYS = 14
"""How long single happenings and doings are kept."""
RETRY_S = 2.0
"""Pause between two tries on a card that is full or read-only."""
LINES_HELD = 20_000
"""Lines of a book that wait in memory for such a card, about 10 MB; the oldest are let go."""

BATCH = 1000
"""Most lines of one commit."""

_ALONE = {"leavemealone", "alone"}
_BULKY = ("sentences", "options")
"""What was said: these fields are kept as their number."""

_Item: TypeAlias = Happening | Doing | Statement | Callable[[], None] | None


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Never blocks and never raises for a card: a fault is one `Failed(part="journal")`, then it keeps trying.

    Raises JournalError where SQLite itself is one that damages journals.
    """

    def __init__(self, folder: Path, put: Put, now: Now = _wall_clock, *, retry_s: float = RETRY_S) -> None:
        check_sqlite()
        self._folder, self._put, self._now, self._retry_s = folder, put, now, retry_s
        self._inbox: SimpleQueue[tuple[datetime, _Item]] = SimpleQueue()
        self._books: dict[str, Book] = {}
        self._lines: dict[str, deque[Statement]] = {name: deque(maxlen=LINES_HELD) for name in ("ours", "mine")}
        self._waiting: list[Callable[[], None]] = []
        self._failing = False
        self._tended: date | None = None
        self._state = self._read_state()
        self._writer = Thread(target=self._write_on, name="journal", daemon=True)
        self._writer.start()

    def happened(self, happening: Happening) -> None:
        self._inbox.put((happening.at, happening))

    def done(self, doing: Doing) -> None:
        self._inbox.put((self._now(), doing))

    def remember(self, state: Mapping[str, Any]) -> None:
        """Keeps where the night is, in place of what was remembered. Raises TypeError for what JSON cannot hold."""
        at = self._now()
        body = json.dumps(plain_value(state), ensure_ascii=False)
        self._inbox.put((at, ("INSERT OR REPLACE INTO night (id, at, body) VALUES (1, ?, ?)", (_utc(at), body))))

    def remembered(self) -> dict[str, Any] | None:
        """-> the state that was remembered last before this start, times as ISO strings; None in a new book."""
        return self._state

    def after_commit(self, call: Callable[[], None]) -> None:
        """Runs `call` on the writer's thread once everything queued before it is on the card; not before, if ever."""
        self._inbox.put((self._now(), call))

    def close(self) -> None:
        """Writes what is queued, as far as the card takes it, and ends."""
        self._inbox.put((self._now(), None))
        self._writer.join()

    def _read_state(self) -> dict[str, Any] | None:
        try:
            rows = self._book("ours").read("SELECT body FROM night")
            self._book("mine")
            return json.loads(rows[0][0]) if rows else None
        except JournalError as fault:
            self._fail(fault)
        except ValueError as fault:
            self._tell(f"where the night was could not be read: {fault}. It goes on from the timetable.")
        return None

    def _write_on(self) -> None:
        going_on = True
        while going_on:
            going_on = self._gather()
            try:
                self._commit()
            except JournalError as fault:
                self._fail(fault)
            else:
                self._succeed()
        self._close_books()

    def _gather(self) -> bool:
        """Takes in what is queued; waits for the first of it, or, while the card fails, until it is time to try again.

        -> False where the journal is to close.
        """
        until = monotonic() + self._retry_s
        wait = True
        with suppress(Empty):
            for _ in range(BATCH):
                left_s = max(0.0, until - monotonic()) if self._failing else None
                at, item = self._inbox.get(wait, left_s)
                if item is None:
                    return False
                self._take(at, item)
                wait = self._failing
        return True

    def _take(self, at: datetime, item: _Item) -> None:
        match item:
            case Happening() | Doing():
                try:
                    self._note_down(at, item)
                except TypeError as fault:
                    self._tell(f"{type(item).__name__} could not be written into the journal: {fault}")
            case tuple():
                self._lines["ours"].append(item)
            case call if callable(call):
                self._waiting.append(call)

    def _note_down(self, at: datetime, thing: Happening | Doing) -> None:
        if _tells_of_being_alone(thing):
            return
        book, table, kind, body = _line(thing)
        values = (_utc(at), kind, json.dumps(body, ensure_ascii=False))
        self._lines[book].append((f"INSERT INTO {table} (at, kind, body) VALUES (?, ?, ?)", values))

    def _commit(self) -> None:
        for name, lines in self._lines.items():
            if lines:
                self._book(name).write(lines)
                lines.clear()
        self._run_waiting()
        if (today := self._now().date()) != self._tended:
            self._tended = today
            self._tend(today)

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            try:
                call()
            except Exception as fault:  # the edge of this act: what waited is not ours, and the writer must go on
                self._tell(f"what waited for the journal failed: {fault!r}")

    def _tend(self, today: date) -> None:
        """Once a day: a backup of both books, and old happenings go.

        A clock that has just leapt further than they are kept erases nothing: only the next day does.
        """
        last = self._book("ours").last_backup()
        if last and timedelta(0) < today - last <= timedelta(days=RAW_DAYS):
            before = (_utc(self._now() - timedelta(days=RAW_DAYS)),)
            raw = ("happenings", "doings")
            self._book("ours").write((f"DELETE FROM {table} WHERE at < ?", before) for table in raw)
        for name in self._lines:
            self._book(name).back_up(today)

    def _book(self, name: str) -> Book:
        if name not in self._books:
            book = self._books[name] = Book(self._folder, name)
            if book.mended:
                self._tell(book.mended)
        return self._books[name]

    def _fail(self, fault: JournalError) -> None:
        """Says so once, and lets go of the books: opening them again finds out whether they are damaged."""
        self._close_books()
        if not self._failing:
            self._failing = True
            self._tell(str(fault))

    def _succeed(self) -> None:
        if self._failing:
            self._failing = False
            self._put(Recovered(at=self._now(), part="journal"))

    def _tell(self, reason: str) -> None:
        self._put(Failed(at=self._now(), part="journal", reason=reason))

    def _close_books(self) -> None:
        for book in self._books.values():
            book.close()
        self._books.clear()


def _line(thing: Happening | Doing) -> tuple[str, str, str, dict[str, Any]]:
    """-> book, table, kind and body of a line, without what was said."""
    match thing:
        case Note():
            return thing.book, "notes", thing.kind, plain_value(thing.what)
        case Heard():
            return "ours", "happenings", "Heard", {"intent": thing.intent}
        case Asked(who="child"):
            return "ours", "happenings", "Asked", {"id": thing.id, "who": "child", "what": thing.what}
        case Answer():
            return "ours", "doings", "Answer", {"id": thing.id, "ok": thing.ok}
    body = {slot.name: _short(slot.name, getattr(thing, slot.name)) for slot in fields(thing) if slot.name != "at"}
    return "ours", "doings" if isinstance(thing, Doing) else "happenings", type(thing).__name__, body


def _short(name: str, value: Any) -> Any:
    return len(value) if name in _BULKY else plain_value(value)


def _tells_of_being_alone(thing: Happening | Doing) -> bool:
    match thing:
        case Heard(intent=word) | Asked(what=word) | Note(kind=word):
            return word.replace("_", "").replace("-", "").replace(" ", "").lower() in _ALONE
    return False


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
