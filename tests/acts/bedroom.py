"""What the tests of the telling share: a voice of tones, a score, a clock that is pushed, an output that remembers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.acts.ambience import SleepSound
from device.acts.bell import Bell
from device.acts.finishing import RATE_HZ, Sound
from device.errors import VoiceError
from device.events import Happening, Sentence

EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def now() -> datetime:
    return EVENING


class Tones:
    """A voice that hums: 50 ms a letter at 220 Hz. It waits where `held` says, and cannot say "unsayable"."""

    rate_hz = 24_000

    def __init__(self, held: Event | None = None) -> None:
        self.held = held
        self.asked: list[str] = []

    def ready(self, sentence: Sentence) -> bool:
        return True

    def sound(self, sentence: Sentence) -> NDArray[np.float32]:
        self.asked.append(sentence.text)
        if self.held:
            assert self.held.wait(20)
        if "unsayable" in sentence.text:
            raise VoiceError("The voice choked. Say something else.")
        at = np.arange(int(self.rate_hz * voice_s(sentence.text))) / self.rate_hz
        return (0.3 * np.sin(2 * np.pi * 220 * at)).astype(np.float32)

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        yield self.sound(sentence)


def played(tape: Path) -> NDArray[np.float32]:
    """-> what a card that writes has played up to now, one channel."""
    raw = np.fromfile(tape, dtype=np.int16)
    return (raw[: len(raw) // 2 * 2].reshape(-1, 2)[:, 0] / 32768).astype(np.float32)


def voice_s(text: str) -> float:
    return 0.05 * len(text)


def score(*texts: str, pause_s: float = 0.5, level_db: float = 0.0) -> tuple[Sentence, ...]:
    """-> sentences at the moments their sound makes right."""
    sentences, at_s = [], 0.0
    for text in texts:
        voiced_s = voice_s(text)
        sentences.append(Sentence(text, at_s=at_s, voice_s=voiced_s, pause_s=pause_s, level_db=level_db))
        at_s += voiced_s + pause_s
    return tuple(sentences)


@dataclass
class Clock:
    """Seconds that pass when told."""

    at_s: float = 1000.0

    def __call__(self) -> float:
        return self.at_s


@dataclass
class Room:
    """An output that remembers what it was given and when, by a clock."""

    clock: Clock
    played: list[tuple[float, float]] = field(default_factory=list)
    """When, and how many seconds of sound."""
    followed: list[tuple[float, float]] = field(default_factory=list)
    """The same of parts that followed."""
    hushed: list[float] = field(default_factory=list)
    ambiences: list[SleepSound | None] = field(default_factory=list)
    bells: list[Bell | None] = field(default_factory=list)
    volume_db: float = 0.0
    ends_s: float = 0.0

    def play(self, sound: Sound) -> None:
        self.played.append((self.clock(), len(sound) / RATE_HZ))
        self.ends_s = self.clock() + len(sound) / RATE_HZ

    def follow(self, sound: Sound) -> None:
        self.followed.append((self.clock(), len(sound) / RATE_HZ))
        self.ends_s = max(self.ends_s, self.clock()) + len(sound) / RATE_HZ

    def sounding(self) -> bool:
        return self.clock() < self.ends_s - 1e-9

    def hush(self, fade_s: float) -> None:
        self.hushed.append(self.clock())
        self.ends_s = min(self.ends_s, self.clock() + fade_s)

    def ambience(self, sound: SleepSound | None, end_s: float) -> None:
        self.ambiences.append(sound)

    def ring(self, bell: Bell | None) -> None:
        self.bells.append(bell)

    def volume(self, volume_db: float) -> None:
        self.volume_db = volume_db


@dataclass
class Inbox:
    """A Put that keeps what it was told."""

    happenings: list[Happening] = field(default_factory=list)
    listener: Callable[[Happening], object] = lambda happening: None

    def __call__(self, happening: Happening, /) -> None:
        self.listener(happening)
        self.happenings.append(happening)

    def of(self, kind: type[Happening]) -> list[Happening]:
        return [happening for happening in self.happenings if isinstance(happening, kind)]
