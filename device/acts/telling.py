"""Max's voice as an act: plays Say and Tell on a thread of its own, and goes on in silence without a loudspeaker."""

from __future__ import annotations

import math
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import numpy as np

from device.acts.finishing import RATE_HZ, finish
from device.acts.performance import Performance
from device.acts.speaker import SilentSpeaker, Speaker
from device.errors import SoundError
from device.events import Doing, Failed, Now, Put, Recovered, Sounds

TRY_AGAIN_S = 5.0
"""How often a missing loudspeaker is looked for: back within 10 s of its plug, opening included (HARDENING R8)."""
_PATIENCE_S = 3.0
"""How long an opening may keep the telling waiting, before it goes on in silence."""
_IDLE_S = 0.25


class Telling:
    """An Act for Say, Tell, Hush, Volume, Ambience, Ring and Unring. A Hush does not end a call.

    Puts Reached as each sentence begins, Finished after the last one's pause, Failed and Recovered for the parts
    "voice" (a sentence nobody could speak is passed over in silence), "speaker", "ambience" and "telling".
    """

    def __init__(
        self,
        put: Put,
        now: Now,
        sounds: Sounds,
        speaker: Speaker,
        volume: float = 1.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`speaker` is not open yet; `volume` is 0-1 of the device's cap, `sounds` is used from other threads."""
        self._put, self._now, self._clock, self._speaker = put, now, clock, speaker
        self._silence = SilentSpeaker(clock)
        self._output: Speaker | SilentSpeaker = self._silence
        self._opening: _Opening | None = None
        self._try_at_s = self._opened_at_s = -math.inf
        self._speakerless = False
        self._inbox: SimpleQueue[Doing | str] = SimpleQueue()
        self._performance = Performance(put, now, sounds, self._silence, decibels(volume), self._wake)
        self._thread = Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """Frames that the loudspeaker, or the silence in its place, has taken: stands still when the telling hangs."""
        return self._speaker.frames + self._silence.frames

    def do(self, doing: Doing) -> None:
        self._inbox.put(doing)

    def close(self) -> None:
        self._inbox.put("close")
        self._thread.join(_PATIENCE_S)

    def _wake(self) -> None:
        self._inbox.put("a sound came")

    def _run(self) -> None:
        finish(np.ones(RATE_HZ), RATE_HZ, 0.0)  # the first time takes 30 ms longer: nobody waits for it here
        self._open(_PATIENCE_S)
        wait_s = 0.0
        while (message := self._next(wait_s)) != "close":
            try:
                wait_s = self._turn(message)
            except SoundError as fault:
                self._lose(fault)
                wait_s = 0.0
            except Exception as fault:  # the edge of an act: the night decides what to do without this telling
                self._put(Failed(at=self._now(), part="telling", reason=f"The telling broke off: {fault!r}."))
                self._performance.forget()
                wait_s = 0.0
        self._output.close()

    def _next(self, wait_s: float) -> Doing | str | None:
        try:
            return self._inbox.get(timeout=max(wait_s, 0.0))
        except Empty:
            return None

    def _turn(self, message: Doing | str | None) -> float:
        """-> how many seconds nothing is to be done, unless a message comes."""
        if isinstance(message, Doing):
            self._performance.do(message)
        next_s = self._performance.tick(self._clock())
        idle_s = min(self._output.tick(), _IDLE_S)
        self._mend()
        return idle_s if next_s is None else min(idle_s, next_s - self._clock())

    def _mend(self) -> None:
        if self._output is self._silence and (self._opening or self._clock() >= self._try_at_s):
            self._open(0.0)

    def _open(self, patience_s: float) -> None:
        """Opens in another thread, because a sound server may hang; takes the result when it is there."""
        if self._opening is None:
            self._opening = _Opening(self._speaker)
            self._opening.start()
        self._opening.join(patience_s)
        if self._opening.is_alive():
            return
        fault, self._opening = self._opening.fault, None
        self._try_at_s = self._clock() + TRY_AGAIN_S
        if fault:
            self._fail(fault)
        else:
            self._output, self._opened_at_s = self._speaker, self._clock()
            self._performance.play_on(self._speaker)
            if self._speakerless:
                self._speakerless = False
                self._put(Recovered(at=self._now(), part="speaker"))

    def _lose(self, fault: SoundError) -> None:
        self._fail(fault)
        self._output = self._silence
        self._performance.play_on(self._silence)
        if self._clock() - self._opened_at_s > TRY_AGAIN_S:
            self._open(_PATIENCE_S)

    def _fail(self, fault: SoundError) -> None:
        if not self._speakerless:
            self._speakerless = True
            self._put(Failed(at=self._now(), part="speaker", reason=str(fault)))


class _Opening(Thread):
    def __init__(self, speaker: Speaker) -> None:
        super().__init__(name="opening the loudspeaker", daemon=True)
        self._speaker = speaker
        self.fault: SoundError | None = None

    def run(self) -> None:
        try:
            self._speaker.open()
        except SoundError as fault:
            self.fault = fault
        except Exception as fault:  # the edge of an act: a broken sound library is a missing loudspeaker
            self.fault = SoundError(f"The loudspeaker cannot be used ({fault!r}). Run `sleepsync doctor`.")


def decibels(volume: float) -> float:
    """-> dB below the cap for 0-1 of it: half is 6 dB softer."""
    return 20 * math.log10(max(volume, 1e-3))
