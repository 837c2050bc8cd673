"""Sound in, reports out: what the ear's process does between microphone and pipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from device.events import Listen, Option
from device.night.language import Meaning
from device.senses.ear import limits
from device.senses.ear.listener import Listener, Nothing, Phones, Recognised, Speech, Task
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.voice import CHUNK_S
from device.senses.ear.windows import Attention, Missed, Report, Stir, Understood, Windows

Tell = Callable[[dict[str, Any]], None]
"""Takes a report, which is to become a line of JSON."""

_KEPT = round((limits.PRE_ROLL_S + limits.UTTERANCE_S + limits.END_INCOMPLETE_S) * RATE_HZ)
"""Samples kept, in memory only, for the second ear: the longest utterance."""
_NO_SOUND: Samples = np.zeros(0, np.int16)


class Hearing(Protocol):
    """What hears: `hear.Ear`."""

    @property
    def posteriors(self) -> Phones: ...

    @property
    def voice(self) -> Speech: ...

    def task(self, options: Sequence[Option] = (), few: bool = False) -> Task: ...


class Second(Protocol):
    """Who is asked again: `vosk.Vosk`."""

    def listen(self, seconds: float, options: Sequence[Option] = (), few: bool = False) -> Window: ...


class Window(Protocol):
    """What every engine's listening window can do."""

    def feed(self, block: Samples) -> Recognised | Nothing | None: ...

    def close(self) -> Recognised | Nothing: ...


class Listening:
    """What the ear's process does between microphone and pipe."""

    def __init__(self, ear: Hearing, tell: Tell, second: Second | None = None) -> None:
        """`second`: who is asked again where the room is loud."""
        self._ear, self._tell, self._second = ear, tell, second
        self._windows = Windows()
        self._voice = _Noticing(ear.voice)
        self._sound: Samples = _NO_SOUND
        self._dark, self._called = ear.task(few=True), _called(ear.task())
        self._attend()

    def told(self, order: Mapping[str, Any], at_s: float) -> None:
        """Takes one order."""
        match order["order"]:
            case "listen":
                options = tuple(Option(**{**option, "also": tuple(option["also"])}) for option in order["options"])
                self._windows.open(Listen(id=order["id"], seconds=order["seconds"], options=options, few=order["few"]))
            case "deafen":
                self._windows.close()
            case "dark":
                self._windows.dark = order["dark"]
            case "pressed":
                self._windows.pressed(at_s)
        if self._windows.attention != self._attention:
            self._attend()

    def hear(self, sound: Samples, at_s: float) -> None:
        """Takes int16[n] of new sound."""
        if self._second:
            self._sound = np.concatenate([self._sound[-_KEPT:], sound])
        result = self._listener.feed(sound)
        if result and result.snr_db < limits.LOUD_ROOM_DB:
            result = self._heard_again(result)
        if self._voice.spoken_s >= limits.SPOKE_S:
            self._report(self._windows.voice(at_s))
        if isinstance(result, Recognised):
            self._report(self._windows.heard(result, at_s))
        elif result:
            self._report(self._windows.missed(result))
        self._report(self._windows.tick(at_s))
        if result or self._windows.attention != self._attention:
            self._attend()

    @property
    def quiet(self) -> bool:
        """Whether nobody speaks and no window is open."""
        return self._attention.kind != "window" and self._voice.spoken_s == 0

    def _attend(self) -> None:
        """Begins to listen for what is wanted now."""
        self._attention = self._windows.attention
        self._listener = Listener(
            self._ear.posteriors, self._voice, self._task(self._attention), self._attention.seconds
        )

    def _heard_again(self, first: Recognised | Nothing) -> Recognised | Nothing:
        """-> what the second ear makes of a loud room, where there is one and it understands something."""
        if self._second is None or first == Nothing(spoke=False, snr_db=first.snr_db):
            return first
        wanted = self._attention
        window = self._second.listen(_KEPT / RATE_HZ, wanted.options, wanted.few)
        result = window.feed(self._sound) or window.close()
        if isinstance(result, Recognised) and (result.wake or wanted.kind != "called"):
            return replace(result, snr_db=first.snr_db)
        return first

    def _task(self, wanted: Attention) -> Task:
        match wanted.kind:
            case "window":
                return self._ear.task(wanted.options, wanted.few)
            case "dark":
                return self._dark
            case "called":
                return self._called

    def _report(self, reports: Sequence[Report]) -> None:
        for report in reports:
            match report:
                case Understood(phrase):
                    said = {"text": phrase.text, "intent": phrase.intent, "slots": dict(phrase.slots)}
                    self._tell({"report": "heard", **said, "confidence": phrase.confidence, "snr_db": phrase.snr_db})
                case Missed(window, spoke):
                    self._tell({"report": "unheard", "window": window, "spoke": spoke})
                case Stir():
                    self._tell({"report": "voiced"})


def _called(task: Task) -> Task:
    """-> the task of a room without a window: what does not begin with the wake phrase means nothing.

    The rest of the language stays in the network, so that other sentences need not be squeezed into the wake phrase."""

    def understand(text: str) -> Meaning | None:
        meaning = task.understand(text)
        return meaning if meaning and meaning.wake else None

    return replace(task, understand=understand)


class _Noticing:
    """Silero, and how long it has heard a voice without a longer break."""

    def __init__(self, voice: Speech) -> None:
        self._voice = voice
        self.spoken_s = self._quiet_s = 0.0

    def reset(self) -> None:
        self._voice.reset()
        self.spoken_s = self._quiet_s = 0.0

    def probability(self, chunk: Samples, /) -> float:
        probability = self._voice.probability(chunk)
        if probability >= limits.SPEECH:
            self.spoken_s, self._quiet_s = self.spoken_s + CHUNK_S, 0.0
        else:
            self._quiet_s += CHUNK_S
            self.spoken_s = self.spoken_s if self._quiet_s < limits.END_INCOMPLETE_S else 0.0
        return probability
