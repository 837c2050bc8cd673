"""The page's desk in the core: a Unix socket, one thread, one JSON line in and one out for each connection.

    {"verb": "look", "what": "tonight", "session": ...}               -> {"who", "view"}; the child's "mirror" is
                                                                         tonight as the parents see it
    {"verb": "ask", "id", "what", "details": {...}, "session": ...}   -> {"who", "state": "done", "id", "ok", "text"}
                                                                         or {"state": "saving", "id"} after a second
    {"verb": "answer", "id", "session"}                               -> the same, for an id that was asked before
    {"verb": "at", "id", "sentence", "seq", "session"}                -> {}, whatever becomes of it

These are the night's. Who may say them is decided here, from the session, so a page gone wrong can claim to be nobody.
The door has its own (`senses/door.py`): door, knock, claim, enter, invite, leave. What cannot be done is
{"error": "stranger" | "forbidden" | "busy" | "unknown" | "broken"}.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from device.errors import DeskError
from device.events import Answer, Asked, At, Doing, Failed, Happening, Now, Pressed, Put, Recovered
from device.senses.door import Door
from device.senses.keys import Keys, Role
from device.senses.limits import Pace
from device.senses.lines import Caller, Lines

LOOKS: dict[str, frozenset[Role]] = {
    "tonight": frozenset({"parent", "child", "grown_up"}),
    "mirror": frozenset({"child"}),
    "promise": frozenset({"parent", "child"}),
    "device": frozenset({"parent"}),
    "stories": frozenset({"parent", "child", "grown_up"}),
}
ASKS: dict[str, frozenset[Role]] = {
    "answer_request": frozenset({"parent"}),
    "seen_ring": frozenset({"parent", "grown_up"}),
    "late": frozenset({"parent"}),
    "away": frozenset({"parent"}),
    "hush": frozenset({"parent", "child", "grown_up"}),
    "start_tonight": frozenset({"parent"}),
    **dict.fromkeys(("read", "you_finish", "ill_finish", "turn"), frozenset[Role]({"parent", "child", "grown_up"})),
}

_ANSWER_S = 1.0
"""How long an ask waits before it is told "still saving"."""
_REMEMBERED = 256
"""Answers kept for whoever asks the same id again."""
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

Look = Callable[[str, str], Mapping[str, Any]]
"""(what, who) -> the view. Called in the desk's thread."""


class Desk:
    """Serves the socket at `path` (mode 0600). Both a sense (puts Asked) and an act (Answer). Raises DeskError."""

    def __init__(self, put: Put, now: Now, path: Path, look: Look, keys: Keys) -> None:
        self._put, self._now, self._path, self._look = put, now, path, look
        self._door = Door(keys)
        self._keys = keys
        self._pace = Pace(burst=60, per_s=20)
        self._answers: OrderedDict[str, Answer | None] = OrderedDict()
        self._mail: SimpleQueue[Answer | Pressed | None] = SimpleQueue()
        self._broken: set[str] = set()
        """Views that failed when they were last asked for."""
        self._lines = Lines(path)
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
        self._lines.ring()

    def _serve(self) -> None:
        while self._read_mail():
            self._lines.turn(self._hear_out, self._still_saving)
        self._lines.close()

    def _read_mail(self) -> bool:
        """-> False when the desk closes."""
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

    def _hear_out(self, caller: Caller, message: Mapping[str, Any]) -> None:
        try:
            reply = self._said(message, caller)
        except Exception as fault:  # the edge of this sense: a fault in a view must not end the page
            self._broke(_text(message, "what"), fault)
            reply = {"error": "broken"}
        if reply is not None:
            self._lines.reply(caller, reply)

    def _said(self, message: Mapping[str, Any], caller: Caller) -> dict[str, Any] | None:
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
            case "at":
                return self._shown(message) if who else {"error": "stranger"}
            case verb:
                reply = self._door.said(verb, message, who)
                self._save_keys()
                return reply

    def _looked(self, what: str, who: Role | None) -> dict[str, Any]:
        if error := _refused(LOOKS, what, who):
            return error
        assert who is not None
        view = self._look("tonight", "parent") if what == "mirror" else self._look(what, who)
        self._mended(what)
        return {"who": who, "view": dict(view)}

    def _shown(self, message: Mapping[str, Any]) -> dict[str, Any]:
        sentence, seq = message.get("sentence"), message.get("seq")
        if not isinstance(sentence, int) or not isinstance(seq, int):
            return {"error": "unknown"}
        self._put(At(at=self._now(), id=_text(message, "id"), sentence=sentence, seq=seq))
        return {}

    def _asked(self, message: Mapping[str, Any], who: Role | None, caller: Caller) -> dict[str, Any] | None:
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
            for caller in self._lines.waiting_for(answer.id):
                self._lines.reply(caller, self._said_before(answer.id, caller.who))

    def _still_saving(self, caller: Caller) -> None:
        self._lines.reply(caller, self._said_before(caller.waits, caller.who))

    def _broke(self, what: str, fault: Exception) -> None:
        if what not in self._broken:
            self._broken.add(what)
            reason = f'The page cannot show "{what}" ({fault!r}). The night goes on.'
            self._put(Failed(at=self._now(), part="desk", reason=reason))

    def _mended(self, what: str) -> None:
        if what in self._broken:
            self._broken.remove(what)
            if not self._broken:
                self._put(Recovered(at=self._now(), part="desk"))

    def _save_keys(self) -> None:
        try:
            self._keys.save()
        except DeskError as fault:
            self._put(Failed(at=self._now(), part="keys", reason=str(fault)))


def _refused(rights: Mapping[str, frozenset[Role]], what: str, who: Role | None) -> dict[str, Any] | None:
    if who is None:
        return {"error": "stranger"}
    if what not in rights:
        return {"error": "unknown"}
    return None if who in rights[what] else {"error": "forbidden"}


def _text(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key, "")
    return value if isinstance(value, str) else ""
