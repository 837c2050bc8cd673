"""Sound in, reports out: what the ear's process does between microphone and pipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from device.events import Listen, Option
from device.night.language import Meaning
from device.senses.ear import limits
from device.senses.ear.calling import Call
from device.senses.ear.listener import Listener, Nothing, Phones, Recognised, Speech, Task
from device.senses.ear.over_max import OverMax
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.voice import CHUNK_S
from device.senses.ear.windows import OVER_MAX, Attention, Missed, Report, Stir, Understood, Windows

Tell = Callable[[dict[str, Any]], None]
"""Takes a report, which is to become a line of JSON."""

_KEPT = round((limits.PRE_ROLL_S + limits.UTTERANCE_S + limits.END_INCOMPLETE_S) * RATE_HZ)
"""Samples kept, in memory only, for the second ear: the longest utterance."""
_BEFORE = RATE_HZ
"""... and while nobody speaks: where a voice begins, the cleaner has heard a second of the room."""
_NO_SOUND: Samples = np.zeros(0, np.int16)


class Hearing(Protocol):
    """What hears: `hear.Ear`."""

    @property
    def posteriors(self) -> Phones: ...

    @property
    def voice(self) -> Speech: ...

    @property
    def call(self) -> Call: ...

    def task(self, options: Sequence[Option] = (), few: bool = False, words: bool = False) -> Task: ...


class Second(Protocol):
    """Who is asked again: `vosk.Vosk`, or `cleaner.Cleaned`."""

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
        self._over = OverMax(ear.posteriors, self._voice)
        self._dark, self._called = ear.task(few=True), called(ear.task(), ear.call)
        self._attend()

    def told(self, order: Mapping[str, Any], at_s: float) -> None:
        """Takes one order."""
        match order["order"]:
            case "listen":
                options = _options(order)
                wanted = {name: order[name] for name in ("id", "seconds", "few", "words")}
                self._windows.open(Listen(**wanted, options=options))
            case "deafen":
                self._windows.close()
            case "dark":
                self._windows.dark = order["dark"]
            case "saying":
                self._windows.saying, self._windows.choices = tuple(order["texts"]), _options(order)
            case "louder":
                self._over.louder(order["step_db"])
            case "pressed":
                self._windows.pressed(at_s)
        self._attend_anew()

    def hear(self, sound: Samples, at_s: float) -> None:
        """Takes int16[n] of new sound."""
        if self._second:
            kept = _KEPT if self._voice.spoken_s else _BEFORE
            self._sound = np.concatenate([self._sound[-kept:], sound])
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
        if result:
            self._attend()
        self._attend_anew()

    @property
    def quiet(self) -> bool:
        """Whether nobody speaks and no window is open."""
        return self._attention.kind != "window" and self._voice.spoken_s == 0

    def _attend_anew(self) -> None:
        """Begins to listen for something else, once whoever speaks over Max has ended."""
        if self._windows.attention != self._attention and not (self._attention.over and self._listener.speaking):
            self._attend()

    def _attend(self) -> None:
        """Begins to listen for what is wanted now."""
        self._attention = self._windows.attention
        wanted = self._attention
        phones, voice = (self._over, self._over) if wanted.over else (self._ear.posteriors, self._voice)
        self._listener = Listener(phones, voice, self._task(wanted), wanted.seconds)

    def _heard_again(self, first: Recognised | Nothing) -> Recognised | Nothing:
        """-> what the second ear makes of a loud room, where there is one and it understands something."""
        if self._second is None or self._attention.over or first == Nothing(spoke=False, snr_db=first.snr_db):
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
                return self._ear.task(wanted.options, wanted.few, wanted.words)
            case "dark":
                return self._dark
            case "called":
                return self._called
            case "speaking":
                return over_max(self._ear.task(wanted.options, wanted.few), self._ear.call)

    def _report(self, reports: Sequence[Report]) -> None:
        for report in reports:
            match report:
                case Understood(phrase):
                    said = {"text": phrase.text, "intent": phrase.intent, "slots": dict(phrase.slots)}
                    self._tell({"report": "heard", **said, "confidence": phrase.confidence, "snr_db": phrase.snr_db})
                case Missed(window, spoke, loud):
                    self._tell({"report": "unheard", "window": window, "spoke": spoke, "loud": loud})
                case Stir():
                    self._tell({"report": "voiced"})


def _options(order: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(Option(**{**option, "also": tuple(option["also"])}) for option in order["options"])


def called(task: Task, call: Call) -> Task:
    """-> the task of a room without a window: what does not begin with the wake phrase means nothing. Other talk may go
    before it in the same breath.

    The rest of the language stays in the network, so that other sentences need not be squeezed into the wake phrase."""

    def understand(text: str) -> Meaning | None:
        meaning = task.understand(text)
        return meaning if meaning and meaning.wake else None

    return replace(task, understand=understand, call=call)


def over_max(task: Task, call: Call) -> Task:
    """-> the task while Max speaks: what begins with the wake phrase, and a small set.

    It is held to the limits of a silent room. With stricter ones 36 of 63 phrases were heard through a sound server,
    not 45 (mixed in memory 28 of 42 with either), and of 195 recordings of other talk over Max none was taken with
    either. A choice is held to stricter ones, because Max has just said its words himself. A child's slack was learnt
    in a quiet room, and does not count over an echo."""

    def understand(text: str) -> Meaning | None:
        meaning = task.understand(text)
        if meaning is None or not (meaning.wake or meaning.intent in OVER_MAX):
            return None
        return replace(meaning, strictness="strict") if meaning.intent == "Choice" else meaning

    return replace(task, understand=understand, slack=0.0, call=call)


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
