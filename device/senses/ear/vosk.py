"""The second ear, where a Vosk model is installed: grammar at run time, `[unk]` for everything else.

It is asked where the room is loud, which is where the embedded ear is known to fail. How well it hears was never
measured here. Its recognisers are thrown away after RECYCLED windows: the library's memory grows with use
(HARDENING R13), and a new one gives it back. Woven words it does not hear.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import HearingError
from device.events import Option
from device.night.automaton import ANY, Automaton
from device.night.language import Language, Strictness
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples
from device.senses.ear.voice import levels_db, snr_db
from device.vosk_model import damage

ENGINE = "vosk"
RECYCLED = 50
"""Windows a recogniser serves."""
UNKNOWN = "[unk]"
CONFIDENCE: dict[Strictness, float] = {"kind": 0.6, "normal": 0.7, "strict": 0.8}
"""Mean confidence of the words from which a phrase is taken. Chosen, not measured."""


@dataclass
class _Used:
    """A recogniser, what it listens for, and how long it has."""

    wanted: tuple[tuple[Option, ...], bool]
    recogniser: Any
    windows: int = 0
    heard_s: float = 0.0
    """Its own clock goes on through all its windows."""


class Vosk:
    """A model with the closed language."""

    def __init__(self, folder: Path, language: Language) -> None:
        """Raises HearingError where the model is not whole."""
        if wrong := damage(folder):
            raise HearingError(wrong)
        import vosk

        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as fault:  # the library raises nothing more exact
            raise HearingError(f"{folder} cannot be loaded: {fault}. Install it again: sleepsync models") from fault
        self._make, self.language = vosk.KaldiRecognizer, language
        self._used: _Used | None = None

    def listen(self, seconds: float, options: Sequence[Option] = (), few: bool = False) -> VoskWindow:
        """-> a window, open from now; only one is open at a time."""
        used, wanted = self._used, (tuple(options), few)
        if used is None or used.wanted != wanted or used.windows >= RECYCLED:
            self._used = None  # gives the memory back before more is taken
            grammar = [*self._sentences(self.language.window(options, few)), UNKNOWN]
            used = self._used = _Used(wanted, self._make(self._model, RATE_HZ, json.dumps(grammar)))
            used.recogniser.SetWords(True)
        used.recogniser.Reset()
        used.windows += 1
        return VoskWindow(used, self.language, seconds)

    def _sentences(self, automaton: Automaton) -> list[str]:
        """-> sentences that use every arc the model has words for; from their pairs of words Vosk makes the rest."""
        known = {word for word in automaton.words() - {ANY} if self._model.vosk_model_find_word(word) >= 0}
        return sorted(set(covering(automaton, known)))


def covering(automaton: Automaton, words: set[str]) -> Iterator[str]:
    """-> for each arc with one of these words a short sentence of such words that uses it, where there is one."""
    ends = _to_an_end(automaton, words)
    before: dict[int, tuple[str, ...]] = {0: ()}
    waiting = deque(before)
    while waiting:
        state = waiting.popleft()
        for word, to in automaton.arcs[state].items():
            if word not in words or to not in ends:
                continue
            yield " ".join((*before[state], word, *ends[to]))
            if to not in before:
                before[to] = (*before[state], word)
                waiting.append(to)


def _to_an_end(automaton: Automaton, words: set[str]) -> dict[int, tuple[str, ...]]:
    """state -> the shortest way from it to the end of a sentence."""
    into: dict[int, list[tuple[str, int]]] = {}
    for state, arcs in enumerate(automaton.arcs):
        for word, to in arcs.items():
            if word in words:
                into.setdefault(to, []).append((word, state))
    ways: dict[int, tuple[str, ...]] = dict.fromkeys(automaton.finals, ())
    waiting = deque(ways)
    while waiting:
        state = waiting.popleft()
        for word, origin in into.get(state, ()):
            if origin not in ways:
                ways[origin] = (word, *ways[state])
                waiting.append(origin)
    return ways


class VoskWindow:
    """One listening window, with the face of `Listener`."""

    def __init__(self, used: _Used, language: Language, seconds: float) -> None:
        self._used, self._recogniser = used, used.recogniser
        self._language, self._seconds = language, seconds
        self._rest: Samples = np.zeros(0, np.int16)
        self._levels: list[float] = []
        self._heard_s = 0.0
        self._spoke = False

    def feed(self, block: Samples) -> Recognised | Nothing | None:
        """int16[n] mono at 16 kHz, any n -> the result, once there is one; None until then."""
        sound = np.concatenate([self._rest, block])
        size = len(sound) // FRAME * FRAME
        sound, self._rest = sound[:size], sound[size:]
        self._levels += levels_db(sound)
        self._heard_s += size / RATE_HZ
        self._used.heard_s += size / RATE_HZ
        if size and self._recogniser.AcceptWaveform(sound.tobytes()):
            return self._result(json.loads(self._recogniser.Result()))
        if self._heard_s >= self._seconds and not json.loads(self._recogniser.PartialResult())["partial"]:
            return Nothing(self._spoke, self.snr_db)
        return None

    def close(self) -> Recognised | Nothing:
        """Ends the window now: what was said so far counts."""
        return self._result(json.loads(self._recogniser.FinalResult())) or Nothing(self._spoke, self.snr_db)

    @property
    def snr_db(self) -> float:
        return snr_db(self._levels)

    def _result(self, heard: dict[str, Any]) -> Recognised | Nothing | None:
        """-> what an utterance of the recogniser's means; None for one without words."""
        text, words = heard["text"], heard.get("result", [])
        if not words:
            return None
        self._spoke = True
        confidence = sum(word["conf"] for word in words) / len(words)
        meaning = self._language.understand(text, *self._used.wanted) if UNKNOWN not in text else None
        if meaning is None or confidence < CONFIDENCE[meaning.strictness]:
            return Nothing(True, self.snr_db)
        return Recognised(
            text=text,
            intent=meaning.intent,
            slots=meaning.slots,
            confidence=confidence,
            loss=1 - confidence,
            after_end_s=max(0.0, self._used.heard_s - words[-1]["end"]),
            snr_db=self.snr_db,
            wake=meaning.wake,
            engine=ENGINE,
        )


def _trial(folder: Path) -> None:
    """Loads a model and hears noise with it: over half a one it raises what it likes, or ends this process."""
    import vosk

    recogniser = vosk.KaldiRecognizer(vosk.Model(str(folder)), RATE_HZ, json.dumps(["stop", UNKNOWN]))
    recogniser.AcceptWaveform(np.random.default_rng(0).integers(-2000, 2000, RATE_HZ, np.int16).tobytes())
    recogniser.FinalResult()


if __name__ == "__main__":
    _trial(Path(sys.argv[1]))
