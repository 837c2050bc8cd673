"""The page's desk in the core: a Unix socket, one thread, one JSON line in and one out for each connection.

    {"verb": "look", "what": "tonight", "session": ...}               -> {"who", "view"}; the child's "mirror" is
                                                                         tonight as the parents see it
    {"verb": "ask", "id", "what", "details": {...}, "session": ...}   -> {"who", "state": "done", "id", "ok", "text"}
                                                                         or {"state": "saving", "id"} after a second
    {"verb": "answer", "id", "session"}                               -> the same, for an id that was asked before

These are the night's. Who may say them is decided here, from the session, so a page gone wrong can claim to be nobody.
The door has its own (`senses/door.py`): door, knock, claim, enter, invite, leave. What cannot be done is
{"error": "stranger" | "forbidden" | "busy" | "unknown" | "broken"}.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from device.errors import DeskError
from device.events import Answer, Asked, Doing, Failed, Happening, Now, Pressed, Put
from device.senses.door import Door
from device.senses.keys import Keys, Role
from device.senses.limits import Pace

LOOKS: dict[str, frozenset[Role]] = {
    "tonight": frozenset({"parent", "child", "grown_up"}),
    "mirror": frozenset({"child"}),
    "promise": frozenset({"parent", "child"}),
    "device": frozenset({"parent"}),
}
ASKS: dict[str, frozenset[Role]] = {
    "answer_request": frozenset({"parent"}),
    "seen_ring": frozenset({"parent", "grown_up"}),
    "late": frozenset({"parent"}),
    "away": frozenset({"parent"}),
    "hush": frozenset({"parent", "child", "grown_up"}),
    "start_tonight": frozenset({"parent"}),
}

_LINE_BYTES = 16 * 1024
"""A wish is a few words; nothing longer is read."""
_CONNECTIONS = 32
_PATIENCE_S = 3.0
"""How long a connection may take to say its line."""
_ANSWER_S = 1.0
"""How long an ask waits before it is told "still saving"."""
_REMEMBERED = 256
"""Answers kept for whoever asks the same id again."""
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

Look = Callable[[str, str], Mapping[str, Any]]
"""(what, who) -> the view. Called in the desk's thread."""


@dataclass(eq=False)
class _Caller:
    """One connection: what it said so far, and which answer it waits for."""

    line: socket.socket
    until: float
    said: bytearray = field(default_factory=bytearray)
    waits: str = ""
    who: str = ""


class Desk:
    """Serves the socket at `path` (mode 0600). Both a sense (puts Asked) and an act (Answer). Raises DeskError."""

    def __init__(self, put: Put, now: Now, path: Path, look: Look, keys: Keys) -> None:
        self._put, self._now, self._path, self._look = put, now, path, look
        self._door = Door(keys)
        self._keys = keys
        self._pace = Pace(burst=60, per_s=20)
        self._answers: OrderedDict[str, Answer | None] = OrderedDict()
        self._mail: SimpleQueue[Answer | Pressed | None] = SimpleQueue()
        self._callers: set[_Caller] = set()
        self._listener = _listen(path)
        self._bell, self._ring = socket.socketpair()
        self._ring.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        if keys.fault:
            put(Failed(at=now(), part="keys", reason=keys.fault))
        self._thread = threading.Thread(target=self._serve, name="desk", daemon=True)
        self._thread.start()

    def do(self, doing: Doing) -> None:
        """An Answer releases whoever waits for it."""
        if isinstance(doing, Answer):
            self._post(doing)

    def hear(self, happening: Happening) -> None:
        """The house tells of every happening; a press of the story button may open the door."""
        if isinstance(happening, Pressed) and happening.button == "story":
            self._post(happening)

    def close(self) -> None:
        """Ends the thread and takes the socket away."""
        if self._thread.is_alive():
            self._post(None)
            self._thread.join()
        self._path.unlink(missing_ok=True)

    def _post(self, letter: Answer | Pressed | None) -> None:
        self._mail.put(letter)
        with suppress(OSError):  # full: it rings already
            self._ring.send(b"!")

    def _serve(self) -> None:
        with self._selector, self._listener, self._bell, self._ring:
            while self._turn():
                pass
            for caller in list(self._callers):
                self._drop(caller)

    def _turn(self) -> bool:
        """Waits for something to happen and deals with it. -> False when the desk closes."""
        nearest = min((caller.until for caller in self._callers), default=None)
        wait_s = None if nearest is None else max(0.0, nearest - time.monotonic())
        for key, _ in self._selector.select(wait_s):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._bell:
                if not self._read_mail():
                    return False
            elif isinstance(key.data, _Caller) and key.data in self._callers:
                self._read(key.data)
        self._send_away()
        return True

    def _accept(self) -> None:
        with suppress(OSError):
            line, _ = self._listener.accept()
            line.settimeout(1.0)
            caller = _Caller(line, time.monotonic() + _PATIENCE_S)
            self._callers.add(caller)
            self._selector.register(line, selectors.EVENT_READ, caller)
            if len(self._callers) > _CONNECTIONS:
                self._reply(caller, {"error": "busy"})

    def _read_mail(self) -> bool:
        self._bell.recv(4096)
        with suppress(Empty):
            while True:
                match self._mail.get_nowait():
                    case None:
                        return False
                    case Answer() as answer:
                        self._answered(answer)
                    case Pressed(long=long):
                        self._door.pressed(long)
        return True

    def _read(self, caller: _Caller) -> None:
        try:
            more = caller.line.recv(4096)
        except OSError:
            more = b""
        caller.said += more
        if not more or caller.waits:
            self._drop(caller)
        elif b"\n" in caller.said:
            self._hear_out(caller)
        elif len(caller.said) > _LINE_BYTES:
            self._reply(caller, {"error": "unknown"})

    def _hear_out(self, caller: _Caller) -> None:
        try:
            message = json.loads(caller.said) if len(caller.said) <= _LINE_BYTES else None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self._reply(caller, {"error": "unknown"})
            return
        try:
            reply = self._said(message, caller)
        except Exception as fault:  # the edge of this sense: a fault in a view must not end the page
            self._put(Failed(at=self._now(), part="page", reason=f"The page could not be answered: {fault!r}."))
            reply = {"error": "broken"}
        if reply is not None:
            self._reply(caller, reply)

    def _said(self, message: Mapping[str, Any], caller: _Caller) -> dict[str, Any] | None:
        """-> the reply, or None where the caller waits for an Answer."""
        if not self._pace.allows(_text(message, "address"), time.monotonic()):
            return {"error": "busy"}
        who = self._keys.who(_text(message, "session"))
        match _text(message, "verb"):
            case "look":
                return self._looked(_text(message, "what"), who)
            case "ask":
                return self._asked(message, who, caller)
            case "answer":
                return {"error": "stranger"} if who is None else self._said_before(_text(message, "id"), who)
            case verb:
                reply = self._door.said(verb, message, who)
                self._save_keys()
                return reply

    def _looked(self, what: str, who: Role | None) -> dict[str, Any]:
        if error := _refused(LOOKS, what, who):
            return error
        assert who is not None
        view = self._look("tonight", "parent") if what == "mirror" else self._look(what, who)
        return {"who": who, "view": dict(view)}

    def _asked(self, message: Mapping[str, Any], who: Role | None, caller: _Caller) -> dict[str, Any] | None:
        what, id, details = _text(message, "what"), _text(message, "id"), message.get("details", {})
        if error := _refused(ASKS, what, who):
            return error
        assert who is not None
        if not _ID.fullmatch(id) or not isinstance(details, dict):
            return {"error": "unknown"}
        if id not in self._answers:
            self._answers[id] = None
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
            self._put(Asked(at=self._now(), id=id, who=who, what=what, details=details))
        if self._answers[id] is not None:
            return self._said_before(id, who)
        caller.waits, caller.who, caller.until = id, who, time.monotonic() + _ANSWER_S
        return None

    def _said_before(self, id: str, who: str) -> dict[str, Any]:
        if id not in self._answers:
            return {"error": "unknown"}
        answer = self._answers[id]
        if answer is None:
            return {"who": who, "state": "saving", "id": id}
        return {"who": who, "state": "done", "id": id, "ok": answer.ok, "text": answer.text}

    def _answered(self, answer: Answer) -> None:
        if answer.id in self._answers:
            self._answers[answer.id] = answer
            for caller in [caller for caller in self._callers if caller.waits == answer.id]:
                self._reply(caller, self._said_before(answer.id, caller.who))

    def _send_away(self) -> None:
        now = time.monotonic()
        for caller in [caller for caller in self._callers if caller.until <= now]:
            if caller.waits:
                self._reply(caller, self._said_before(caller.waits, caller.who))
            else:
                self._drop(caller)

    def _save_keys(self) -> None:
        try:
            self._keys.save()
        except DeskError as fault:
            self._put(Failed(at=self._now(), part="keys", reason=str(fault)))

    def _reply(self, caller: _Caller, reply: Mapping[str, Any]) -> None:
        with suppress(OSError):
            caller.line.sendall(json.dumps(reply).encode() + b"\n")
        self._drop(caller)

    def _drop(self, caller: _Caller) -> None:
        self._callers.discard(caller)
        self._selector.unregister(caller.line)
        caller.line.close()


def _refused(rights: Mapping[str, frozenset[Role]], what: str, who: Role | None) -> dict[str, Any] | None:
    if who is None:
        return {"error": "stranger"}
    if what not in rights:
        return {"error": "unknown"}
    return None if who in rights[what] else {"error": "forbidden"}


def _text(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key, "")
    return value if isinstance(value, str) else ""


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    try:
        if path.exists():
            _clear(path)
        os.fchmod(listener.fileno(), 0o600)  # before bind, so that it is never open to others
        listener.bind(str(path))
        listener.listen(_CONNECTIONS)
        listener.setblocking(False)
    except OSError as fault:
        listener.close()
        remedy = "The page stays off; choose a data folder with a short path on a local disk."
        raise DeskError(f"The page's socket cannot be made at {path}: {fault}. {remedy}") from fault
    except DeskError:
        listener.close()
        raise
    return listener


def _clear(path: Path) -> None:
    """Takes away a socket that a power cut left behind. Raises DeskError where somebody still serves it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise DeskError(f"Another SleepSync uses {path.parent}. Stop it first, or give this one its own --data.")
