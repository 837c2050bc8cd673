"""One listening window: blocks of sound go in, one thing recognised (or nothing) comes out.

Until somebody speaks only Silero works. Then the recogniser follows, a hop at a time, and the utterance is *looked at*
wherever the voice pauses: while the speaker still breathes out the best sentence is found, and when the quiet has
lasted long enough for one of its kind it is there. Where the first look was too early for the last phones, the next
ones see them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from device.night.language import Meaning
from device.senses.ear import limits
from device.senses.ear.calling import Call
from device.senses.ear.decoder import Hypothesis, Network
from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples
from device.senses.ear.utterance import Phones as Phones
from device.senses.ear.utterance import Utterance
from device.senses.ear.voice import CHUNK, CHUNK_S, levels_db, snr_db

ENGINE = "hama"


@dataclass(frozen=True)
class Recognised:
    """A complete phrase of the closed language."""

    text: str
    intent: str
    slots: Mapping[str, Any]
    confidence: float
    """1 for a perfect fit, 0.5 at the limit of what is taken."""
    loss: float
    after_end_s: float
    """Sound between the last word's end and this result; computing comes on top."""
    snr_db: float
    wake: bool = False
    """Whether the wake phrase was there."""
    engine: str = ENGINE


@dataclass(frozen=True)
class Nothing:
    """The window closed without a phrase."""

    spoke: bool
    """Whether somebody spoke and was not understood."""
    snr_db: float = 0.0
    nearest: str = ""
    """The best sentence that was not good enough; for measurements only, and never kept."""
    loss: float = float("inf")


@dataclass(frozen=True)
class Task:
    """What a window listens for."""

    network: Network
    understand: Callable[[str], Meaning | None]
    weaving: Network | None = None
    """For the second look at woven words."""
    slack: float = 0.0
    """How much more loss than other children's a phrase of this child's may have (`rehearsed`)."""
    call: Call | None = None
    """Begins a sentence in the middle of other talk."""


class Speech(Protocol):
    """What hears that somebody speaks: `Voice`."""

    def reset(self) -> None: ...

    def probability(self, chunk: Samples, /) -> float: ...


class Listener:
    """Give it sound with `feed` until it answers. After a Nothing it can be fed on, for another attempt."""

    def __init__(self, posteriors: Phones, voice: Speech, task: Task, seconds: float, gated: bool = True) -> None:
        """`seconds` without an utterance close the window; not `gated`, loud rooms are not held against the speaker."""
        self._posteriors, self._voice, self._task = posteriors, voice, task
        self._seconds, self._gated = seconds, gated
        self._rest: Samples = np.zeros(0, np.int16)
        self._levels: list[float] = []
        self._heard_s = 0.0
        self._nearest = Nothing(spoke=False)
        self._fresh()
        voice.reset()

    def feed(self, block: Samples) -> Recognised | Nothing | None:
        """int16[n] mono at 16 kHz, any n -> the result, once there is one; None until then."""
        self._rest = np.concatenate([self._rest, block])
        while len(self._rest) >= CHUNK:
            chunk, self._rest = self._rest[:CHUNK], self._rest[CHUNK:]
            result = self._hear(chunk)
            if result is not None:
                return result
        return None

    def close(self) -> Recognised | Nothing:
        """Ends the window now, as where the sound ends or stays away: what was said so far counts."""
        return (self._finish() if self.speaking else None) or self._nothing()

    def _fresh(self) -> None:
        """Waits for an utterance to begin."""
        self._sound: Samples = np.zeros(0, np.int16)
        self._utterance = Utterance(self._posteriors, self._task.network, self._task.weaving, self._task.call)
        self._run = 0
        self.speaking = False
        """Whether an utterance has begun and not ended."""
        self._spoken_s = self._quiet_s = 0.0
        self._guess: Hypothesis | None = None
        self._looks: tuple[float, ...] = limits.LOOKS_S

    def _hear(self, chunk: Samples) -> Recognised | Nothing | None:
        self._heard_s += CHUNK_S
        self._levels += levels_db(chunk)
        self._sound = np.concatenate([self._sound, chunk])
        speech = self._voice.probability(chunk) >= limits.SPEECH
        self._run = self._run + 1 if speech else 0
        if not self.speaking:
            return self._wait()
        if speech:
            self._spoken_s += CHUNK_S
            self._quiet_s, self._guess, self._looks = 0.0, None, limits.LOOKS_S
        else:
            self._quiet_s += CHUNK_S
        return self._follow()

    def _wait(self) -> Nothing | None:
        """Nobody speaks yet."""
        if self._run >= limits.START_CHUNKS:
            self.speaking = True
            self._spoken_s = self._run * CHUNK_S
        else:
            self._sound = self._sound[-round((limits.PRE_ROLL_S + limits.START_CHUNKS * CHUNK_S) * RATE_HZ) :]
        return self._nothing() if not self.speaking and self._heard_s >= self._seconds else None

    def _follow(self) -> Recognised | Nothing | None:
        """Somebody speaks, or has just spoken."""
        if self._looks and self._quiet_s >= self._looks[0]:
            if not self._is_sure():
                self._guess = self._utterance.look(self._sound)
            self._looks = self._looks[1:]
        else:
            self._utterance.follow(self._sound)
        if self._ended():
            return self._finish()
        return None

    def _ended(self) -> bool:
        """The commit rule."""
        guess, quiet = self._guess, self._quiet_s
        if quiet >= limits.END_INCOMPLETE_S or self._length_s() >= limits.UTTERANCE_S:
            return True
        if guess is None or not self._is_complete(guess) or quiet < limits.QUIET_S:
            return False
        held = self._length_s() - self._said_s(guess)
        good = self._accepted(guess) is not None
        hold_s = limits.HELD_S if guess.rival <= limits.BREATH and not guess.open else limits.HELD_OPEN_S
        return quiet >= limits.END_S or (good and held >= hold_s)

    def _is_sure(self) -> bool:
        """Whether the best sentence is a whole and a good one."""
        guess = self._guess
        return guess is not None and self._is_complete(guess) and self._accepted(guess) is not None

    def _is_complete(self, guess: Hypothesis) -> bool:
        """Whether no unfinished sentence fits so much better that more may come."""
        looked = not self._looks and not guess.open
        return guess.rival <= (limits.BREATH_LOOKED if looked else limits.BREATH)

    def _length_s(self) -> float:
        return len(self._sound) / RATE_HZ

    def _accepted(self, guess: Hypothesis) -> Meaning | None:
        """-> what it means, where it fits well enough for a thing of its kind."""
        meaning = self._task.understand(guess.text)
        if meaning is None or guess.loss > self._limit(meaning, guess):
            return None
        return meaning

    def _limit(self, meaning: Meaning, guess: Hypothesis) -> float:
        room = self.snr_db if self._gated else float("inf")
        return limits.largest_loss(meaning.strictness, guess.phones, room, self._task.slack)

    @property
    def snr_db(self) -> float:
        """Signal-to-noise ratio of the window so far."""
        return snr_db(self._levels)

    def _finish(self) -> Recognised | Nothing | None:
        """The utterance is over. -> the result, or None where it was but a cough."""
        if not self._is_sure():
            self._guess = self._utterance.look(self._sound)
        guess, spoken_s = self._guess, self._spoken_s
        meaning = self._accepted(guess) if guess else None
        if guess and meaning:
            return self._recognised(guess, meaning)
        if guess and guess.loss < self._nearest.loss:
            self._nearest = Nothing(True, 0.0, guess.text, guess.loss)
        self._fresh()
        return self._nothing(True) if spoken_s >= limits.SPOKE_S or self._heard_s >= self._seconds else None

    def _recognised(self, guess: Hypothesis, meaning: Meaning) -> Recognised:
        return Recognised(
            text=guess.text,
            intent=meaning.intent,
            slots=meaning.slots,
            confidence=1 - guess.loss / self._limit(meaning, guess) / 2,
            loss=guess.loss,
            after_end_s=self._length_s() - self._said_s(guess),
            snr_db=self.snr_db,
            wake=meaning.wake,
        )

    def _said_s(self, guess: Hypothesis) -> float:
        """-> when the last word ended: with the voice, but no later than its last phone can have lasted."""
        return min(self._length_s() - self._quiet_s, guess.end * FRAME / RATE_HZ + limits.LAST_PHONE_S)

    def _nothing(self, spoke: bool = False) -> Nothing:
        nearest = self._nearest
        return Nothing(spoke or nearest.spoke, self.snr_db, nearest.nearest, nearest.loss)
