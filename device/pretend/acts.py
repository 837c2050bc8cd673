"""Acts that nobody hears or sees: they take the time the real ones would and tell of their ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from device.events import Breathe, Buzz, Doing, Finished, Hush, Lay, Moment, Reached, Say, Sentence, Tell
from device.pretend.clock import Clock


class Telling:
    """Says and tells without a sound, in the time the score takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._id = clock, ""
        self._ends: list[datetime] = []
        """Of each sentence, its pause not counted in."""

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Say(id=id, sentences=sentences):
                self._play(id, sentences, tell=False)
            case Tell(id=id, sentences=sentences, begin=begin):
                self._play(id, sentences, begin, tell=True)
            case Hush(id=id, gently=True) if id == self._id:
                end = next((end for end in self._ends if end > self._clock.now()), self._clock.now())
                self._clock.cancel("telling")
                self._clock.put_at(Finished(at=end, id=id), "telling")
            case Hush(id=id) if id in ("", self._id):
                self._clock.cancel("telling")

    def _play(self, id: str, sentences: tuple[Sentence, ...], begin: int = 0, *, tell: bool) -> None:
        self._clock.cancel("telling")
        self._id, at, self._ends = id, self._clock.now(), []
        for number, sentence in enumerate(sentences[begin:], begin):
            if tell:
                self._clock.put_at(Reached(at=at, id=id, sentence=number), "telling")
            self._ends.append(at + timedelta(seconds=sentence.voice_s))
            at += timedelta(seconds=sentence.voice_s + sentence.pause_s)
        self._clock.put_at(Finished(at=at, id=id), "telling")

    def close(self) -> None:
        self._clock.cancel("telling")


class Room:
    """Light and wearable that shine on nobody: only their ends are told."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Breathe(id=id, seconds=seconds):
                self._end(id, seconds)
            case Buzz(id=id, count=count, on_s=on_s, off_s=off_s):
                self._end(id, count * (on_s + off_s))
            case Hush(id=""):
                self._clock.cancel("room")
            case Hush(id=id):
                self._clock.cancel(f"room {id}")

    def _end(self, id: str, seconds: float) -> None:
        self._clock.cancel("room")
        self._clock.put_at(Finished(at=self._clock.now() + timedelta(seconds=seconds), id=id), "room")

    def close(self) -> None:
        self._clock.cancel("room")


class Timetable:
    """Puts the moments that were laid when their time has come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(self, doing: Doing, /) -> None:
        if isinstance(doing, Lay):
            self._clock.cancel("moments")
            for due, name in doing.moments:
                self._clock.put_at(Moment(at=due, name=name, due=due), "moments")

    def close(self) -> None:
        self._clock.cancel("moments")
