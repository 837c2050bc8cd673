"""Where in an utterance somebody calls: who says "hey max" in the middle of other talk is heard from there on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from device.senses.ear.decoder import Dictionary
from device.senses.ear.posteriors import ANYTHING, PAUSE, Scores

CALL_LOSS = 1.8
"""Largest loss a phone, against an ear without a language, at which a place is worth hearing anew from there. Fifteen
synthetic calls have .4 to 1.1; of 110 recordings of other talk five are below 1.9. Only the sentence behind decides."""


class Call:
    """The wake phrases, spelt out in phones."""

    def __init__(self, phrases: Sequence[str], dictionary: Dictionary) -> None:
        self._phrases = tuple(f"{phrase} " for phrase in phrases)
        self._ways = [np.array(way) for phrase in phrases for way in _ways(phrase, dictionary)]

    def begin(self, scores: Scores) -> int | None:
        """-> the frame where the last call in it begins, or None."""
        losses = scores - scores[:, :ANYTHING].max(axis=1, keepdims=True)
        found = [(end, begin) for way in self._ways for end, begin in _places(losses, way)]
        return max(found)[1] if found else None

    def starts(self, text: str) -> bool:
        """-> whether a sentence begins with one of them."""
        return text.startswith(self._phrases)


def _ways(phrase: str, dictionary: Dictionary) -> Iterator[tuple[int, ...]]:
    for ways in product(*(dictionary[word] for word in phrase.split())):
        yield tuple(phone for way in ways for phone in way)


def _places(losses: Scores, way: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """-> (frame of its last phone, frame of its first) wherever the phones fit well enough, one after the other.

    The Viterbi pass of `decoder`, with anything before it and anything behind."""
    on = np.full(len(way), -np.inf, np.float32)
    off, begins, waits = on.copy(), np.zeros(len(way), np.int64), np.zeros(len(way), np.int64)
    for frame, loss in enumerate(losses):
        come = np.append(np.float32(0.0), np.maximum(on, off)[:-1])
        come_begins = np.append(frame, np.where(off > on, waits, begins)[:-1])
        waits, off = np.where(off > on, waits, begins), np.maximum(on, off) + loss[PAUSE]
        begins, on = np.where(come > on, come_begins, begins), np.maximum(on, come) + loss[way]
        if on[-1] > -CALL_LOSS * len(way):
            yield frame, int(begins[-1])
