"""Sentences fetched and finished in a thread of their own, a few ahead of the one that sounds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread

from device.acts.finishing import Sound, finish
from device.errors import VoiceError
from device.events import Sentence, Sounds

AHEAD = 3
"""How many sentences after the one that sounds are fetched."""


class Fetch:
    """The finished sounds of one score, from `begin` on, in order."""

    def __init__(
        self, sounds: Sounds, sentences: tuple[Sentence, ...], begin: int, arrived: Callable[[], None] | None
    ) -> None:
        """`arrived` is called from the fetching thread after each sentence; without it, `get` waits."""
        self._sounds, self._sentences, self._arrived = sounds, sentences, arrived
        self._fetched: dict[int, Sound | VoiceError] = {}
        self._reached = begin
        self._closed = False
        self._changed = Condition()
        Thread(target=self._run, args=(begin,), name="fetching", daemon=True).start()

    def get(self, index: int) -> Sound | VoiceError | None:
        """-> the sentence's sound, what went wrong, or None where it is not there yet. Lets go of those before it."""
        with self._changed:
            self._reached = index
            for old in [i for i in self._fetched if i < index]:
                del self._fetched[old]
            self._changed.notify_all()
            if self._arrived is None:
                self._changed.wait_for(lambda: index in self._fetched)
            return self._fetched.get(index)

    def close(self) -> None:
        """No more is fetched; a rendering that runs ends by itself and is thrown away."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self, begin: int) -> None:
        for index in range(begin, len(self._sentences)):
            with self._changed:
                while index > self._reached + AHEAD and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
            sound = self._finished(self._sentences[index])
            with self._changed:
                self._fetched[index] = sound
                self._changed.notify_all()
            if self._arrived:
                self._arrived()

    def _finished(self, sentence: Sentence) -> Sound | VoiceError:
        try:
            return finish(self._sounds.sound(sentence), self._sounds.rate_hz, sentence.level_db)
        except VoiceError as fault:
            return fault
        except Exception as fault:  # the edge of an act: a telling outlives whatever a voice does
            return VoiceError(f'"{sentence.text[:40]}" cannot be spoken: {fault!r}. The telling goes on after it.')
