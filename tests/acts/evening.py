"""A performance without a loudspeaker: driven by hand on a clock the test pushes."""

from __future__ import annotations

from threading import Event

from device.acts.performance import Performance
from device.events import Doing, Sentence, Tell
from tests.acts.bedroom import Clock, Inbox, Room, Tones, now, score

THREE = score("The moon was late.", "Nobody minded.", "It came anyway.")


class Evening:
    """A performance in a room that remembers."""

    def __init__(self, sounds: Tones | None = None, *, patient: bool = True) -> None:
        self.clock, self.inbox = Clock(), Inbox()
        self.room, self.sounds, self.arrived = Room(self.clock), sounds or Tones(), Event()
        wake = None if patient else self.arrived.set
        self.performance = Performance(self.inbox, now, self.sounds, self.room, 0.0, wake)

    def do(self, doing: Doing) -> None:
        self.performance.do(doing)
        self.performance.tick(self.clock())

    def run(self, seconds: float) -> None:
        end_s = self.clock() + seconds
        while (next_s := self.performance.tick(self.clock())) is not None and next_s <= end_s:
            self.clock.at_s = max(next_s, self.clock.at_s)
        self.clock.at_s = end_s
        self.performance.tick(end_s)

    def starts_s(self) -> list[float]:
        return [at_s - 1000 for at_s, _ in self.room.played]


def tell(sentences: tuple[Sentence, ...], id: str = "t1", begin: int = 0) -> Tell:
    return Tell(id=id, story="moon", title="Moon", sentences=sentences, begin=begin)
