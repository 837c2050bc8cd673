"""The clock hands over the night's moments at their time, and notices when the wall clock jumps.

The home of APScheduler, which sleeps through a step of the wall clock: a watch compares it with the monotonic one
and lays the moments again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from time import monotonic

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from device.events import Doing, Lay, Moment, Now, Put, Stepped

STEP_LIMIT_S = 1.0
"""A difference this large is a step: daily drift and slewing stay far below it."""
LOOK_S = 0.5
"""Seconds between two looks of the watch; DESIGN allows 2 s until a step is noticed."""


class Clock:
    """An Act for Lay, a Sense for Moment and Stepped.

    Moments that a step has passed over come at once, after its Stepped: the night decides what being late means.
    """

    def __init__(self, put: Put, now: Now, *, step_limit_s: float = STEP_LIMIT_S) -> None:
        self._put, self._now, self._limit_s = put, now, step_limit_s
        self._laid: dict[tuple[datetime, str], None] = {}
        self._lock = Lock()
        self._reference = self._read()
        # The moments run on the scheduler's own thread, in their order: all they do is put.
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": DebugExecutor()})
        self._scheduler.start()
        self._closing = Event()
        self._watch = Thread(target=self._look_on, name="clock", daemon=True)
        self._watch.start()

    def do(self, doing: Doing) -> None:
        match doing:
            case Lay(moments=moments):
                with self._lock:
                    self._laid = dict.fromkeys(moment for moment in moments if self._left_s(moment[0]) > 0)
                    self._hand_over()

    def look(self) -> None:
        """Compares the wall clock with the monotonic one; the watch does so every half second."""
        with self._lock:
            wall, ticks = self._read()
            step_s = (wall - self._reference[0]).total_seconds() - (ticks - self._reference[1])
            self._reference = wall, ticks
            if abs(step_s) >= self._limit_s:
                self._put(Stepped(at=self._now(), step_s=step_s))
                self._hand_over()

    def close(self) -> None:
        self._closing.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)

    def _look_on(self) -> None:
        while not self._closing.wait(LOOK_S):
            self.look()

    def _read(self) -> tuple[datetime, float]:
        return self._now().astimezone(UTC), monotonic()

    def _left_s(self, due: datetime) -> float:
        # In UTC: within one zone Python subtracts what the clock on the wall shows, an hour wrong when it is put back.
        return (due.astimezone(UTC) - self._now().astimezone(UTC)).total_seconds()

    def _hand_over(self) -> None:
        self._scheduler.remove_all_jobs()
        for due, name in tuple(self._laid):
            self._hand(due, name)

    def _hand(self, due: datetime, name: str) -> None:
        """The scheduler counts real seconds from its own clock; with a real `now` that is `due` itself."""
        run_date = datetime.now(UTC) + timedelta(seconds=self._left_s(due))
        kept = {"run_date": run_date, "misfire_grace_time": None, "coalesce": True}
        self._scheduler.add_job(self._reach, "date", (due, name), **kept)

    def _reach(self, due: datetime, name: str) -> None:
        # Takes no lock: the scheduler holds its own here, which `_hand_over` waits for under ours.
        if (due, name) not in self._laid:
            return
        if self._left_s(due) > 0:
            self._hand(due, name)
        else:
            self._laid.pop((due, name), None)
            self._put(Moment(at=self._now(), name=name, due=due))
