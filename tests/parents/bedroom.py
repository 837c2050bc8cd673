"""A pretend bedroom behind a real desk: views as the night gives them, asks answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from device.events import Answer, Asked, Happening, Pressed
from device.senses.desk import Desk
from device.senses.keys import Keys

PASSPHRASE = "lantern under the stairs"

TONIGHT: dict[str, Any] = {
    "child": "Benny",
    "phase": "story",
    "now": "2026-11-24T20:31:40+01:00",
    "moments": [
        {"name": "wind_down", "at": "2026-11-24T20:00:00+01:00"},
        {"name": "check_in", "at": "2026-11-24T20:10:00+01:00"},
        {"name": "choosing", "at": "2026-11-24T20:15:00+01:00"},
        {"name": "lights_out", "at": "2026-11-24T20:50:00+01:00"},
        {"name": "dawn", "at": "2026-11-25T06:15:00+01:00"},
        {"name": "morning", "at": "2026-11-25T06:45:00+01:00"},
    ],
    "more": {"used_min": 5, "left_min": 10},
    "rings": [],
    "requests": [],
    "grown_up": "Elara",
    "late": None,
    "quiet": False,
    "story": {"title": "The Lighthouse That Learned to Whisper"},
    "parts": [],
}
REQUEST = {
    "id": "request-1",
    "at": "2026-11-24T20:29:00+01:00",
    "what": "five_more",
    "text": "Benny asks for five more minutes.",
    "state": "open",
}
RING = {"id": "ring-1", "at": "2026-11-25T02:13:00+01:00", "why": "pressed", "seen": False}
PROMISE: dict[str, Any] = {
    "bedtime_school": "20:45",
    "bedtime_free": "21:30",
    "wake": "06:45",
    "wind_down_min": 45,
    "more_min": 15,
    "stories": 2,
    "shares": ["titles", "Your grown-ups see when you ask for something, and what it is."],
}
READING: dict[str, Any] = {
    "id": "read-0304-1",
    "story": "lighthouse",
    "title": "The Lighthouse That Learned to Whisper",
    "aloud": False,
    "sentence": 1,
    "sentences": [{"text": f"Sentence {n}.", "scene": "rock" if n < 3 else "sea", "number": n} for n in range(5)],
    "options": [{"to": "stairs", "words": "Go up the stairs"}],
}
SHELF = [{"slug": "lighthouse", "title": READING["title"], "ages": [7, 12], "minutes": [7.6, 12.3]}]
DEVICE: dict[str, Any] = {
    "version": "0.1.0",
    "parts": [
        {"part": "loudspeaker", "ok": True, "found": "USB Audio, 48 kHz", "remedy": ""},
        {"part": "microphone", "ok": False, "found": "No microphone.", "remedy": "Plug one in; it is used at once."},
    ],
}


class Bedroom:
    """The desk with a night that says yes. `tonight` may be changed by a test; `asked` remembers."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "desk"
        self.keys_file = folder / "keys.json"
        self.tonight: dict[str, Any] = {**TONIGHT}
        self.reading: dict[str, Any] | None = {**READING}
        self.asked: list[Asked] = []
        self.happened: SimpleQueue[Happening] = SimpleQueue()
        self.answers = True
        self.desk = Desk(self._put, self.now, self.socket, self._look, Keys(self.keys_file))

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 19, 31, 40, tzinfo=UTC)

    def press(self, long: bool = False) -> None:
        self.desk.hear(Pressed(at=self.now(), button="story", long=long))

    def _look(self, what: str, who: str) -> Mapping[str, Any]:
        stories = {"stories": SHELF, "reading": self.reading}
        return {"tonight": self.tonight, "promise": PROMISE, "device": DEVICE, "stories": stories}[what]

    def _put(self, happening: Happening) -> None:
        self.happened.put(happening)
        if isinstance(happening, Asked):
            self.asked.append(happening)
            if self.answers:
                self.desk.do(Answer(id=happening.id, ok=True, text=f"{happening.what}: it is done."))


def claimed(folder: Path) -> Bedroom:
    """-> a bedroom whose box has `PASSPHRASE`."""
    note = folder / "passphrase"
    note.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    Keys(folder / "keys.json", cost={"n": 2, "r": 8, "p": 1}).claim_from(note)
    return Bedroom(folder)
