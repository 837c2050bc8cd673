"""Where the telling's sound comes from: rendered in a child that may die, kept as Opus, one sentence at a time.

Somebody who waits is served before what is rendered ahead. A text that killed the child twice is left to the last
fallback, and skipped where that dies too. Nothing here loads a neural network: the child does.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.events import Doing, Listen, Prepare, Sentence
from device.workshop import catalogue, voices
from device.workshop.cache import RATE_HZ, Cache, key
from device.workshop.child import Child, DiedError, GaveWayError, UnloadableError, UnstoredError
from device.workshop.voices import Way

_DEATHS = 2
"""So often may one text kill the child before the last fallback is asked; once more, and it is skipped."""
_LOOK_S = 30.0
"""The least often that an ended child is taken note of."""
_WARM_LOOK_S = 8.0
"""The same while the child is kept warm; it ends by itself after 20 s in which it heard nothing."""
_WARM_AFTER_S = 15.0
"""How long it stays warm after a listening window."""
_TRIAL_TEXT = "The little boat went out of the harbour, and the moon went with it."
"""Loads the voice, and is long enough to measure its pace by."""
_LEAST_MEASURED_S = 2.0
_PACE = 0.1
"""Wall seconds for a second of speech, before any was heard."""
_SHRINK_AFTER = 200
"""Sentences rendered ahead between two looks at the cache's size."""


class Workshop:
    """The sounds of one teller; `data_dir` holds voices/ and cache/. Raises VoiceError for an unknown one."""

    rate_hz = RATE_HZ

    def __init__(self, data_dir: Path, voice_name: str = "max", child: Child | None = None) -> None:
        self.name, self._data_dir = voice_name, data_dir
        self._teller = voices.teller(voice_name, data_dir)
        self._cache = Cache(data_dir / "cache" / "speech")
        self._child = child or Child(data_dir)
        self._turn = threading.Lock()  # whoever holds it talks with the child
        self._changed = threading.Condition()  # guards the four below
        self._queue: deque[Sentence] = deque()
        self._waiting, self._ahead_now, self._closed = 0, False, False
        self._deaths: dict[str, int] = {}
        self._preparing: dict[str, subprocess.Popen[bytes]] = {}
        self._pace, self._warm_until_s, self._warm_pid = _PACE, 0.0, 0
        self._trial = Sentence(_TRIAL_TEXT, self._teller.voice.name, scale=self._teller.voice.own.rates[0].scale)
        self.broken: dict[str, str] = {}
        """Models that could not be loaded, and why; the next in line speaks for them."""
        self.trouble = ""
        """What went wrong last, as a sentence; the evening went on."""
        self._thread = threading.Thread(target=self._render_ahead, name="workshop", daemon=True)
        self._thread.start()

    def do(self, doing: Doing, /) -> None:
        """An Act for Prepare, and for Listen by day: what is asked for then may have to be told at once."""
        match doing:
            case Prepare(sentences=sentences, warm_s=warm_s):
                self.prepare(sentences)
                self.warm(warm_s)
            case Listen(seconds=seconds, few=False):
                self.warm(seconds + _WARM_AFTER_S)

    def warm(self, seconds: float) -> None:
        """Keeps the voice loaded for so long from now."""
        with self._changed:
            self._warm_until_s = max(self._warm_until_s, time.monotonic() + seconds)
            self._changed.notify_all()

    def ready(self, sentence: Sentence) -> bool:
        """Whether `sound` would answer at once."""
        ways = self._ways(sentence)
        return bool(ways) and self._cache.path(key(sentence.text, ways[0])).is_file()

    def sound(self, sentence: Sentence) -> Any:
        """-> float32[n] at `rate_hz`; a moment of silence where there is nothing to say. Raises VoiceError."""
        return np.concatenate(list(self._chunks(sentence, quick=False)))

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        """-> the same in chunks, the first clause as soon as the rest can follow without a gap.

        Raises VoiceError, perhaps after some chunks. Nothing else is rendered until it was read to its end or closed.
        """
        held, held_s, begun_s, sound_s = list[Any](), 0.0, 0.0, 0.0
        for chunk in self._chunks(sentence, quick=True):
            begun_s = begun_s or time.monotonic()
            sound_s += len(chunk) / RATE_HZ
            if held_s < _enough_s(self._pace):
                held.append(chunk)
                held_s = sound_s
                if held_s < _enough_s(self._pace):
                    continue
                chunk = np.concatenate(held)
            yield chunk
        if held and held_s < _enough_s(self._pace):
            yield np.concatenate(held)
        if sound_s > _LEAST_MEASURED_S:
            self._pace += ((time.monotonic() - begun_s) / sound_s - self._pace) / 2

    def prepare(self, sentences: Iterable[Sentence]) -> None:
        """Renders these ahead, in order, while nobody waits; what was queued before comes after them."""
        wanted = list(dict.fromkeys(sentences))
        with self._changed:
            self._queue = deque([*wanted, *(each for each in self._queue if each not in wanted)])
            self._changed.notify_all()

    def left(self) -> int:
        """-> how many sentences are still to be rendered ahead."""
        with self._changed:
            return len(self._queue) + self._ahead_now

    def wait(self, timeout_s: float) -> bool:
        """Waits until nothing is left to be rendered ahead -> whether it came to that in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._ahead_now, timeout_s)

    def in_use(self) -> str:
        """-> which voice speaks and why, in a sentence. Raises VoiceError where none is left."""
        return voices.in_use(self.name, self._data_dir, self.broken)[1]

    def close(self) -> None:
        """Ends the child; what was queued is left."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()
        self._child.close()
        self._thread.join()
        self._child.kill()  # the thread may have begun another
        for process in self._preparing.values():
            process.terminate()
            process.communicate()

    # --- one sentence ----------------------------------------------------------------------------------------------

    def _chunks(self, sentence: Sentence, quick: bool) -> Iterator[Any]:
        for way in [*self._ways(sentence)[:1], *self._ways(sentence, live=True)[:1]]:
            if (stored := self._cache.read(key(sentence.text, way))) is not None:
                yield stored
                return
        with self._changed:
            self._waiting += 1
            if self._ahead_now:
                self._child.give_way()
        try:
            with self._turn:
                yield from self._render(sentence, ahead=False, quick=quick)
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def _render(self, sentence: Sentence, *, ahead: bool, quick: bool = False) -> Iterator[Any]:
        """-> chunks (none where it is rendered ahead); the caller holds the turn. Raises VoiceError or GaveWayError."""
        begun = False
        while ways := self._ways(sentence, live=not ahead):
            way = ways[0]
            self._prepare_voice(way)
            request = {
                "text": sentence.text,
                **asdict(way),
                "key": key(sentence.text, way),
                "ahead": ahead,
                "quick": quick,
            }
            try:
                for chunk in self._child.say(request):
                    begun = True
                    yield chunk
                self._note_pace(way)
                return
            except UnloadableError as fault:
                self.broken[way.model] = self.trouble = str(fault)
            except (GaveWayError, UnstoredError):
                raise
            except VoiceError as fault:
                self._blame(sentence.text, fault)
                if begun:
                    break
        raise VoiceError(f"No voice could say {sentence.text[:60]!r}. {self.trouble}")

    def _note_pace(self, way: Way) -> None:
        if way.model == self._teller.voice.own.model:
            self._warm_pid = self._child.pid
        took = self._child.took
        if took.get("sound_s", 0.0) > _LEAST_MEASURED_S:
            voices.note_pace(way.model, self._data_dir, took["cpu_s"] / took["sound_s"])

    def _ways(self, sentence: Sentence, *, live: bool = False) -> list[Way]:
        """-> how it may be rendered, best first; none where every voice failed on it.

        `live` leaves a voice out that this board is too slow for, as long as there is another.
        """
        deaths = self._deaths.get(sentence.text, 0)
        ways = [
            way
            for way in self._teller.ways(sentence)
            if way.model not in self.broken and voices.find(way.model, self._data_dir)
        ]
        if live:
            fast = [way for way in ways if voices.measured_pace(way.model, self._data_dir) <= voices.MOST_LIVE]
            ways = fast or ways
        return ways if deaths < _DEATHS else ways[-1:] if deaths == _DEATHS else []

    def _blame(self, text: str, fault: VoiceError) -> None:
        before = self._deaths.get(text, 0)
        self._deaths[text] = before + 1 if isinstance(fault, DiedError) or before >= _DEATHS else _DEATHS
        self.trouble = str(fault)

    def _prepare_voice(self, way: Way) -> None:
        """Begins to make a Piper voice small at its first use; it speaks whole until that is done."""
        if begun := self._preparing.get(way.model):
            self._note_prepared(way.model, begun)
            return
        if way.engine != "piper" or catalogue.prepared(way.model, self._data_dir):
            return
        model, folder = voices.find(way.model, self._data_dir), catalogue.prepared_folder(way.model, self._data_dir)
        command = [sys.executable, "-P", "-m", "device.workshop.prepare", str(model), str(folder)]
        nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
        self._preparing[way.model] = subprocess.Popen(
            command, stdin=nothing, stdout=nothing, stderr=pipe, process_group=0
        )

    def _note_prepared(self, model: str, process: subprocess.Popen[bytes]) -> None:
        if process.poll() and process.stderr and not process.stderr.closed:
            self.trouble = (
                process.communicate()[1].decode(errors="replace").strip() or f"{model} could not be prepared."
            )

    # --- ahead -----------------------------------------------------------------------------------------------------

    def _render_ahead(self) -> None:
        written = 0
        while (sentence := self._next()) is not None:
            try:
                with self._turn:
                    if sentence is self._trial or not self.ready(sentence):
                        list(self._render(sentence, ahead=True))
                        if written % _SHRINK_AFTER == 0:
                            self._cache.shrink()
                        written += 1
            except GaveWayError:
                if sentence is not self._trial:
                    self.prepare([sentence])
            except UnstoredError as fault:
                self.trouble = str(fault)
                with self._changed:
                    self._queue.clear()  # the rest could not be kept either
            except VoiceError as fault:
                self.trouble, self._warm_until_s = str(fault), 0.0

    def _next(self) -> Sentence | None:
        """-> the next to be rendered ahead, once nobody waits; None at the end."""
        with self._changed:
            self._ahead_now = False
            self._changed.notify_all()
            while not self._closed:
                if self._queue and not self._waiting:
                    self._ahead_now = True
                    return self._queue.popleft()
                alive, warm = self._child.alive, time.monotonic() < self._warm_until_s  # a look leaves no zombie
                if warm and not self._waiting and not (alive and self._child.pid == self._warm_pid):
                    self._ahead_now = True
                    return self._trial
                if warm:
                    self._child.give_way()  # nothing to leave: but a word, so that it does not end
                self._changed.wait(_WARM_LOOK_S if warm else _LOOK_S)
        return None


def _enough_s(pace: float) -> float:
    """-> seconds of speech to have before it begins: what finishing holds back, and the next two windows' work."""
    return 0.06 + pace * (0.8 + pace)
