"""The box drawn in a terminal: what it says, what it hears, how it glows."""

from __future__ import annotations

import math
from datetime import tzinfo

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from device.events import (
    Breathe,
    Buzz,
    Doing,
    Failed,
    Happening,
    Heard,
    Listen,
    Reached,
    Recovered,
    Ring,
    Say,
    Sentence,
    Tell,
    Unheard,
)
from device.night.curves import Room, lightness
from device.night.night import Night

PHASES = {
    "afternoon": "Afternoon. The box prepares tonight's stories.", "wind_down": "Wind-down. The sunset begins.",
    "check_in": "Check-in. How is it in you tonight?", "choosing": "Time for a story.", "story": "A story.",
    "lights_out": "Lights out.", "settling": "Settling. The light breathes and goes out.", "asleep": "Dark and silent.",
    "stirring": "Somebody woke. Red light only.", "dawn": "Dawn.", "morning": "Good morning.",
}  # fmt: skip
TRY = '"tell me a story about the moon"'
BARS = 12


class Picture:
    """A watcher that draws to `console`. `listening`: what to call the child's way to be heard."""

    def __init__(self, console: Console, zone: tzinfo, child: str) -> None:
        self._console, self._zone, self._child = console, zone, child
        self._room, self._phase = Room(), ""
        self._telling: tuple[str, tuple[Sentence, ...]] = ("", ())

    def __call__(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        for doing in doings:
            self._room = self._room.after(doing, happening.at)
        if night.phase != self._phase:
            self._phase = night.phase
            self._draw(happening)
        self._tell_happening(happening)
        for doing in doings:
            self._tell_doing(doing)

    def _draw(self, happening: Happening) -> None:
        levels = self._room.levels(happening.at)
        lamp, clock = Text(), f"{happening.at.astimezone(self._zone):%H:%M}"
        for name, level, colour in (
            ("ember", levels.ember, "red"),
            ("dawn", levels.dawn, "yellow"),
            ("hand", levels.motor, "cyan"),
        ):
            lamp.append(f"{name} ", "dim").append(_bar(lightness(level) / 100), colour).append("  ")
        self._console.print(Panel(lamp, title=f"{clock}  {PHASES[self._phase]}", title_align="left", width=72))

    def _tell_happening(self, happening: Happening) -> None:
        match happening:
            case Heard(text=text):
                self._line(f"{self._child}: ", text, "bold green")
            case Unheard(spoke=True):
                self._line("  ?   ", "Max did not understand that.", "yellow")
            case Reached(id=id, sentence=number) if id == self._telling[0]:
                self._line("      ", self._telling[1][number].text, "default")
            case Failed(reason=reason):
                self._line("  !   ", reason, "yellow")
            case Recovered(part=part):
                self._line("  !   ", f"The {part} works again.", "yellow")

    def _tell_doing(self, doing: Doing) -> None:
        match doing:
            case Say(sentences=sentences):
                self._line("Max:  ", " ".join(s.text for s in sentences), "bold")
            case Tell(title=title, aloud=False):
                self._telling = ("", ())
                self._line("  ~   ", f"Somebody reads “{title}”. The box keeps quiet, and its light follows.", "italic")
            case Tell(title=title, sentences=sentences):
                minutes = math.ceil(sum(s.voice_s + s.pause_s for s in sentences) / 60)
                self._telling = (doing.id, sentences)
                self._line("Max:  ", f"tells “{title}” (about {minutes} min). Say stop to stop.", "italic")
            case Listen(options=options) if not doing.few:
                said = " or ".join(f'"{o.words}"' for o in options[:3]) or TRY
                self._line("  ?   ", f"Max listens. Try: {said}", "green")
            case Breathe():
                self._line(
                    "  ~   ", "The light and the pebble breathe." if doing.motor else "The light breathes.", "red"
                )
            case Buzz():
                self._line("  ~   ", "The pillow hums, three times.", "cyan")
            case Ring():
                self._line("  !   ", "The box calls a grown-up. Their page rings.", "bold yellow")

    def _line(self, who: str, text: str, style: str) -> None:
        self._console.print(Text(who, "dim").append(text, style), soft_wrap=False)


def _bar(share: float) -> str:
    full = round(share * BARS)
    return "█" * full + "·" * (BARS - full)
