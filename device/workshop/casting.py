"""Who says a sentence: the teller's own voice, or the next in line where it is missing, broken, too slow or dies."""

from __future__ import annotations

from pathlib import Path

from device.errors import VoiceError
from device.events import Sentence
from device.workshop import voices
from device.workshop.child import DiedError
from device.workshop.voices import Teller, Way

_DEATHS = 2
"""So often may one text kill the child before the last fallback is asked; once more, and nobody says it."""


class Casting:
    """What is known of the voices so far."""

    def __init__(self, teller: Teller, data_dir: Path) -> None:
        self._teller, self._data_dir = teller, data_dir
        self._deaths: dict[str, int] = {}
        self.broken: dict[str, str] = {}
        """Models that could not be loaded, and why; the next in line speaks for them."""

    def ways(self, sentence: Sentence, *, live: bool = False) -> list[Way]:
        """-> how it may be rendered, best first; none where every voice failed on it.

        `live` leaves a voice out that this board is too slow for, as long as there is another.
        """
        ways = [way for way in self._teller.ways(sentence) if self._works(way)]
        if live:
            ways = [way for way in ways if self._fast(way)] or ways
        deaths = self._deaths.get(sentence.text, 0)
        return ways if deaths < _DEATHS else ways[-1:] if deaths == _DEATHS else []

    def blame(self, text: str, fault: VoiceError) -> None:
        """A voice failed on this text: one that died may be asked again, one that refused is not."""
        before = self._deaths.get(text, 0)
        self._deaths[text] = before + 1 if isinstance(fault, DiedError) or before >= _DEATHS else _DEATHS

    def _works(self, way: Way) -> bool:
        return way.model not in self.broken and voices.find(way.model, self._data_dir) is not None

    def _fast(self, way: Way) -> bool:
        return voices.measured_pace(way.model, self._data_dir) <= voices.MOST_LIVE
