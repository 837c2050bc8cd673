"""One utterance, decoded while it goes on: a look at it costs the new sound and a little around it, however long it is.

The recogniser is nearly local: what it makes of a frame hardly changes once it has heard CONTEXT_S before and SETTLED_S
after it. So the sound is heard in overlapping pieces. Frames that are settled go through the Viterbi pass for good;
the few behind them go through a copy of it, and again with the next piece.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from device.night.automaton import ANY
from device.senses.ear import limits
from device.senses.ear.calling import Call
from device.senses.ear.decoder import Hypothesis, Network, Search, best_sentence
from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples, Scores

_CONTEXT = round(limits.CONTEXT_S * RATE_HZ) // FRAME
_SETTLED = round(limits.SETTLED_S * RATE_HZ) // FRAME
_HOP = round(limits.HOP_S * RATE_HZ) // FRAME
_BEFORE = round(limits.BEFORE_CALL_S * RATE_HZ) // FRAME
"""Frames."""


class Phones(Protocol):
    """What hears phones: `Posteriors`."""

    def scores(self, samples: Samples, /) -> Scores: ...


class Utterance:
    """Told all sound since it began, each time; what was heard before must not have changed."""

    def __init__(
        self, posteriors: Phones, network: Network, weaving: Network | None = None, call: Call | None = None
    ) -> None:
        """`weaving`: the language of the second look, which finds the words for ANY; `call`: with it a sentence begins,
        whatever was said before."""
        self._posteriors, self._network, self._weaving, self._call = posteriors, network, weaving, call
        self._search = Search(network)
        self._settled: list[Scores] = []

    def follow(self, sound: Samples) -> None:
        """Hears on, where enough has come to be worth it: then little is left for `look`."""
        if len(sound) // FRAME - self._search.frames >= _HOP + _SETTLED:
            self._hear(sound)

    def look(self, sound: Samples) -> Hypothesis | None:
        """-> the best sentence for all of the sound."""
        tail = self._hear(sound)
        search = self._search.copy()
        search.advance(tail)
        scores = np.concatenate([*self._settled, tail])
        best = self._spelt(search.best(), scores)
        return self._called(best, scores) if self._call else best

    def _called(self, best: Hypothesis | None, scores: Scores) -> Hypothesis | None:
        """-> what begins with the call, where it comes behind other talk; else the best sentence for the whole."""
        assert self._call
        begin = self._call.begin(scores)
        if begin is None or begin < _BEFORE:
            return best
        called = self._spelt(best_sentence(self._network, scores[begin:]), scores[begin:])
        if called is None or not self._call.starts(called.text):
            return best
        return replace(called, end=called.end + begin)

    def _spelt(self, best: Hypothesis | None, scores: Scores) -> Hypothesis | None:
        """-> the sentence with the words that are woven, where some are."""
        if best is None or self._weaving is None or ANY not in best.text.split():
            return best
        return best_sentence(self._weaving, scores)

    def _hear(self, sound: Samples) -> Scores:
        """Takes in what has settled. -> the scores of what has not."""
        begin = max(0, self._search.frames - _CONTEXT)
        fresh = self._posteriors.scores(sound[begin * FRAME :])[self._search.frames - begin :]
        settled = max(0, len(fresh) - _SETTLED)
        self._search.advance(fresh[:settled])
        self._settled.append(fresh[:settled])
        return fresh[settled:]
