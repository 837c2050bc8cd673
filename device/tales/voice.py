"""A voice as the score sees it: how fast it speaks and whom it can play. Read from `voices/*.toml` by the workshop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rate:
    """One of a voice's four fixed rates."""

    scale: float
    """Length scale handed to the engine."""
    wpm: float
    """Words a minute at that scale, edges trimmed, no pauses between sentences. Measured."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Somebody the voice can play."""

    engine: str
    """"piper", "heart" or "espeak"."""
    model: str
    """Name in `voices/catalogue.toml`, such as "en_US-joe-medium"."""
    pitch_st: float = 0.0
    """Semitones from the model's own pitch."""
    rates: tuple[Rate, ...] = ()
    """Its own four, slowest last."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A teller: who speaks, and the colours this teller has for the others in a story."""

    name: str
    colours: Mapping[str, Colour] = field(default_factory=dict, hash=False)
    """By name; the teller's own has the teller's name."""

    @property
    def own(self) -> Colour:
        return self.colours[self.name]
