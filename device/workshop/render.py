"""Where the telling's sound comes from: rendered in a child that may die, kept as Opus, one sentence at a time.

Somebody who waits is served before what is rendered ahead. A text that killed the child twice is left to the last
fallback, and skipped where that dies too. Nothing here loads a neural network: the child does.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.events import Doing, Prepare, Sentence
from device.workshop import catalogue, voices
from device.workshop.cache import RATE_HZ, Cache, key
from device.workshop.child import Child, DiedError, GaveWayError, UnloadableError, UnstoredError
from device.workshop.voices import Way

_DEATHS = 2
"""So often may one text kill the child before the last fallback is asked; once more, and it is skipped."""
_LOOK_S = 30.0
"""The least often that an ended child is taken note of."""
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
        self.broken: dict[str, str] = {}
        """Models that could not be loaded, and why; the next in line speaks for them."""
        self.trouble = ""
        """What went wrong last, as a sentence; the evening went on."""
        self._thread = threading.Thread(target=self._render_ahead, name="workshop", daemon=True)
        self._thread.start()

    def do(self, doing: Doing, /) -> None:
        """An Act for Prepare."""
        if isinstance(doing, Prepare):
            self.prepare(doing.sentences)

    def ready(self, sentence: Sentence) -> bool:
        """Whether `sound` would answer at once."""
        ways = self._ways(sentence)
        return bool(ways) and self._cache.path(key(sentence.text, ways[0])).is_file()

    def sound(self, sentence: Sentence) -> Any:
        """-> float32[n] at `rate_hz`; a moment of silence where there is nothing to say. Raises VoiceError."""
        return np.concatenate(list(self._chunks(sentence, quick=False)))

    def stream(self, sentence: Sentence) -> Iterator[Any]:
        """-> the same in chunks, the first clause as soon as it is there. Raises VoiceError, perhaps after some chunks.

        Nothing else is rendered until it was read to its end or closed.
        """
        return self._chunks(sentence, quick=True)

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
        ways = self._ways(sentence)
        if ways and (stored := self._cache.read(key(sentence.text, ways[0]))) is not None:
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
        while ways := self._ways(sentence):
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

    def _ways(self, sentence: Sentence) -> list[Way]:
        """-> how it may be rendered, best first; none where every voice failed on it."""
        deaths = self._deaths.get(sentence.text, 0)
        ways = [
            way
            for way in self._teller.ways(sentence)
            if way.model not in self.broken and voices.find(way.model, self._data_dir)
        ]
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
        command = [sys.executable, "-m", "device.workshop.prepare", str(model), str(folder)]
        nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
        self._preparing[way.model] = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=pipe)

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
                    if not self.ready(sentence):
                        list(self._render(sentence, ahead=True))
                        if written % _SHRINK_AFTER == 0:
                            self._cache.shrink()
                        written += 1
            except GaveWayError:
                self.prepare([sentence])
            except UnstoredError as fault:
                self.trouble = str(fault)
                with self._changed:
                    self._queue.clear()  # the rest could not be kept either
            except VoiceError as fault:
                self.trouble = str(fault)

    def _next(self) -> Sentence | None:
        """-> the next to be rendered ahead, once nobody waits; None at the end."""
        with self._changed:
            self._ahead_now = False
            self._changed.notify_all()
            while not self._closed:
                if self._queue and not self._waiting:
                    self._ahead_now = True
                    return self._queue.popleft()
                self._changed.wait(_LOOK_S)
                self._child.alive  # noqa: B018  # takes note of a child that ended, so that no zombie stays
        return None
