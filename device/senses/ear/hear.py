"""What is behind `sleepsync hear`: sound files, heard as inside a listening window, and the evaluation's protocol."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import IO, Any

import numpy as np
import soundfile
import soxr

from device.assets import phrases
from device.errors import HearingError
from device.events import Option
from device.night.automaton import Automaton
from device.night.language import Language, Meaning
from device.senses.ear import limits
from device.senses.ear.calling import Call
from device.senses.ear.cleaner import Cleaned, found
from device.senses.ear.decoder import Network
from device.senses.ear.listener import ENGINE, Listener, Nothing, Recognised, Task
from device.senses.ear.listening import Second
from device.senses.ear.posteriors import RATE_HZ, Posteriors, Samples
from device.senses.ear.pronounce import Pronunciations
from device.senses.ear.voice import Voice

BLOCK = 512
"""Samples fed at once (32 ms): as the microphone gives them."""
LONGEST_S = 60.0
"""More of a file is not read: a window closes long before."""
_CLIPPED = 0.01
"""Share of samples at full scale from which a recording is called clipped."""
_SILENT_DB = -80.0
_FULL_SCALE = 32_767
_NO_LENGTH = 0x7FFF_0000
"""Bytes from which a header's length means that it was not known."""


class Ear:
    """The recogniser with its language, loaded once for many windows."""

    def __init__(self, language: Language, slack: float = 0.0) -> None:
        """`slack`: the child's own. Raises HearingError where the recogniser does not start."""
        self.language, self._slack = language, slack
        self.posteriors, self.voice, self.dictionary = Posteriors(), Voice(), Pronunciations()
        self._whole = self.network(language.automaton)
        self._few = self.network(language.few)
        self._weaving = self.network(language.weaving)
        self.call = Call(language.wakes, self.dictionary)

    def network(self, automaton: Automaton) -> Network:
        return Network.of(automaton, self.dictionary)

    @cached_property
    def _words(self) -> Network:
        return self.network(self.language.woven())

    def task(self, options: Sequence[Option] = (), few: bool = False, words: bool = False) -> Task:
        """-> what a window listens for."""
        network = self._few if few else self._whole
        if words:
            network = network.joined(self._words)
        if options:
            network = network.joined(self.network(self.language.choices(options)))
        return Task(
            network, lambda text: self.language.understand(text, options, few, words), self._weaving, self._slack
        )

    def listen(self, task: Task, seconds: float, gated: bool = True) -> Listener:
        """-> a window, open from now."""
        return Listener(self.posteriors, self.voice, task, seconds, gated)


def second(ear: Ear, model: Path | None, gated: bool = True) -> Second | None:
    """-> who is asked again in loud rooms: Vosk where its model is installed, else the ear itself over cleaned sound
    where the extra `loud` is. Raises HearingError where that is damaged."""
    if model is None:
        return _cleaned(ear, ear.task, gated)
    from device.senses.ear.vosk import Vosk

    return Vosk(model, ear.language)


def _cleaned(ear: Ear, task: Callable[[Sequence[Option], bool], Task], gated: bool) -> Second | None:
    cleaner = found()
    return Cleaned(lambda seconds, *meant: ear.listen(task(*meant), seconds, gated), cleaner) if cleaner else None


def hear_file(path: Path, ear: Ear, task: Task, again: Second | None = None) -> dict[str, Any]:
    """-> one line of `sleepsync hear`: file, text, intent, slots, confidence, after_end_s, snr_db, engine, and a `note`
    where something is the matter with the file.

    `after_end_s` runs from the last word's end to the answer, computing included, as if the file came in real time.
    Raises HearingError where the file cannot be read."""
    samples, note = read(path)
    result, waited_s = heard(samples, ear, task, again)
    line: dict[str, Any] = {"file": str(path), "text": "", "intent": None, "slots": {}, "confidence": 0.0}
    line |= {"after_end_s": None, "snr_db": round(result.snr_db, 1), "engine": ENGINE}
    match result:
        case Recognised():
            line |= {"text": result.text, "intent": result.intent, "slots": dict(result.slots)}
            line |= {"confidence": round(result.confidence, 3), "after_end_s": round(result.after_end_s + waited_s, 3)}
            line |= {"loss": round(result.loss, 2), "engine": result.engine}
    return line | ({"note": note} if note else {})


def read(path: Path) -> tuple[Samples, str]:
    """-> (int16[n] mono at 16 kHz, a sentence about what is the matter, or ""). Raises HearingError."""
    try:
        path.open("rb").close()  # of what cannot be opened libsndfile says no more than "System error."
        with soundfile.SoundFile(path) as file:
            rate, length_s, cut = file.samplerate, file.frames / file.samplerate, _is_cut(file.extra_info)
            sound = file.read(round(LONGEST_S * rate), dtype="float32", always_2d=True)
    except FileNotFoundError as error:
        raise HearingError(f"{path}: there is no such file; look at its name.") from error
    except IsADirectoryError as error:
        raise HearingError(f"{path} is a folder; name a sound file in it.") from error
    except (soundfile.LibsndfileError, OSError, ValueError, ZeroDivisionError) as error:
        why = str(error).rstrip(".")
        raise HearingError(f"{path} cannot be read as sound: {why}; give a WAV, FLAC or Ogg file.") from error
    sound = np.clip(np.nan_to_num(sound), -1, 1).mean(axis=1)
    if rate != RATE_HZ:
        sound = soxr.resample(sound, rate, RATE_HZ)
    samples = np.clip(np.round(sound * _FULL_SCALE), -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)
    return samples, _note(path, samples, rate, length_s, cut)


def _is_cut(header: str) -> bool:
    """-> whether a WAV file's header promises more sound than there is. A pipe that knows no length promises 2 GB."""
    promised = re.search(r"^data : (\d+) \(should be \d+\)", header, re.MULTILINE)
    return promised is not None and int(promised[1]) < _NO_LENGTH


def _note(path: Path, samples: Samples, rate: int, length_s: float, cut: bool) -> str:
    """-> what is the matter, or ""; of a long file also that its beginning alone was heard."""
    long = f"{path} is {length_s:.0f} s long: only the first {LONGEST_S:.0f} s were heard"
    return "; ".join(filter(None, [long if length_s > LONGEST_S else "", _poor(path, samples, rate, cut)]))


def _poor(path: Path, samples: Samples, rate: int, cut: bool) -> str:
    if len(samples) < RATE_HZ // 10:
        return f"{path} holds {len(samples) / RATE_HZ:.2f} s of sound: too short for a word; is it cut off?"
    if 10 * np.log10((samples.astype(np.float64) ** 2).mean() / _FULL_SCALE**2 + 1e-12) < _SILENT_DB:
        return f"{path} is silent; is the microphone muted?"
    if cut:
        return f"{path} is cut off: it ends earlier than it says, and was heard so far; copy it again"
    if (np.abs(samples.astype(np.int32)) >= _FULL_SCALE - 1).mean() > _CLIPPED:
        return f"{path} is clipped: the recording was too loud; turn the microphone down"
    if rate < RATE_HZ:
        return f"{path} has {rate} samples a second: below {RATE_HZ} the ear misses s, f and th"
    return ""


def heard(samples: Samples, ear: Ear, task: Task, again: Second | None = None) -> tuple[Recognised | Nothing, float]:
    """-> the same as `listen_to`, and of a loud room what `again` understands of the whole recording."""
    first, waited_s = listen_to(samples, ear.listen(task, seconds=LONGEST_S, gated=False))
    if again is None or first.snr_db >= limits.LOUD_ROOM_DB:
        return first, waited_s
    started = time.perf_counter()
    window = again.listen(math.inf)
    result = window.feed(samples)
    while isinstance(result, Nothing):  # the next attempt may be understood
        result = window.feed(samples[:0])
    result = result or window.close()
    if isinstance(result, Nothing):
        return first, waited_s
    return replace(result, snr_db=first.snr_db), waited_s + time.perf_counter() - started


def listen_to(
    samples: Samples, listener: Listener, clock: Callable[[], float] = time.perf_counter
) -> tuple[Recognised | Nothing, float]:
    """-> (the first phrase of a recording, or Nothing; seconds by which computing delayed it, by `clock`).

    What was not understood does not end a recording as it ends a window: the next attempt may be."""
    behind_s = 0.0
    for begin in range(0, len(samples), BLOCK):
        started = clock()
        result = listener.feed(samples[begin : begin + BLOCK])
        behind_s += clock() - started
        if isinstance(result, Recognised):
            return result, behind_s
        behind_s = max(0.0, behind_s - BLOCK / RATE_HZ)
    return listener.close(), behind_s


Tasks = dict[str | None, tuple[Task, Second | None]]
"""A grammar's folder, or None for the closed language -> what is listened for, and who is asked again."""


def serve(ear: Ear, questions: IO[str], answers: IO[str], again: Second | None = None) -> None:
    """Speaks the protocol of the shared evaluation: {"wav", "grammar"?} a line in, {"text", "reject", ...} a line out.

    A grammar is a folder with `dfa.json`; without one the closed language is heard, with intent and slots, and in loud
    rooms by `again`. What cannot be answered is rejected with an "error", and the next line is read."""
    tasks: Tasks = {None: (ear.task(), again)}
    for line in questions:
        if line.strip():
            answers.write(json.dumps(_answer(ear, tasks, line)) + "\n")
            answers.flush()


def _answer(ear: Ear, tasks: Tasks, line: str) -> dict[str, Any]:
    try:
        wav, grammar = _question(line)
        if grammar is not None and grammar not in tasks:
            task = Task(ear.network(automaton_of(Path(grammar))), unnamed)
            tasks[grammar] = task, _cleaned(ear, lambda *_: task, gated=False)
        samples, _ = read(wav)
    except HearingError as error:
        return {"text": "", "reject": True, "error": str(error)}
    result, waited_s = heard(samples, ear, *tasks[grammar])
    known: dict[str, Any] = {"snr_db": round(result.snr_db, 1), "loss": round(min(result.loss, 99.0), 3)}
    if isinstance(result, Nothing):
        return {"text": result.nearest, "reject": True, **known}
    meaning = {"intent": result.intent, "slots": dict(result.slots)} if result.intent else {}
    known |= {"after_end_s": result.after_end_s + waited_s, "engine": result.engine}
    return {"text": result.text, "reject": False, **meaning, **known}


def _question(line: str) -> tuple[Path, str | None]:
    """-> the file and the grammar's folder a line asks about. Raises HearingError."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"wav": str(wav), "grammar": str(grammar)}:
            return Path(wav), grammar
        case {"wav": str(wav), **more} if more.get("grammar") is None:
            return Path(wav), None
    raise HearingError('A line is {"wav": FILE} or {"wav": FILE, "grammar": FOLDER}.')


def unnamed(text: str) -> Meaning:
    """A sentence of somebody else's language: it has no intent of ours."""
    return Meaning("", {})


def automaton_of(folder: Path) -> Automaton:
    """-> the automaton of a folder's `dfa.json`: {"start", "finals", "arcs": {state: {word: state}}}, its states whole
    numbers, and without circles. Raises HearingError."""
    try:
        table = json.loads((folder / "dfa.json").read_text("utf-8"))
        arcs = {int(state): dict(following) for state, following in table["arcs"].items()}
        return _numbered(table["start"], table["finals"], arcs)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise HearingError(f"{folder} holds no grammar: {error!r}; it needs a dfa.json") from error


def _numbered(start: int, finals: Sequence[int], arcs: Mapping[int, Mapping[str, int]]) -> Automaton:
    """-> the automaton with its start as 0. Raises ValueError or TypeError where it is none."""
    states = {start, *finals, *arcs, *(to for following in arcs.values() for to in following.values())}
    if not all(type(state) is int for state in states):
        raise ValueError("a state is no whole number")
    TopologicalSorter({state: following.values() for state, following in arcs.items()}).prepare()  # finds circles
    number = {state: n for n, state in enumerate([start, *sorted(states - {start})])}
    tables = tuple({word: number[to] for word, to in arcs.get(state, {}).items()} for state in number)
    automaton = Automaton(tables, {number[final]: "" for final in finals})
    empty, *longer = automaton.sentences()
    if empty or not any(longer):
        raise ValueError("it has no sentence" if not empty else "a sentence has no word")
    return automaton


def language() -> Language:
    """-> the closed language this device ships with."""
    folder = phrases()
    return Language.load([(folder / "en.yaml").read_text("utf-8")], (folder / "nouns.txt").read_text("utf-8"))


if __name__ == "__main__":
    ear = Ear(language())
    serve(ear, sys.stdin, sys.stdout, second(ear, None, gated=False))
