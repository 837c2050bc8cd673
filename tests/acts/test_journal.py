"""The journal keeps what it is told and forgets what it should, and is silent about the child."""

from __future__ import annotations

import stat
from datetime import timedelta
from queue import SimpleQueue

import pytest

from device.acts.book import BACKUPS_KEPT, Book, check_sqlite
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
    Say,
    Sentence,
    Started,
)
from tests.acts.desk import EVENING, Desk, wait_for_disk

# --- what it keeps -------------------------------------------------------------------------------------------------


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


# --- what it keeps to itself ---------------------------------------------------------------------------------------


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


# --- days ----------------------------------------------------------------------------------------------------------


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


# --- its SQLite ----------------------------------------------------------------------------------------------------


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
