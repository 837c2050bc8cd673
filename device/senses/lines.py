"""A Unix socket served by one thread: a line of JSON in, a line of JSON out, for each connection.

Who serves it (the desk) says what a line means; replies may come at once or when somebody else has the answer.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device.errors import DeskError

_LINE_BYTES = 16 * 1024
"""A wish is a few words; nothing longer is read."""
_CONNECTIONS = 32
_PATIENCE_S = 3.0
"""How long a connection may take to say its line."""


@dataclass(eq=False)
class Caller:
    """One connection: what it said so far, and which answer it waits for."""

    line: socket.socket
    until: float
    """Monotonic seconds; then it is sent away."""
    said: bytearray = field(default_factory=bytearray)
    waits: str = ""
    """Id of the answer, empty while it speaks."""
    who: str = ""


class Lines:
    """All connections of the socket at `path` (0600). Any thread may `ring`, one does the rest. Raises DeskError."""

    def __init__(self, path: Path) -> None:
        self._listener = _listen(path)
        self._bell, self._rope = socket.socketpair()
        self._rope.setblocking(False)
        self._callers: set[Caller] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def ring(self) -> None:
        """Ends the waiting of `turn`. Never blocks."""
        with suppress(OSError):  # full: it rings already
            self._rope.send(b"!")

    def turn(self, hear: Callable[[Caller, Mapping[str, Any]], None], late: Callable[[Caller], None]) -> None:
        """Waits until something comes. `hear` gets each message, `late` who waited for its answer too long."""
        for key, _ in self._selector.select(self._wait_s()):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._bell:
                self._bell.recv(4096)
            elif key.data in self._callers:
                self._read(key.data, hear)
        now = time.monotonic()
        for caller in [caller for caller in self._callers if caller.until <= now]:
            if caller.waits:
                late(caller)
            else:
                self._drop(caller)

    def waiting_for(self, id: str) -> Iterator[Caller]:
        """-> who waits for the answer `id`."""
        yield from [caller for caller in self._callers if caller.waits == id]

    def reply(self, caller: Caller, reply: Mapping[str, Any]) -> None:
        """Says it and hangs up."""
        with suppress(OSError):
            caller.line.sendall(json.dumps(reply).encode() + b"\n")
        self._drop(caller)

    def close(self) -> None:
        for caller in list(self._callers):
            self._drop(caller)
        for part in (self._selector, self._listener, self._bell, self._rope):
            part.close()

    def _wait_s(self) -> float | None:
        nearest = min((caller.until for caller in self._callers), default=None)
        return None if nearest is None else max(0.0, nearest - time.monotonic())

    def _accept(self) -> None:
        with suppress(OSError):
            line, _ = self._listener.accept()
            line.settimeout(1.0)
            caller = Caller(line, time.monotonic() + _PATIENCE_S)
            self._callers.add(caller)
            self._selector.register(line, selectors.EVENT_READ, caller)
            if len(self._callers) > _CONNECTIONS:
                self.reply(caller, {"error": "busy"})

    def _read(self, caller: Caller, hear: Callable[[Caller, Mapping[str, Any]], None]) -> None:
        try:
            more = caller.line.recv(4096)
        except OSError:
            more = b""
        caller.said += more
        if not more or caller.waits:
            self._drop(caller)
        elif len(caller.said) > _LINE_BYTES:
            self.reply(caller, {"error": "unknown"})
        elif b"\n" in caller.said:
            message = _parsed(caller.said)
            if message is None:
                self.reply(caller, {"error": "unknown"})
            else:
                hear(caller, message)

    def _drop(self, caller: Caller) -> None:
        self._callers.discard(caller)
        self._selector.unregister(caller.line)
        caller.line.close()


def _parsed(said: bytearray) -> Mapping[str, Any] | None:
    try:
        message = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


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
