"""What the tests of this room share: a story, and voices as plain data."""

from __future__ import annotations

from pathlib import Path

from device.tales.markdown import read
from device.tales.story import Story
from device.tales.voice import Colour, Rate, Voice

FERRY = Path(__file__).parent / "the-slow-ferry.md"

JOE = tuple(Rate(scale, wpm) for scale, wpm in ((1.6, 161), (1.7, 153), (1.8, 146), (1.9, 138)))
HEART = tuple(Rate(scale, wpm) for scale, wpm in ((1.44, 161), (1.48, 157), (1.52, 145), (1.65, 139)))

MAX = Voice(
    "max",
    {
        "max": Colour("piper", "joe", 0.0, JOE),
        "deep": Colour("piper", "joe", -2.0, JOE),
        "bright": Colour("piper", "joe", 2.0, JOE),
        "friend": Colour("heart", "heart", 0.0, HEART),
        "small": Colour("heart", "heart", 4.0, HEART),
    },
)


def ferry() -> Story:
    """-> a story of about 1,150 words with one question and paragraphs that may go."""
    return read(FERRY.read_text(encoding="utf-8"), FERRY.name)
