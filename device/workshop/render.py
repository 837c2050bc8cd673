"""Where the telling's sound comes from: rendered in a child that may die, kept as Opus, one sentence at a time.

Somebody who waits is served before what is rendered ahead. Nothing here loads a neural network: the child does.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.events import Doing, Listen, Prepare, Sentence
from device.workshop import voices
from device.workshop.cache import RATE_HZ, Cache, key
from device.workshop.casting import Casting
from device.workshop.child import Child, GaveWayError, UnloadableError, UnstoredError
from device.workshop.preparing import Preparing
from device.workshop.voices import Way

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
_A_TEXT, _KEEPING = "a text", "keeping"
"""What may be in trouble beside a model: saying one text, and keeping what was rendered."""
_SHRINK_AFTER = 200
"""Sentences rendered ahead between two looks at the cache's size."""


class Workshop:
    """The sounds of one teller; `data_dir` holds voices/ and cache/. Raises VoiceError for an unknown one."""

    rate_hz = RATE_HZ

    def __init__(
        self,
        data_dir: Path,
        voice_name: str = "max",
        child: Child | None = None,
        report: Callable[[str], object] = lambda trouble: None,
    ) -> None:
        """`report` is told, from any thread, what does not work whenever that changes: a sentence, or nothing."""
        self.name, self._data_dir, self._report = voice_name, data_dir, report
        self._teller = voices.teller(voice_name, data_dir)
        self._casting, self._preparing = Casting(self._teller, data_dir), Preparing(data_dir, self._note)
        self._cache = Cache(data_dir / "cache" / "speech")
        self._child = child or Child(data_dir)
        self._turn = threading.Lock()  # whoever holds it talks with the child
        self._changed = threading.Condition()  # guards the four below
        self._queue: deque[Sentence] = deque()
        self._waiting, self._ahead_now, self._closed = 0, False, False
        self._pace, self._warm_until_s, self._warm_pid = _PACE, 0.0, 0
        self._trial = Sentence(_TRIAL_TEXT, self._teller.voice.name, scale=self._teller.voice.own.rates[0].scale)
        self._troubles: dict[str, str] = {}
        self.lost = 0
        """Sentences that somebody waited for and no voice could say, or not to their end."""
        self._thread = threading.Thread(target=self._render_ahead, name="workshop", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """What does not work, as sentences; the evening goes on."""
        return " ".join(self._troubles.values())

    def _note(self, part: str, trouble: str) -> None:
        """A model, "keeping", or a text of its own is in trouble, or no longer."""
        before = self.trouble
        if trouble:
            self._troubles[part] = trouble
        else:
            self._troubles.pop(part, None)
        if self.trouble != before:
            self._report(self.trouble)

    def do(self, doing: Doing, /) -> None:
        """An Act for Prepare, and for Listen by day: what is asked for then may have to be told at once."""
        match doing:
            case Prepare(sentences=sentences, warm_s=warm_s, instead=instead):
                self.prepare(sentences, instead=instead)
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
        ways = self._casting.ways(sentence)
        return bool(ways) and self._cache.has(key(sentence.text, ways[0]))

    def sound(self, sentence: Sentence) -> Any:
        """-> float32[n] at `rate_hz`; a moment of silence where there is nothing to say. Raises VoiceError."""
        if (stored := self._stored(sentence, self._cache.read)) is not None:
            return stored
        return np.concatenate(list(self._chunks(sentence, quick=False)))

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        """-> the same in chunks: what is stored at once, else the first clause as soon as the rest can follow in time.

        Raises VoiceError, perhaps after some chunks. Nothing else is rendered until it was read to its end or closed.
        """
        if (stored := self._stored(sentence, self._cache.blocks)) is not None:
            yield from stored
            return
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

    def prepare(self, sentences: Iterable[Sentence], *, instead: bool = False) -> None:
        """Renders these ahead, in order, while nobody waits; what was queued before comes after them, or is let go."""
        wanted = dict.fromkeys(sentences)
        with self._changed:
            before = () if instead else self._queue
            self._queue = deque(dict.fromkeys([*wanted, *before]))
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
        return voices.in_use(self.name, self._data_dir, self._casting.broken)[1]

    def close(self) -> None:
        """Ends the child; what was queued is left."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()
        self._child.close()
        self._thread.join()
        self._child.kill()  # the thread may have begun another
        self._preparing.close()

    # --- one sentence ----------------------------------------------------------------------------------------------

    def _stored(self, sentence: Sentence, read: Callable[[str], Any]) -> Any:
        """-> what is read of the sentence as it should be, or as it was rendered while somebody waited; or None."""
        for way in [*self._casting.ways(sentence)[:1], *self._casting.ways(sentence, live=True)[:1]]:
            if (stored := read(key(sentence.text, way))) is not None:
                return stored
        return None

    def _chunks(self, sentence: Sentence, quick: bool) -> Iterator[Any]:
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
        while ways := self._casting.ways(sentence, live=not ahead):
            if self._closed:
                raise VoiceError("The workshop is closed: nothing more is rendered.")
            way = ways[0]
            self._preparing.begin(way)
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
                self._note(_A_TEXT, "")
                return
            except UnloadableError as fault:
                self._casting.broken[way.model] = str(fault)
                self._note(way.model, str(fault))
            except (GaveWayError, UnstoredError):
                raise
            except VoiceError as fault:
                self._casting.blame(sentence.text, fault)
                self._note(_A_TEXT, str(fault))
                if begun:
                    break
        self.lost += not ahead
        raise VoiceError(f"No voice could say {sentence.text[:60]!r}. {self.trouble}")

    def _note_pace(self, way: Way) -> None:
        if way.model == self._teller.voice.own.model:
            self._warm_pid = self._child.pid
        took = self._child.took
        if took.get("sound_s", 0.0) > _LEAST_MEASURED_S:
            voices.note_pace(way.model, self._data_dir, took["cpu_s"] / took["sound_s"])

    # --- ahead -----------------------------------------------------------------------------------------------------

    def _render_ahead(self) -> None:
        written = 0
        while (sentence := self._next()) is not None:
            try:
                with self._turn:
                    if sentence is self._trial or not self.ready(sentence):
                        list(self._render(sentence, ahead=True))
                        self._note(_KEEPING, "")
                        if written % _SHRINK_AFTER == 0:
                            self._cache.shrink()
                        written += 1
            except GaveWayError:
                if sentence is not self._trial:
                    self.prepare([sentence])
            except UnstoredError as fault:
                self._note(_KEEPING, f"{fault} It is rendered as it is told. Make room on the disk.")
                with self._changed:
                    self._queue.clear()  # the rest could not be kept either
            except VoiceError:
                self._warm_until_s = 0.0  # it is noted already, and would come again at once

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
