"""Sentences fetched and finished in a thread of their own, a few ahead of the one that sounds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from threading import Condition, Thread
from typing import Any

import numpy as np

from device.acts.finishing import VOICE_LUFS, Sound, finish, finish_live, warmed_lufs
from device.errors import VoiceError
from device.events import Sentence, Sounds

AHEAD = 3
"""How many sentences after the one that sounds are fetched."""
_LEAST_HEARD_S = 0.5
"""A shorter sentence, or a moment of silence, tells nothing about how loud a voice is."""


@dataclass(slots=True)
class Line:
    """What is there of a sentence."""

    parts: list[Sound] = field(default_factory=list)
    """They join without a seam."""
    whole: bool = False
    """No more is to come."""
    fault: VoiceError | None = None
    """Why no more is to come, where that was not the end."""
    taken: bool = False
    """Somebody has begun to hear it."""


class Fetch:
    """The finished sounds of one score, from `begin` on, in order.

    The first comes in parts, so that it begins at once; so does what is not rendered yet.
    """

    def __init__(
        self,
        sounds: Sounds,
        sentences: tuple[Sentence, ...],
        begin: int,
        arrived: Callable[[], None] | None,
        heard: dict[str, float],
    ) -> None:
        """`arrived` is called from the fetching thread after each part; without it, `get` waits for whole sentences.

        `heard` keeps from one score to the next how loud each voice was (LUFS, warmed).
        """
        self._heard = heard
        self._sounds, self._sentences, self._arrived = sounds, sentences, arrived
        self._lines: dict[int, Line] = {}
        self._reached = begin
        self._closed = False
        self._changed = Condition()
        Thread(target=self._run, args=(begin,), name="fetching", daemon=True).start()

    def get(self, index: int) -> Line | None:
        """-> the sentence as far as it is there, None where nothing is. Lets go of those before it."""
        with self._changed:
            self._reached = index
            for old in [i for i in self._lines if i < index]:
                del self._lines[old]
            self._changed.notify_all()
            if self._arrived is None:
                self._changed.wait_for(lambda: index in self._lines)
            if (line := self._lines.get(index)) is None:
                return None
            line.taken = True
            return replace(line, parts=list(line.parts))

    def close(self) -> None:
        """No more is fetched; a rendering that runs is left at its next part."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self, begin: int) -> None:
        for index in range(begin, len(self._sentences)):
            with self._changed:
                while index > self._reached + AHEAD and not self._closed:
                    self._changed.wait()
            line = Line()
            try:
                for part in self._parts(self._sentences[index], line, awaited=index == begin):
                    if self._closed:
                        return
                    self._give(index, line, part)
            except VoiceError as fault:
                line.fault = fault
            except Exception as fault:  # the edge of an act: a telling outlives whatever a voice does
                text = self._sentences[index].text[:40]
                line.fault = VoiceError(f'"{text}" cannot be spoken: {fault!r}. The telling goes on after it.')
            if self._closed:
                return
            line.whole = True
            self._give(index, line, None)

    def _give(self, index: int, line: Line, part: Sound | None) -> None:
        with self._changed:
            line.parts += [part] if part is not None else []
            self._lines[index] = line
            self._changed.notify_all()
        if self._arrived:
            self._arrived()

    def _parts(self, sentence: Sentence, line: Line, *, awaited: bool) -> Iterator[Sound]:
        """-> the sentence, in parts where somebody waits: for the first of all, or for what is not rendered yet."""
        if self._closed:
            return
        rate_hz, dry = self._sounds.rate_hz, list[Any]()
        if self._arrived is None or (self._sounds.ready(sentence) and not awaited):
            yield finish(self._sounds.sound(sentence), rate_hz, sentence.level_db)
            return
        with closing(self._sounds.stream(sentence)) as chunks:
            expected = self._heard.get(sentence.voice, VOICE_LUFS)
            yield from finish_live(_kept(chunks, dry), rate_hz, sentence.level_db, expected)
        if sum(map(len, dry)) > _LEAST_HEARD_S * rate_hz:
            lufs = warmed_lufs(np.concatenate(dry), rate_hz)
            self._heard[sentence.voice] = lufs if sentence.voice not in self._heard else (expected + lufs) / 2
        if dry and not line.taken:  # nobody waited: then by its own loudness, as it will be from the cache
            exact = finish(np.concatenate(dry), rate_hz, sentence.level_db)
            with self._changed:
                if not line.taken:
                    line.parts[:] = [exact]


def _kept(chunks: Generator[Any, None, None], dry: list[Any]) -> Iterator[Any]:
    for chunk in chunks:
        dry.append(chunk)
        yield chunk
