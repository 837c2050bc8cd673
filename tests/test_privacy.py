"""Eight hours of talk beside a running house: nothing of it is found afterwards, and the search does find."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from device import bedroom
from device.bedroom import Plan
from device.events import Failed, Happening, Heard, Pressed, Unheard, Voiced
from device.house import House
from device.senses.ear import ear
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.keys import Keys
from device.settings import Page, Settings
from tests.canary import CANARIES, TALK, VOICES, spoken
from tests.nights.bedroom import given, language
from tests.parents.bedroom import PASSPHRASE
from tests.parents.visitor import Visitor

ROOT = Path(__file__).parents[1]
HOURS = 8.0
ABOUT_S = 100.0
"""What they take about; the house's clock runs as much faster."""
PATIENCE_S = 600.0
PAGES = ("/", "/promise", "/requests", "/stories", "/device")
EAR = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.canary import main; sys.exit(main())"
SOUND_FILES = (b"WAVEfmt ", b"OpusHead", b"fLaC\0", b"\x01vorbis", b"AIFF", b"ID3\x03", b"ID3\x04")
"""How files of sound begin, wherever in another file they may stand."""
PIECE, STRIDE = 64, 499
"""Samples: 35 ms of sound in one piece cannot be missed."""
LOUD = 500
"""A piece with a sample above is no pause."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def pieces(sound: Samples) -> Iterator[bytes]:
    """-> bits of a recording, as 16 bits and as floats."""
    for begin in range(0, len(sound) - PIECE, STRIDE):
        piece = sound[begin : begin + PIECE]
        if np.abs(piece).max() > LOUD:
            yield piece.tobytes()
            yield (piece.astype(np.float32) / 32768).tobytes()


def talk() -> list[Samples]:
    return [spoken(text, voice) for text in TALK for voice in VOICES]


def kept_sound(folder: Path) -> list[str]:
    """-> the files that are sound of any kind, or hold a bit of the talk as it came from the microphone."""
    wanted = [*SOUND_FILES, *(piece for sound in talk() for piece in pieces(sound))]
    return [path.name for path in _files(folder) if any(piece in path.read_bytes() for piece in wanted)]


def kept_words(held: bytes) -> set[str]:
    """-> the words of the talk that are in it, however they are written."""
    lower = held.lower()
    return {word for word in CANARIES for code in ("utf-8", "utf-16-le") if word.encode(code) in lower}


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def test_the_words_of_the_talk_are_none_of_ours() -> None:
    ours = language().automaton.words() | language().weaving.words() | language().few.words()
    assert CANARIES & ours == set()
    assert all(kept_words(text.encode()) for text in TALK)


def test_the_search_finds_sound_that_was_kept(tmp_path: Path) -> None:
    assert kept_sound(tmp_path) == []
    sound = talk()[0]
    soundfile.write(tmp_path / "kept.flac", sound, RATE_HZ)
    soundfile.write(tmp_path / "kept.opus", sound, RATE_HZ, format="OGG", subtype="OPUS")
    begin = int(np.abs(sound).argmax()) // STRIDE * STRIDE
    (tmp_path / "core").write_bytes(b"odd" + sound[begin - 300 : begin + STRIDE + PIECE].tobytes())
    (tmp_path / "floats").write_bytes((sound.astype(np.float32) / 32768).tobytes())
    (tmp_path / "innocent").write_bytes(np.random.default_rng(0).bytes(500_000))
    assert kept_sound(tmp_path) == ["core", "floats", "kept.flac", "kept.opus"]


def test_the_search_finds_words_that_were_kept(tmp_path: Path) -> None:
    assert kept_words(b"tell me a story about the moon") == set()
    assert kept_words("plywood".encode("utf-16-le")) == {"plywood"}
    with closing(sqlite3.connect(tmp_path / "ours.db")) as book:
        book.execute("PRAGMA journal_mode = WAL")
        book.execute("CREATE TABLE happenings (body)")
        book.execute('INSERT INTO happenings VALUES (\'{"text": "Marzipan"}\')')
        book.commit()
        assert kept_words((tmp_path / "ours.db-wal").read_bytes()) == {"marzipan"}


class Watched:
    """A house that hears the talk. `shown` are the pages as parent and child saw them, `kept` is what was found on the
    card in between, when the database was open."""

    def __init__(self, house: House, data: Path) -> None:
        self.happened: list[Happening] = []
        self.shown: list[str] = []
        self.kept: set[str] = set()
        self.socket = data / "page.socket"
        self._house, self._data, self._pressed = house, data, threading.Event()
        house.watchers.append(self._watch)

    def press(self, long: bool) -> None:
        """A hand on the story button, as `Visitor` needs it; comes back once the house knows."""
        self._house.put(Pressed(at=self._house.now(), button="story", long=long))
        assert self._pressed.wait(PATIENCE_S)

    def all(self, *kinds: type[Happening]) -> list[Any]:
        return [happening for happening in self.happened if isinstance(happening, kinds)]

    def listen(self, hours: float) -> None:
        """Until the room was heard for so long; the pages are opened meanwhile."""
        began_s, turn = time.monotonic(), threading.Event()
        visitors = [Visitor(self).as_parent(), Visitor(self).as_child()]  # type: ignore[arg-type]
        while (self._house.counts["ear"]() or 0) < hours * 3600 * RATE_HZ:
            assert time.monotonic() - began_s < PATIENCE_S
            for visitor in visitors:
                for address in PAGES:
                    visitor.open(address)
                    self.shown.append(visitor.shown)
            self.kept |= {word for path in _files(self._data) for word in kept_words(path.read_bytes())}
            turn.wait(5.0)

    def _watch(self, happening: Happening, *_: object) -> None:
        self.happened.append(happening)
        if isinstance(happening, Pressed):
            self._pressed.set()


def test_a_night_of_talk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    data, note, began_s = tmp_path / "data", tmp_path / "passphrase", time.monotonic()
    data.mkdir()
    note.write_text(PASSPHRASE, encoding="utf-8")
    Keys(data / "keys.json", cost={"n": 2, "r": 8, "p": 1}).claim_from(note)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(ear, "SILENT_S", PATIENCE_S)  # a busy machine is no fault here
    monkeypatch.setattr(ear, "command", lambda *_: (sys.executable, "-c", EAR, str(HOURS)))
    settings = Settings(page=Page(port=0))
    plan = Plan(settings, data, data, given(), language, real=False, speed=HOURS * 3600 / ABOUT_S)
    with bedroom.build(plan) as house:
        watched = Watched(house, data)
        house.start(1)
        running = threading.Thread(target=house.run)
        running.start()
        try:
            watched.listen(HOURS)
        finally:
            house.stop()
            running.join()
    heard = watched.all(Heard)
    print(f"{time.monotonic() - began_s:.0f} s; heard {[each.text for each in heard]}")
    print(f"unheard {len(watched.all(Unheard))}, voiced {len(watched.all(Voiced))}, pages {len(watched.shown)}")
    assert watched.all(Failed) == []
    assert [each.intent for each in heard].count("GrownUp") >= 3, "the ear listened"
    assert watched.all(Unheard, Voiced), "the talk was noticed"
    assert all(language().understand(each.text) for each in heard)
    assert watched.kept == set()
    assert kept_sound(tmp_path) == []
    assert {path.name: kept_words(path.read_bytes()) for path in _files(tmp_path)}.keys() >= {"ours.db"}
    assert [path for path in _files(tmp_path) if kept_words(path.read_bytes())] == []
    assert kept_words("".join(capfd.readouterr()).encode()) == set()
    assert kept_words("".join(watched.shown).encode()) == set()
    assert any("Benny" in page for page in watched.shown), "the page was read"
