"""Names the next thing to try, for somebody's first five minutes."""

from __future__ import annotations

from collections.abc import Callable

from device.events import Doing, Happening, Hush, Ring, Tell
from device.night.night import Night

FIRST = 'Try now: type "tell me a story about the moon" and press Enter.'


class Guide:
    """A watcher: whatever was tried, in any order, leads to the next thing that was not. `page`: its address."""

    def __init__(self, show: Callable[[str], object], page: str, microphone: bool) -> None:
        self._show = show
        self._next: dict[type[Doing], str] = {
            Tell: 'Then try: "stop"' + (", said aloud or typed." if microphone else "."),
            Hush: 'Then try: "go on"; or the letter g alone, which calls a grown-up.',
            Ring: f"Then open the page, where a grown-up would see it: {page}",
        }
        show('Say "Hey Max, tell me a story about the moon", or type it.' if microphone else FIRST)

    def __call__(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        for doing in doings:
            if (isinstance(doing, Tell) and not doing.aloud) or (isinstance(doing, Hush) and Tell in self._next):
                continue  # silence means something only once Max told a story
            if said := self._next.pop(type(doing), None):
                self._show(said)
