"""The door's verbs: who is not inside yet, and how they come in.

door    {"browser"}                       -> {"claimed", "shortest", "claim", "child"}: this browser's knocks
knock   {"browser", "want"}               -> the same; "claim" a new box, or come in as the "child"
claim   {"browser", "secret"}             -> {"session", "who", "until"} | {"error": "short" | "closed"}
enter   {"secret"} or {"browser"}         -> {"session", "who", "until"} | {"error": "wrong" | "closed"}
                                             | {"error": "wait", "wait_s"}
invite  by a parent                       -> {"code", "until"}
leave                                     -> {}
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from device.errors import DeskError
from device.senses.keys import SHORTEST, Keys, Role
from device.senses.knocks import Knocks

_SHORTEST_NAME = 16
"""Characters of a browser's random name."""


class Door:
    """Used by the desk's thread alone. `clock` gives monotonic seconds."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys, self._clock, self._knocks = keys, clock, Knocks()

    def pressed(self, long: bool) -> None:
        """Somebody pressed the story button; holding it also ends every wait for a sign-in."""
        self._knocks.pressed(long, self._clock())
        if long:
            self._keys.forgive()

    def said(self, verb: str, message: Mapping[str, Any], who: Role | None) -> dict[str, Any]:
        said = {key: value for key, value in message.items() if isinstance(value, str)}
        browser, secret = said.get("browser", ""), said.get("secret", "")
        match verb:
            case "door":
                return self._state(browser)
            case "knock":
                return self._knock(browser, said.get("want", ""))
            case "claim":
                return self._claim(browser, secret)
            case "enter" if secret:
                return self._enter(secret, said.get("address", ""))
            case "enter":
                return self._let_in(browser)
            case "invite" if who is None:
                return {"error": "stranger"}
            case "invite" if who != "parent":
                return {"error": "forbidden"}
            case "invite":
                code, until = self._keys.invite()
                return {"who": who, "code": code, "until": until}
            case "leave":
                self._keys.leave(said.get("session", ""))
                return {}
        return {"error": "unknown"}

    def _state(self, browser: str) -> dict[str, Any]:
        now = self._clock()
        return {
            "claimed": self._keys.claimed,
            "shortest": SHORTEST,
            "claim": self._knocks.state(browser, "claim", now),
            "child": self._knocks.state(browser, "child", now),
        }

    def _knock(self, browser: str, want: str) -> dict[str, Any]:
        if len(browser) < _SHORTEST_NAME:
            return {"error": "unknown"}
        if want == "claim" and not self._keys.claimed:
            self._knocks.knock(browser, "claim", self._clock())
        if want == "child" and self._keys.claimed:
            self._knocks.knock(browser, "child", self._clock())
        return self._state(browser)

    def _claim(self, browser: str, secret: str) -> dict[str, Any]:
        if self._keys.claimed or self._knocks.state(browser, "claim", self._clock()) != "open":
            return {"error": "closed"}
        try:
            entry = self._keys.claim(secret)
        except DeskError:
            return {"error": "short", "shortest": SHORTEST}
        self._knocks.done(browser)
        return asdict(entry)

    def _enter(self, secret: str, address: str) -> dict[str, Any]:
        if wait_s := self._keys.wait_s(address):
            return {"error": "wait", "wait_s": wait_s}
        entry = self._keys.enter(secret, address)
        return asdict(entry) if entry else {"error": "wrong"}

    def _let_in(self, browser: str) -> dict[str, Any]:
        if self._knocks.state(browser, "child", self._clock()) != "open":
            return {"error": "closed"}
        self._knocks.done(browser)
        return asdict(self._keys.begin("child"))
