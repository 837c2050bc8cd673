"""The ear's process in a room of talk that is heard as fast as it can be.

Recognisers, windows and pipe are the real ones. Between the sentences the room is quiet; of that noise Silero is spared
the work, which for eight hours is twenty minutes. (The device itself does not spare it: behind a microphone turned low,
speech at -66 dB of full scale, 25 of 40 clips were understood with Silero and 14 with such a gate.)
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import soundfile
import soxr

from device.senses.ear import process
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.voice import Voice

TALK = (
    "my secret password is marzipan zeppelin",
    "the plumber left his saxophone in the cathedral",
    "hey max, my teacher smuggled a kangaroo through paraguay",
    "grandmother sold her chandelier to a magistrate",
    "hey max, the burglar hid the saxophone under the plywood",
    "our neighbour was arrested because of a counterfeit passport",
    "the doctor prescribed penicillin for my bronchitis",
)
CANARIES = frozenset(
    {"marzipan", "cathedral", "paraguay", "chandelier", "magistrate", "plywood", "counterfeit", "penicillin"}
)
"""Words of the talk that Max does not know."""
OURS = ("hey max, tell me a story about the moon", "hey max, stop", "hey max, I need a grown-up")
"""Said in between, and first."""
VOICES = ("en-us+f4", "en-gb+m3", "en-us+f2")
EVERY_S = 600.0
"""From one sentence to the next."""
BLOCK_S = 4.0
_QUIET_PEAK = 4
"""Of the room's noise, in steps of 16 bits."""
_SPOKEN_PEAK = 16_000


@cache
def spoken(text: str, voice: str) -> Samples:
    """-> int16[n] by espeak-ng, the same each time."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", text]
    sound, rate_hz = soundfile.read(BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))
    sound = soxr.resample(sound, rate_hz, RATE_HZ)
    return np.asarray(sound / np.abs(sound).max() * _SPOKEN_PEAK, np.int16)


class Room:
    """A microphone: each `read` gives a sentence or some quiet, until the hours are over."""

    def __init__(self, hours: float) -> None:
        self._last_frame, self.frames, self.is_open = round(hours * 3600 * RATE_HZ), 0, True
        noise = np.random.default_rng(0).integers(-_QUIET_PEAK, _QUIET_PEAK + 1, round(BLOCK_S * RATE_HZ), np.int16)
        self._quiet = noise
        self._said = 0

    def read(self) -> Samples:
        if self.frames >= self._last_frame:
            return self._quiet[:0]
        sound = self._sentence() if self.frames >= (self._said + 0.5) * EVERY_S * RATE_HZ else self._quiet
        self.frames += len(sound)
        return sound

    def close(self) -> None:
        """There is nothing to close."""

    def _sentence(self) -> Samples:
        texts = [*OURS, *TALK]
        turn, number = divmod(self._said, len(texts))
        self._said += 1
        return spoken(texts[number], VOICES[(turn + number) % len(VOICES)])


def _spare_silero() -> None:
    judged = Voice.probability

    def probability(self: Voice, chunk: Samples) -> float:
        return judged(self, chunk) if np.abs(chunk).max() > _QUIET_PEAK else 0.0

    Voice.probability = probability  # type: ignore[method-assign]


def main() -> int:
    """The ear's process, whose first argument is how many hours the room is to be heard."""
    room: Any = Room(float(sys.argv.pop(1)))
    _spare_silero()
    process.TURN_S = 0.0  # sound is there as soon as it is asked for
    process.Microphone = lambda name: room  # type: ignore[assignment,attr-defined,misc]
    return process.main()


if __name__ == "__main__":
    sys.exit(main())
