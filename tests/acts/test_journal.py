"""The journal keeps what it acknowledged through power cuts, full cards and damage, and is silent about the child."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Event

import pytest

from device.acts.book import BACKUPS_KEPT, Book, check_sqlite
from device.acts.journal import Journal
from device.errors import JournalError
from device.events import (
    Answer,
    Asked,
    Doing,
    Failed,
    Happening,
    Heard,
    Hush,
    Listen,
    Note,
    Option,
    Pressed,
    Recovered,
    Say,
    Sentence,
    Started,
)
from tests.acts.power_cut import CutDisk, Disk, restore

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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "data")
    yield desk
    desk.close()


def wait_for_disk(journal: Journal) -> None:
    written = Event()
    journal.after_commit(written.set)
    assert written.wait(10)


# --- what it keeps ---------------------------------------------------------------------------------------------


def test_happenings_and_doings_are_kept_in_their_order(desk: Desk) -> None:
    desk.keep(Started(at=EVENING, seed=7), Pressed(at=EVENING, button="story"), Hush(id="s1"))
    assert desk.rows("ours", "SELECT kind, body FROM happenings ORDER BY id") == [
        ("Started", '{"seed": 7}'),
        ("Pressed", '{"button": "story", "long": false}'),
    ]
    assert desk.rows("ours", "SELECT at, kind FROM doings") == [("2026-11-24T19:30:00.000000+00:00", "Hush")]


def test_the_night_is_remembered_as_it_was_last(desk: Desk) -> None:
    journal = desk.open()
    assert journal.remembered() is None
    journal.remember({"phase": "story", "since": EVENING, "left": [1, 2]})
    journal.remember({"phase": "lights_out", "since": EVENING, "left": []})
    desk.close()
    assert desk.open().remembered() == {"phase": "lights_out", "since": "2026-11-24T19:30:00+00:00", "left": []}


def test_what_waits_for_the_disk_runs_after_what_was_queued_before_it(desk: Desk) -> None:
    journal = desk.open()
    seen: SimpleQueue[int] = SimpleQueue()
    for seed in range(50):
        journal.happened(Started(at=EVENING, seed=seed))
        journal.after_commit(lambda: seen.put(len(desk.rows("ours", "SELECT 1 FROM happenings"))))
    wait_for_disk(journal)
    assert all(seen.get() >= number + 1 for number in range(50))


def test_what_fails_while_it_waited_does_not_end_the_journal(desk: Desk) -> None:
    journal = desk.open()
    journal.after_commit(lambda: [][0])
    wait_for_disk(journal)
    assert isinstance(failed := desk.put.get(timeout=10), Failed)
    assert "IndexError" in failed.reason


def test_a_note_that_json_cannot_hold_is_told_and_the_journal_goes_on(desk: Desk) -> None:
    desk.keep(Note(kind="odd", what={"thing": object()}), Note(kind="garden", what={"grew": "fern"}))
    assert isinstance(desk.put.get(timeout=10), Failed)
    assert desk.rows("ours", "SELECT kind FROM notes") == [("garden",)]


# --- what it keeps to itself -----------------------------------------------------------------------------------


def test_the_childs_notes_are_in_mine_and_nowhere_else(desk: Desk) -> None:
    desk.keep(Note(kind="feeling", what={"feeling": "stormy"}, book="mine"), Note(kind="garden"))
    assert desk.rows("mine", "SELECT kind, body FROM notes") == [("feeling", '{"feeling": "stormy"}')]
    assert "feeling" not in desk.everything("ours")


@pytest.mark.parametrize(
    "thing",
    [
        Heard(at=EVENING, text="leave me alone tonight", intent="LeaveMeAlone"),
        Asked(at=EVENING, id="a1", who="child", what="leave_me_alone"),
        Note(kind="leave-me-alone"),
        Note(kind="alone", book="mine"),
    ],
)
def test_leave_me_alone_leaves_no_line(desk: Desk, thing: Happening | Doing) -> None:
    desk.keep(thing)
    assert 'INSERT INTO "happenings"' not in desk.everything("ours")
    assert "alone" not in (desk.everything("ours") + desk.everything("mine")).lower()


@pytest.mark.parametrize(
    "thing",
    [
        Heard(at=EVENING, text="a story about zebras", intent="TellStory", slots={"words": ["zebras"]}),
        Asked(at=EVENING, id="a1", who="child", what="weave", details={"words": ["zebras"]}),
        Answer(id="a1", ok=True, text="zebras"),
        Say(id="s1", sentences=(Sentence("You said zebras."),)),
        Listen(id="l1", seconds=6, options=(Option("zebras", "the-zebras"),)),
    ],
)
def test_what_was_said_is_not_kept(desk: Desk, thing: Happening | Doing) -> None:
    desk.keep(thing)
    kept = desk.everything("ours")
    assert type(thing).__name__ in kept
    assert "zebras" not in kept + desk.everything("mine")


def test_both_books_and_their_backups_are_for_their_owner_alone(desk: Desk) -> None:
    desk.keep(Note(kind="garden"))
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {"ours.db", "mine.db"} < {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


# --- power cuts ------------------------------------------------------------------------------------------------


def evening_with_cuts(folder: Path, random: Random) -> list[tuple[int, Disk]]:
    """-> for each write and sync of an evening of 60 lines: how many were acknowledged, and what a cut leaves."""
    disk = CutDisk()
    acknowledged: list[int] = []
    cuts: list[tuple[int, Disk]] = []
    try:
        journal = Journal(folder, lambda happening: pytest.fail(f"{happening}"), lambda: EVENING)
        disk.on_change.append(lambda: cuts.append((len(acknowledged), disk.after_a_cut(random))))
        for seed in range(60):
            journal.happened(Started(at=EVENING, seed=seed))
            journal.remember({"seed": seed})
            journal.after_commit(lambda: acknowledged.append(1))
            if seed % 3 == 0:
                wait_for_disk(journal)
        journal.close()
    finally:
        disk.unregister()
    return cuts


def test_a_power_cut_at_any_write_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Each write and sync of an evening is cut once, with torn and reordered sectors of what was not yet synced."""
    cuts = evening_with_cuts(tmp_path / "evening", Random(20261124))
    assert len(cuts) > 100
    lost, broken = 0, 0
    for number, (acknowledged, left) in enumerate(cuts):
        folder = tmp_path / f"cut-{number}"
        restore(left, folder)
        book = Book(folder, "ours")
        seeds = [json.loads(str(body))["seed"] for (body,) in book.read("SELECT body FROM happenings ORDER BY id")]
        state = book.read("SELECT body FROM night")
        broken += bool(book.mended) or seeds != list(range(len(seeds)))
        lost += len(seeds) < acknowledged or (acknowledged > 0 and json.loads(state[0][0])["seed"] < acknowledged - 1)
        book.close()
    assert (lost, broken) == (0, 0)


def test_the_cut_disk_finds_a_journal_that_does_not_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above is worth something: with synchronous=NORMAL it finds acknowledged lines lost."""
    real = Book._open

    def careless(self: Book) -> object:
        db = real(self)
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    with monkeypatch.context() as patch:
        patch.setattr(Book, "_open", careless)
        cuts = evening_with_cuts(tmp_path / "evening", Random(1))
    lost = 0
    for number, (acknowledged, left) in enumerate(cuts[::5]):
        folder = tmp_path / f"cut-{number}"
        restore(left, folder)
        book = Book(folder, "ours")
        lost += len(book.read("SELECT 1 FROM happenings")) < acknowledged
        book.close()
    assert lost > 0


WRITER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from device.acts.journal import Journal
from device.events import Started

journal = Journal(Path(sys.argv[1]), print)
seed = int(sys.argv[2])
while True:
    journal.happened(Started(at=datetime.now(UTC), seed=seed))
    journal.after_commit(lambda seed=seed: os.write(1, b"%d\\n" % seed))
    seed += 1
    if seed % 20 == 0:
        os.read(0, 1)
"""


def test_killed_at_twelve_random_instants_it_keeps_every_line_it_acknowledged(tmp_path: Path) -> None:
    random = Random(9)
    acknowledged = -1
    for _ in range(12):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(acknowledged + 1)]
        writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert writer.stdin
        assert writer.stdout
        until = acknowledged + random.randint(1, 90)
        writer.stdin.write(b"." * 8)
        writer.stdin.flush()
        while acknowledged < until and (line := writer.stdout.readline()):
            acknowledged = int(line)
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged = max([acknowledged, *map(int, rest.split(b"\n")[:-1])])
        book = Book(tmp_path, "ours")
        kept = {json.loads(body)["seed"] for (body,) in book.read("SELECT body FROM happenings")}
        assert book.mended == ""
        assert set(range(acknowledged + 1)) <= kept
        book.close()


# --- damage ----------------------------------------------------------------------------------------------------


def failed_reasons(desk: Desk) -> list[str]:
    reasons = []
    while not desk.put.empty():
        match desk.put.get():
            case Failed(part="journal", reason=reason):
                reasons.append(reason)
    return reasons


def test_a_broken_book_is_kept_and_the_last_backup_takes_its_place(desk: Desk) -> None:
    journal = desk.open()
    journal.remember({"phase": "story"})
    journal.done(Note(kind="garden", what={"grew": "fern"}))
    desk.close()
    (desk.folder / "ours.db").write_bytes(Random(3).randbytes(20_000))
    assert desk.open().remembered() == {"phase": "story"}
    desk.close()
    assert desk.rows("ours", "SELECT kind FROM notes") == [("garden",)]
    assert (desk.folder / "ours.db.broken-1").stat().st_size == 20_000
    (reason,) = failed_reasons(desk)
    assert "ours.db.broken-1" in reason
    assert "ours.000001.2026-11-24.db took its place" in reason


def test_a_broken_backup_is_passed_over_for_an_older_one(desk: Desk) -> None:
    for day in range(3):
        desk.at = EVENING + timedelta(days=day)
        desk.keep(Note(kind=f"day {day}"))
    desk.folder.joinpath("backups", "ours.000003.2026-11-26.db").write_bytes(b"torn")
    desk.folder.joinpath("ours.db").write_bytes(b"not a database, though long enough to be one" * 99)
    desk.keep()
    assert desk.rows("ours", "SELECT kind FROM notes") == [("day 0",), ("day 1",)]


def test_a_book_that_is_gone_is_never_silently_an_empty_one(desk: Desk) -> None:
    desk.keep(Note(kind="garden"))
    (desk.folder / "ours.db").unlink()
    (desk.folder / "mine.db").write_bytes(b"")
    desk.keep()
    assert desk.rows("ours", "SELECT kind FROM notes") == [("garden",)]
    assert len(failed_reasons(desk)) == 2


def test_a_broken_book_without_any_backup_begins_a_new_one(desk: Desk) -> None:
    desk.folder.mkdir()
    (desk.folder / "mine.db").write_bytes(b"x" * 8192)
    desk.keep(Note(kind="jar", book="mine"))
    assert desk.rows("mine", "SELECT kind FROM notes") == [("jar",)]
    assert "a new one was begun" in failed_reasons(desk)[0]


def test_bytes_that_go_bad_anywhere_never_keep_it_from_starting(desk: Desk) -> None:
    desk.keep(*(Started(at=EVENING, seed=seed) for seed in range(200)), Note(kind="garden"))
    whole = (desk.folder / "ours.db").read_bytes()
    random = Random(12)
    for _ in range(60):
        damaged = bytearray(whole)
        begin = random.randrange(len(damaged))
        length = random.choice([1, 16, 512, 4096])
        damaged[begin : begin + length] = random.randbytes(len(damaged[begin : begin + length]))
        if random.random() < 0.3:
            del damaged[random.randrange(len(damaged)) :]
        (desk.folder / "ours.db").write_bytes(damaged)
        desk.open().done(Note(kind="after"))
        desk.close()
        assert ("after",) in desk.rows("ours", "SELECT kind FROM notes")


def test_a_state_that_cannot_be_read_is_told_and_the_night_begins_from_its_timetable(desk: Desk) -> None:
    desk.open().remember({"phase": "story"})
    desk.close()
    with closing(sqlite3.connect(desk.folder / "ours.db")) as db:
        db.execute("UPDATE night SET body = '{torn'")
        db.commit()
    assert desk.open().remembered() is None
    assert "timetable" in failed_reasons(desk)[0]


# --- a card that is full or read-only --------------------------------------------------------------------------


def test_a_card_that_cannot_be_written_is_told_once_and_nothing_is_lost_when_it_can(desk: Desk) -> None:
    """A directory in the book's place refuses every write, to root as well."""
    desk.folder.mkdir()
    for name in ("ours.db", "mine.db"):
        (desk.folder / name).mkdir()
    journal = desk.open()
    journal.happened(Started(at=EVENING, seed=1))
    journal.done(Note(kind="jar", book="mine"))
    journal.remember({"phase": "story"})
    assert isinstance(failed := desk.put.get(timeout=10), Failed)
    assert "Check that the card" in failed.reason
    for name in ("ours.db", "mine.db"):
        (desk.folder / name).rmdir()
    assert isinstance(desk.put.get(timeout=10), Recovered)
    wait_for_disk(journal)
    desk.close()
    assert desk.put.empty()
    assert desk.rows("ours", "SELECT kind FROM happenings") == [("Started",)]
    assert desk.rows("mine", "SELECT kind FROM notes") == [("jar",)]
    assert desk.open().remembered() == {"phase": "story"}


def test_a_book_that_fills_up_takes_the_lines_once_there_is_room(desk: Desk) -> None:
    journal = desk.open()
    wait_for_disk(journal)
    book = journal._books["ours"]
    pages = book.read("PRAGMA page_count")[0][0]
    book.read(f"PRAGMA max_page_count = {pages}")
    for seed in range(500):
        journal.happened(Started(at=EVENING, seed=seed))
    assert isinstance(failed := desk.put.get(timeout=10), Failed)
    assert "full" in failed.reason
    assert isinstance(desk.put.get(timeout=10), Recovered)
    desk.close()
    assert desk.rows("ours", "SELECT count(DISTINCT body), count(*) FROM happenings") == [(500, 500)]


def test_it_closes_while_the_card_refuses(desk: Desk) -> None:
    desk.folder.parent.mkdir(exist_ok=True)
    desk.folder.write_text("a file where the data folder should be", encoding="utf-8")
    desk.keep(Note(kind="garden"))
    assert len(failed_reasons(desk)) == 1


# --- days ------------------------------------------------------------------------------------------------------


def test_single_happenings_go_after_fourteen_days_and_notes_stay(desk: Desk) -> None:
    desk.keep(Started(at=EVENING, seed=0), Hush(id="old"), Note(kind="garden"))
    for day in (13, 15):
        desk.at = EVENING + timedelta(days=day)
        desk.keep(Started(at=desk.at, seed=day))
    assert desk.rows("ours", "SELECT body FROM happenings") == [('{"seed": 13}',), ('{"seed": 15}',)]
    assert desk.rows("ours", "SELECT 1 FROM doings") == []
    assert desk.rows("ours", "SELECT kind FROM notes") == [("garden",)]


def test_a_clock_that_leaps_ten_years_and_back_erases_nothing(desk: Desk) -> None:
    for years in (0, 10, 0):
        desk.at = EVENING + timedelta(days=366 * years, hours=1)
        desk.keep(Started(at=desk.at, seed=years))
    assert len(desk.rows("ours", "SELECT 1 FROM happenings")) == 3


def test_seven_daily_backups_are_kept(desk: Desk) -> None:
    for day in range(10):
        desk.at = EVENING + timedelta(days=day)
        desk.keep(Note(kind=f"day {day}"))
        desk.keep(Note(kind=f"day {day}, later"))
    names = sorted(path.name for path in (desk.folder / "backups").glob("ours*"))
    assert len(names) == BACKUPS_KEPT
    assert names[-1] == "ours.000010.2026-12-03.db"


def test_a_journal_that_runs_on_makes_its_backup_on_the_new_day(desk: Desk) -> None:
    journal = desk.open()
    journal.done(Note(kind="evening"))
    wait_for_disk(journal)
    desk.at += timedelta(hours=12)
    journal.done(Note(kind="morning"))
    desk.close()
    assert [path.name for path in sorted((desk.folder / "backups").glob("mine*"))] == [
        "mine.000001.2026-11-24.db",
        "mine.000002.2026-11-25.db",
    ]


# --- its SQLite ------------------------------------------------------------------------------------------------


def test_it_writes_ahead_and_syncs_fully(desk: Desk) -> None:
    book = Book(desk.folder, "ours")
    assert book.read("PRAGMA journal_mode") == [("wal",)]
    assert book.read("PRAGMA synchronous") == [(2,)]
    book.close()


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2"])
def test_a_sqlite_that_can_damage_a_journal_is_refused(version: str) -> None:
    with pytest.raises(JournalError, match=r"3\.51\.3"):
        check_sqlite(version)


def test_a_migration_runs_once_and_only_forward(desk: Desk) -> None:
    desk.keep(Note(kind="garden"))
    assert desk.rows("ours", "PRAGMA user_version") == [(1,)]
    desk.keep()
    assert desk.rows("ours", "SELECT count(*) FROM notes") == [(1,)]
