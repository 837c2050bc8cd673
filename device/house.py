"""The house: one inbox, one night, the acts that carry out what it decides, and the loop that runs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self, TypeVar

from device.acts.notify import Count, Watchdog, notify, watchdog_s
from device.events import Act, Doing, Failed, Happening, Now, Sense, Started
from device.night.decide import decide
from device.night.night import Given, Night

LOOP_S = 1.0
"""The loop turns at least so often, so that the watchdog hears of it."""

Watcher = Callable[[Happening, Night, tuple[Doing, ...]], None]
"""Is told of every happening, the night after it, and what was done."""


Ahead = Callable[[Night, Night], None]
"""Is told of the night before and after a decision, before anything of it is done."""


Part = TypeVar("Part", bound=Sense)
Working = TypeVar("Working", bound=Act)


class House:
    """A context manager: leaving it closes every part, the last one opened first."""

    def __init__(self, given: Given, night: Night, now: Now) -> None:
        self.given, self.night, self.now = given, night, now
        self.acts: list[Act] = []
        self.watchers: list[Watcher] = []
        self.ahead: list[Ahead] = []
        self.counts: dict[str, Count] = {"loop": lambda: self._turns}
        """What the watchdog counts; each part that can hang without dying adds its own."""
        self._inbox: SimpleQueue[Happening | None] = SimpleQueue()
        self._parts, self._turns = ExitStack(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._parts.close()

    def keep(self, part: Part) -> Part:
        """-> the part, which is closed when the house is."""
        return self._parts.enter_context(closing(part))

    def act(self, part: Working) -> Working:
        """-> the part, which is kept and told every doing from now on."""
        self.acts.append(part)
        return self.keep(part)

    def put(self, happening: Happening) -> None:
        """The inbox; any thread may put."""
        self._inbox.put(happening)

    def failed(self, part: str, fault: Exception) -> None:
        """A part that could not be opened; the evening goes on without it."""
        self.put(Failed(at=self.now(), part=part, reason=str(fault)))

    def start(self, seed: int) -> None:
        """The first happening of a device that came up. A night that goes on keeps its own seed."""
        if not self.night.seed:
            self.night = replace(self.night, seed=seed)
        self.step(Started(at=self.now(), seed=seed))

    def step(self, happening: Happening) -> None:
        """Decides and acts. A fault of ours costs this one happening, never the night."""
        happening, night, doings = self._decide(happening)
        for look in self.ahead:
            self._tell(happening, partial(look, self.night, night))
        self.night = night
        for doing in doings:
            for act in self.acts:
                self._do(act, doing)
        for watch in self.watchers:
            self._tell(happening, partial(watch, happening, night, doings))

    def _decide(self, happening: Happening) -> tuple[Happening, Night, tuple[Doing, ...]]:
        """-> what is decided, and about what: about a Failed where it could not be decided about `happening`."""
        try:
            return happening, *decide(self.night, happening, self.given)
        except Exception as fault:  # the edge of the core
            reason = f"The night could not decide about {type(happening).__name__}: {fault!r}. It goes on without it."
            failed = Failed(at=happening.at, part="night", reason=reason)
        try:
            return failed, *decide(self.night, failed, self.given)
        except Exception:  # the same fault in all it decides; it stays as it is
            return failed, self.night, ()

    def _tell(self, happening: Happening, watch: Callable[[], None]) -> None:
        """One watcher. A fault in it is told once: never about the telling of a fault, which would have no end."""
        try:
            watch()
        except Exception as fault:  # the edge of the core
            if not isinstance(happening, Failed):
                reason = f"Something could not follow {type(happening).__name__}: {fault!r}. The evening goes on."
                self.put(Failed(at=self.now(), part="house", reason=reason))

    def _do(self, act: Act, doing: Doing) -> None:
        """One act. A fault of ours in it costs this one doing."""
        try:
            act.do(doing)
        except Exception as fault:  # the edge of the core
            part, what = type(act).__name__.lower(), type(doing).__name__
            self.put(Failed(at=self.now(), part=part, reason=f"The {part} could not do {what}: {fault!r}."))

    def run(self) -> None:
        """Takes what happened and decides, until `stop`."""
        watchdog, feed_s, fed_s = Watchdog(self.counts), watchdog_s(), time.monotonic()
        notify("READY=1")
        going = True
        while going:
            self._turns += 1
            going = self._turn()
            if feed_s and time.monotonic() - fed_s >= feed_s:
                fed_s = time.monotonic()
                watchdog.feed()
        notify("STOPPING=1")

    def stop(self) -> None:
        """Ends `run` after the happening at hand; for any thread or signal handler."""
        self._inbox.put(None)

    def _turn(self) -> bool:
        try:
            happening = self._inbox.get(timeout=LOOP_S)
        except Empty:
            return True
        if happening is not None:
            self.step(happening)
        return happening is not None
