"""Clocks for a pretend night: one that stands until it is pushed, one that runs faster than the wall's."""

from __future__ import annotations

import heapq
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from device.events import Happening, Put


@dataclass(order=True)
class _Due:
    at: datetime
    order: int
    happening: Happening = field(compare=False)
    group: str = field(compare=False)


class Clock:
    """A clock that stands still until it is pushed to the next thing that is due."""

    def __init__(self, start: datetime) -> None:
        self._now, self._due, self._count = start, list[_Due](), 0

    def now(self) -> datetime:
        return self._now

    def put_at(self, happening: Happening, group: str) -> None:
        """Lays a happening for its own `at`; `cancel(group)` takes it back."""
        self._count += 1
        heapq.heappush(self._due, _Due(max(happening.at, self.now()), self._count, happening, group))

    def cancel(self, group: str) -> None:
        self._due = [due for due in self._due if due.group != group]
        heapq.heapify(self._due)

    def push(self) -> Happening | None:
        """-> the next happening, with the clock now at its time; None where nothing is due any more."""
        if not self._due:
            return None
        due = heapq.heappop(self._due)
        self._now = due.at
        return due.happening

    def close(self) -> None:
        self._due.clear()


class FastClock(Clock):
    """A clock that runs `speed` times as fast as the wall's and puts what is due by itself.

    It counts from an anchor (a wall time and what this clock showed then), so that after a restart it is where it
    would have been, like a clock that ran on through a power cut.
    """

    def __init__(self, anchor: tuple[float, datetime], speed: float, put: Put) -> None:
        super().__init__(anchor[1])
        self._wall, self._start = anchor
        self._speed, self._put, self._changed, self._open = speed, put, threading.Condition(), True
        self._thread = threading.Thread(target=self._run, name="pretend clock", daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.time() - self._wall) * self._speed)

    def put_at(self, happening: Happening, group: str) -> None:
        with self._changed:
            super().put_at(happening, group)
            self._changed.notify()

    def cancel(self, group: str) -> None:
        with self._changed:
            super().cancel(group)

    def close(self) -> None:
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while self._open:
                wait_s = (self._due[0].at - self.now()).total_seconds() / self._speed if self._due else None
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
                else:
                    self._put(heapq.heappop(self._due).happening)
