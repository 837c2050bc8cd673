"""Plays a Room (night/curves) in a thread: 50 times a second while it changes, asleep while it is steady."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Condition, Thread

from device.events import Doing, Now
from device.night.curves import Breath, Pulses, Room

FRAME_S = 0.02


class Player:
    """One thread that shows a room's levels as time goes by; shared by light and wearable.

    show: sets the hardware; returns True where it needs another frame although the room is steady.
    part: which exercise of the room to watch; `ended` is told its id when it came to its end by itself.
    idle_s: how often to show a steady room again; None for never.
    """

    def __init__(
        self,
        name: str,
        now: Now,
        show: Callable[[Room, datetime], bool],
        part: Callable[[Room], Breath | Pulses | None],
        ended: Callable[[str], None],
        idle_s: float | None = None,
    ) -> None:
        self._now, self._show, self._part, self._ended, self._idle_s = now, show, part, ended, idle_s
        self._room, self._at = Room(), now()
        self._changed, self._closing = Condition(), False
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, doing: Doing) -> None:
        with self._changed:
            before, self._room = self._room, self._room.after(doing, self._tick())
            if self._room != before:
                self._changed.notify()

    def close(self) -> None:
        """Ends the thread; the hardware is left as it is."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                at = self._tick()
                before, self._room = self._room, self._room.over(at)
                busy = self._show(self._room, at) or self._room.steady_after(at) is not None
                if (over := self._part(before)) and not self._part(self._room):
                    self._ended(over.id)
                self._changed.wait(FRAME_S if busy else self._idle_s)

    def _tick(self) -> datetime:
        """The time; where the clock was set back, the room goes with it, so that nothing comes back hours later."""
        at = self._now()
        if at < self._at:
            self._room = self._room.moved(at - self._at)
        self._at = at
        return at
