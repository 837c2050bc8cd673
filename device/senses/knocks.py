"""Browsers that knock, and wait for somebody at the box to press its button: presence in the room is the key.

A child holds the story button (a short press asks for a story, and must not let in a stranger who happened to
knock); a new box is claimed with any press. Where two browsers knock at once neither comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Want: TypeAlias = Literal["claim", "child"]
State: TypeAlias = Literal["none", "waiting", "crowded", "open"]

OPEN_S = 120.0
"""How long a knock waits for a press, and how long the door stays open after it."""
_MOST = 16


@dataclass
class _Knock:
    want: Want
    until: float
    state: State = "waiting"


class Knocks:
    def __init__(self) -> None:
        self._knocks: dict[str, _Knock] = {}

    def knock(self, browser: str, want: Want, now: float) -> None:
        """`browser` (a random name only it knows) begins to wait. `now` in seconds, of whatever clock."""
        self._forget(now)
        if len(self._knocks) < _MOST or browser in self._knocks:
            self._knocks[browser] = _Knock(want, now + OPEN_S)

    def pressed(self, long: bool, now: float) -> None:
        """The story button: opens the door for the one that waits."""
        self._forget(now)
        waiting = [k for k in self._knocks.values() if k.state == "waiting" and (long or k.want == "claim")]
        for knock in waiting:
            knock.state = "open" if len(waiting) == 1 else "crowded"
            knock.until = now + OPEN_S

    def state(self, browser: str, want: Want, now: float) -> State:
        self._forget(now)
        knock = self._knocks.get(browser)
        return knock.state if knock and knock.want == want else "none"

    def done(self, browser: str) -> None:
        """It came in; the door closes behind it."""
        self._knocks.pop(browser, None)

    def _forget(self, now: float) -> None:
        self._knocks = {browser: knock for browser, knock in self._knocks.items() if now < knock.until}
