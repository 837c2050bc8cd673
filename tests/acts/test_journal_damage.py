"""The journal through damage and full cards: it says so, and goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from random import Random

from device.events import (
    Failed,
    Note,
    Recovered,
    Started,
)
from tests.acts.desk import EVENING, Desk, wait_for_disk


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


# --- a card that is full or read-only ------------------------------------------------------------------------------


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
