"""The journal keeps what it acknowledged through power cuts and kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from device.acts.book import Book
from device.acts.journal import Journal
from device.events import (
    Started,
)
from tests.acts.desk import EVENING, wait_for_disk
from tests.acts.power_cut import CutDisk, Disk, restore


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
