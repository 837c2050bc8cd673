"""Words and buttons typed into a terminal, for whoever has no box yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from device.events import Button, Deafen, Doing, Listen, Now, Pressed, Put, Unheard
from device.pretend.child import heard_words

if TYPE_CHECKING:
    from device.night.language import Language

BUTTONS: dict[str, Button] = {"s": "story", "g": "grown_up", "l": "light"}
HELP = "Type what you would say and press Enter. Alone on a line: s story button (S held), g grown-up, l night light"


class Keyboard:
    """Reads lines from a stream until it ends; the evening goes on without it."""

    def __init__(
        self,
        put: Put,
        now: Now,
        language: Callable[[], Language],
        stream: TextIO,
        more: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        """`language` is called when the first words come; `more`: further letters and what they do."""
        self._put, self._now, self._language, self._stream = put, now, language, stream
        self._more = more or {}
        self._listen: Listen | None = None
        self.thread = threading.Thread(target=self._read, name="keyboard", daemon=True)
        """Ends with the stream."""
        self.thread.start()

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Listen():
                self._listen = doing
            case Deafen():
                self._listen = None

    def close(self) -> None:
        """The reading thread ends with its stream."""

    def _read(self) -> None:
        try:
            for line in self._stream:
                self._typed(line.strip(), self._now())
        except (OSError, ValueError):
            return

    def _typed(self, line: str, at: datetime) -> None:
        if line.lower() in BUTTONS and len(line) == 1:
            self._put(Pressed(at=at, button=BUTTONS[line.lower()], long=line.isupper()))
        elif line in self._more:
            self._more[line]()
        elif line:
            listen, self._listen = self._listen, None
            window = listen.id if listen else ""
            self._put(heard_words(self._language(), line, at, listen) or Unheard(at=at, window=window, spoke=True))


class Silence:
    """Closes listening windows where there is no ear: each ends by itself, so that nothing waits for ever."""

    def __init__(self, put: Put, now: Now, patience: float = 1.0) -> None:
        """`patience`: how many times as long as asked a window stays open, for whoever types."""
        self._put, self._now, self._patience = put, now, patience
        self._timer = threading.Timer(0, int)

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Listen(id=id, seconds=seconds):
                self._timer.cancel()
                self._timer = threading.Timer(seconds * self._patience, self._close_window, (id,))
                self._timer.daemon = True
                self._timer.start()
            case Deafen():
                self._timer.cancel()

    def _close_window(self, id: str) -> None:
        self._put(Unheard(at=self._now(), window=id, spoke=False))

    def close(self) -> None:
        self._timer.cancel()
