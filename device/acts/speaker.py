"""The loudspeaker, by pygame's mixer: a sentence, a sleep sound under it, the call over both, a beat that counts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np

from device.acts.ambience import AMBIENCE_CEILING_DB, DUCK_DB, SleepSound
from device.acts.bell import BELL_PEAK_DB, Bell
from device.acts.finishing import BLOCK, RATE_HZ, SPEECH_CEILING_DB, Sound
from device.acts.sdl import Sdl, quieten_alsa
from device.errors import SoundError
from device.sound_devices import chosen

CEILING = 10 ** (-1 / 20)
"""No sample of speech and sleep sound together leaves above it: -1 dBTP, whatever came in."""
DEAD_S = 2.0
"""A device that took no beat for so long is dead (HARDENING R9)."""
_BEAT_FRAMES = RATE_HZ // 2
_FIRST_BEAT_S = 5.0
"""A sound server may swallow some seconds before it plays (1.8 s seen)."""
_SPEECH, _AMBIENCE, _BELL, _BEAT = range(4)
_CEILINGS_DB = {_SPEECH: SPEECH_CEILING_DB, _AMBIENCE: AMBIENCE_CEILING_DB, _BELL: BELL_PEAK_DB}
"""The mixer adds the channels up: each has a ceiling of its own. A call sounds over both."""
_BED_FRAMES = 2 * RATE_HZ // BLOCK * BLOCK
"""A channel passes from one sound to the next at a block's border: what is cut there has no gap."""
_RING_END_S = 0.2
DUCK_S = 0.3
"""How long a sleep sound takes to make room for speech, all of its loudness."""
_IDLE_S = 0.25
_RAMP_S = 0.02


class Speaker:
    """The loudspeaker whose name has this in it, or the system's own where it is empty; where there is one like it
    whose echo is cancelled from the microphone, that.

    It makes no sound before `open`. Its calls belong to one thread at a time.
    """

    def __init__(self, name: str = "", clock: Callable[[], float] = monotonic) -> None:
        self._name, self._clock = name, clock
        self._mixer: Any = None
        self._speech: list[Any] = []
        self._rest: list[Sound] = []
        """Parts that wait for their turn."""
        self._volume = 1.0
        self._bed, self._bell = _Bed(clock, _AMBIENCE), _Bed(clock, _BELL)
        self.frames = 0
        """How many the device has taken since this object was made, by the beat."""

    def open(self) -> None:
        """Opens it, or opens it again. Raises SoundError naming the loudspeakers that are there."""
        pygame = _pygame()
        mixer = pygame.mixer
        self.close()
        try:
            sdl = Sdl()
            before = sdl.working()
            mixer.init(RATE_HZ, -16, 2, BLOCK, devicename=self._full_name(sdl), allowedchanges=0)
        except (OSError, pygame.error) as fault:
            raise SoundError(
                f"The loudspeaker cannot be opened ({fault}). Check its plug, and that no other program holds it."
            ) from fault
        mixer.set_num_channels(4)
        self._sdl, self._mixer = sdl, mixer
        self._devices = sdl.working() - before
        self._silence = mixer.Sound(buffer=bytes(4 * _BEAT_FRAMES))
        mixer.Channel(_BEAT).play(self._silence)
        mixer.Channel(_BEAT).queue(self._silence)
        self._beat_due_s = self._clock() + _FIRST_BEAT_S

    def close(self) -> None:
        """Silence. May be opened again."""
        if self._mixer:
            self._speech, self._rest = [], []
            self._bed, self._bell = _Bed(self._clock, _AMBIENCE), _Bed(self._clock, _BELL)
            self._mixer.quit()
            self._mixer = None

    def play(self, sound: Sound) -> None:
        self._rest = []
        self._mixer.Channel(_SPEECH).play(self._spoken(sound))

    def follow(self, sound: Sound) -> None:
        self._rest.append(sound)
        self._hand_on()

    def sounding(self) -> bool:
        self._hand_on()
        channel = self._mixer.Channel(_SPEECH)
        return bool(channel.get_busy() or channel.get_queue() is not None)  # between two parts it is not busy

    def hush(self, fade_s: float) -> None:
        channel = self._mixer.Channel(_SPEECH)
        self._rest = []
        if channel.get_queue() is not None:
            channel.queue(
                _chunk(self._mixer, np.zeros(1, dtype=np.float32), _SPEECH)
            )  # in its place: a queue outlives a fade
        channel.fadeout(int(fade_s * 1000))

    def ambience(self, sound: SleepSound | None, end_s: float) -> None:
        self._bed.lay(sound, end_s)

    def ring(self, bell: Bell | None) -> None:
        self._bell.lay(bell, _RING_END_S)

    def volume(self, volume_db: float) -> None:
        self._volume = 10 ** (volume_db / 20)
        for chunk in self._speech:
            chunk.set_volume(self._volume)

    def tick(self) -> float:
        """Keeps beat and sleep sound going; -> within how many seconds to come again. Raises SoundError when dead."""
        self._take_beat()
        if self._clock() > self._beat_due_s or not all(self._sdl.works(id) for id in self._devices):
            raise SoundError("The loudspeaker stopped taking sound. It is being opened again; check its plug.")
        bell_s = self._bell.tick(self._mixer, 1.0, False)  # the child's volume is not the call's
        return min(bell_s, self._bed.tick(self._mixer, self._volume, self.sounding()))

    def _hand_on(self) -> None:
        """A channel holds the sound that plays and the one after it."""
        channel = self._mixer.Channel(_SPEECH)
        if self._rest and channel.get_queue() is None:
            busy = channel.get_busy()
            chunk, self._rest = self._spoken(np.concatenate(self._rest)), []
            (channel.queue if busy else channel.play)(chunk)

    def _spoken(self, sound: Sound) -> Any:
        chunk = _chunk(self._mixer, sound, _SPEECH)
        chunk.set_volume(self._volume)  # on the sound: play resets a channel's volume
        self._speech = [*self._speech[-1:], chunk]
        return chunk

    def _take_beat(self) -> None:
        channel = self._mixer.Channel(_BEAT)
        if channel.get_queue() is not None:
            return
        self.frames += _BEAT_FRAMES
        if not channel.get_busy():
            self.frames += _BEAT_FRAMES
            channel.play(self._silence)
        channel.queue(self._silence)
        self._beat_due_s = self._clock() + DEAD_S

    def _full_name(self, sdl: Sdl) -> str | None:
        names = sdl.loudspeakers()
        meant = chosen(self._name, names)
        if meant is not None:
            return meant or None
        raise SoundError(
            f'The loudspeaker "{self._name}" is not there; there is {", ".join(names) or "none"}. '
            "Plug it in, or write another name in device.toml, [sound] speaker."
        )


class SilentSpeaker:
    """What a telling has without a loudspeaker: silence that takes as long as the sound would."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._begun_s, self._ends_s = clock, clock(), 0.0
        self.frames = 0

    def play(self, sound: Sound) -> None:
        self._ends_s = self._clock() + len(sound) / RATE_HZ

    def follow(self, sound: Sound) -> None:
        self._ends_s = max(self._ends_s, self._clock()) + len(sound) / RATE_HZ

    def sounding(self) -> bool:
        return self._clock() < self._ends_s

    def hush(self, fade_s: float) -> None:
        self._ends_s = min(self._ends_s, self._clock() + fade_s)

    def ambience(self, sound: SleepSound | None, end_s: float) -> None:
        """A sleep sound nobody can hear waits where it is."""

    def ring(self, bell: Bell | None) -> None:
        """A call nobody can hear waits as well; the night knows that the loudspeaker is gone."""

    def volume(self, volume_db: float) -> None:
        """Silence has none."""

    def tick(self) -> float:
        self.frames = int((self._clock() - self._begun_s) * RATE_HZ)
        return _IDLE_S

    def close(self) -> None:
        self._ends_s = 0.0


class _Bed:
    """A channel of endless sound: fed block by block, softer under speech, faded before another takes its place."""

    def __init__(self, clock: Callable[[], float], channel: int) -> None:
        self._clock, self._channel = clock, channel
        self._sound: SleepSound | Bell | None = None
        self._next: SleepSound | Bell | None = None
        self._end_s: float | None = None
        """How long its end takes, once it ends."""
        self._gain, self._at_s = 1.0, clock()
        self._chunks: list[Any] = []

    def lay(self, sound: SleepSound | Bell | None, end_s: float) -> None:
        self._next, self._end_s, self._at_s = sound, end_s, self._clock()

    def tick(self, mixer: Any, volume: float, speaking: bool) -> float:
        channel, now_s = mixer.Channel(self._channel), self._clock()
        target = 0.0 if self._end_s is not None else 10 ** (DUCK_DB / 20) if speaking else 1.0
        step = (now_s - self._at_s) / max(DUCK_S if self._end_s is None else self._end_s, 0.001)
        self._gain = max(self._gain - step, target) if self._gain > target else min(self._gain + step, target)
        self._at_s = now_s
        if self._end_s is not None and (not self._chunks or self._gain <= 0):
            channel.stop()
            self._sound, self._next, self._end_s, self._gain, self._chunks = self._next, None, None, 1.0, []
        self._feed(mixer, channel)
        for chunk in self._chunks:
            chunk.set_volume(self._gain * volume)
        return _RAMP_S if self._gain != target else _IDLE_S

    def _feed(self, mixer: Any, channel: Any) -> None:
        while self._sound and channel.get_queue() is None:
            block = self._sound.block(_BED_FRAMES)
            if block is None:
                self._sound = None
                return
            chunk = _chunk(mixer, block, self._channel)
            chunk.set_volume(0.0)  # until tick gives it the volume of now
            (channel.queue if channel.get_busy() else channel.play)(chunk)
            self._chunks = [*self._chunks[-1:], chunk]


def _chunk(mixer: Any, sound: Sound, channel: int) -> Any:
    top = 10 ** (_CEILINGS_DB[channel] / 20)
    mono = (np.clip(sound, -top, top) * 32767).astype(np.int16)
    if not len(mono):
        mono = np.zeros(1, dtype=np.int16)  # SDL dies of a sound without a sample
    return mixer.Sound(buffer=np.repeat(mono, 2).tobytes())


def _pygame() -> Any:
    """-> pygame with its mixer, without its greeting, and with SIGTERM left to us."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    hidden = sys.modules.setdefault("pkg_resources", None)  # type: ignore[arg-type]  # 0.5 s and 10 MB nobody needs
    try:
        import pygame.mixer
    finally:
        if hidden is None:
            sys.modules.pop("pkg_resources", None)
    quieten_alsa()
    return pygame
