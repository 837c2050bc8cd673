"""An evening as a file: what the room would have heard, faster than it would have taken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile

from device.acts.ambience import DUCK_DB, SleepSound
from device.acts.bell import Bell
from device.acts.finishing import RATE_HZ, Sound
from device.acts.performance import Performance
from device.acts.speaker import CEILING, DUCK_S
from device.errors import SoundError, VoiceError
from device.events import Ambience, Doing, Failed, Finished, Happening, Hush, Say, Sounds, Tell, Volume

LONGEST_SILENCE_S = 3.0
"""Of a silence between two doings, no more than this is kept."""
_TAIL_S = 1.0
_BLOCK = RATE_HZ // 2
"""Written at a time."""
_COMPRESSION = 0.85
"""libsndfile's knob for Opus: about 40 kbit/s for a voice."""


def record(doings: Sequence[tuple[datetime, Doing]], sounds: Sounds, out: Path) -> float:
    """Writes `out`, an Ogg Opus file (48 kHz mono), and -> its length in seconds.

    Speech and sleep sounds are heard with the volume at the device's cap; a call for a grown-up is left out. A voice
    that takes longer than its score says is heard out: only a doing that came before the score's end cuts it short.
    What was in `out` stays as it is until the new one is whole.
    Raises VoiceError where not one sentence could be spoken, SoundError where there is nothing to hear or the file
    cannot be written.
    """
    heard = [(at, doing) for at, doing in doings if isinstance(doing, Say | Tell | Hush | Volume | Ambience)]
    if not heard:
        raise SoundError(f"There is nothing to record in {out}: nobody spoke. Ask for a story.")
    try:
        with _appearing(out) as disk:
            return _write(heard, sounds, disk)
    except OSError as fault:
        why = f"{out} cannot be written: {fault.strerror or fault}"
        raise SoundError(f"{why}. Make room there, or choose a folder that can be written.") from fault


@contextmanager
def _appearing(out: Path) -> Iterator[int]:
    """-> a file descriptor: what is written there is in `out` once all of it is, and nowhere if it comes to less."""
    if out.exists() and not out.is_file():
        with out.open("wb") as stream:  # /dev/null and the like are no files to be replaced
            yield stream.fileno()
        return
    whole = out.resolve()  # a link stays one
    part = whole.with_name(f"{whole.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream.fileno()
            os.fsync(stream.fileno())
        os.replace(part, whole)
    finally:
        part.unlink(missing_ok=True)


def _write(heard: Sequence[tuple[datetime, Doing]], sounds: Sounds, disk: int) -> float:
    try:
        with soundfile.SoundFile(
            disk, "w", RATE_HZ, 1, subtype="OPUS", format="OGG", compression_level=_COMPRESSION, closefd=False
        ) as file:
            evening = _Evening(heard[0][0], sounds, _Tape(file))
            for at, doing in heard:
                evening.do(at, doing)
            evening.end()
            return float(file.frames / RATE_HZ)
    except soundfile.LibsndfileError as fault:
        os.write(disk, bytes(_BLOCK))  # libsndfile keeps to itself why the system refused; asked again, that says it
        raise OSError(fault.error_string.rstrip(".")) from fault


class _Evening:
    """Drives the same performance as the loudspeaker's, on a clock that jumps to the next thing to happen."""

    def __init__(self, begin: datetime, sounds: Sounds, tape: _Tape) -> None:
        self._tape, self._at = tape, begin
        """When what runs was begun, by the evening's own time; `_begun_s` is the same on the tape's clock."""
        self._begun_s, self._scored = 0.0, timedelta()
        self._id = self._fault = ""
        self._performance = Performance(self._hear, lambda: self._at, sounds, tape, 0.0, None)

    def do(self, at: datetime, doing: Doing) -> None:
        since = at - self._at
        if since >= self._scored:
            self._run(None)
        self._run(self._begun_s + since.total_seconds())
        if isinstance(doing, Say | Tell):
            self._tape.between(False)
            self._id, self._scored = doing.id, _length(doing)
            self._at, self._begun_s = at, self._tape.at_s
        self._performance.do(doing)
        if isinstance(doing, Hush) and doing.id in ("", self._id):
            self._tape.between(True)

    def end(self) -> None:
        self._run(None)
        self._tape.end()
        if self._fault and not self._tape.spoke:
            raise VoiceError(self._fault)

    def _run(self, until_s: float | None) -> None:
        """Lets time pass: until then, or until nothing more happens."""
        while (next_s := self._performance.tick(self._tape.at_s)) is not None:
            if until_s is not None and next_s > until_s:
                break
            self._tape.move(next_s)
        self._tape.move(until_s or 0.0)

    def _hear(self, happening: Happening) -> None:
        match happening:
            case Finished():
                self._tape.between(True)
            case Failed(part="voice", reason=reason):
                self._fault = self._fault or reason


class _Tape:
    """An output that writes what sounds as its clock moves on."""

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file, self.at_s = file, 0.0
        self.spoke = False
        self._speech: Sound = np.zeros(0, dtype=np.float32)
        self._sounds: list[SleepSound] = []
        self._gain, self._duck, self._gap, self._quiet, self._passed = 1.0, 1.0, True, 0, 0

    def move(self, to_s: float) -> None:
        """Lets time pass until then; never goes back."""
        self.at_s = max(self.at_s, to_s)
        if self._owed() >= _BLOCK:
            self._write()

    def between(self, gap: bool) -> None:
        """Whether the silence from now on lies between doings, and is cut."""
        self._write()
        self._gap = gap

    def play(self, sound: Sound) -> None:
        self._write()
        self._speech, self.spoke = sound * np.float32(self._gain), True

    def follow(self, sound: Sound) -> None:
        self._speech = np.concatenate([self._speech, sound * np.float32(self._gain)])

    def sounding(self) -> bool:
        return len(self._speech) > self._owed()

    def hush(self, fade_s: float) -> None:
        self._write()
        rest = self._speech[: int(fade_s * RATE_HZ)]
        self._speech = rest * np.linspace(1, 0, len(rest), dtype=np.float32)

    def ambience(self, sound: SleepSound | None, end_s: float) -> None:
        self._write()
        for old in self._sounds:
            old.fade(end_s)
        self._sounds += [sound] if sound else []

    def ring(self, bell: Bell | None) -> None:
        """A call is for the house, and no part of what is recorded."""

    def volume(self, volume_db: float) -> None:
        self._write()
        gain = 10 ** (volume_db / 20)
        self._speech = self._speech * np.float32(gain / self._gain)
        self._gain = gain

    def end(self) -> None:
        """A last second, in which a sleep sound goes."""
        self.ambience(None, _TAIL_S)
        self._gap = False
        self.move(self.at_s + _TAIL_S)
        self._write()

    def _owed(self) -> int:
        """-> samples of the time that passed which are not written yet."""
        return round(self.at_s * RATE_HZ) - self._passed

    def _write(self) -> None:
        while owed := self._owed():
            part = min(owed, len(self._speech) or owed, _BLOCK)
            self._pass(part)
            self._passed += part

    def _pass(self, count: int) -> None:
        """Lets `count` samples pass: of speech where there is any, else of silence, which may be too long to keep."""
        speech, self._speech = self._speech[:count], self._speech[count:]
        kept = count
        if len(speech):
            self._quiet = 0
        else:
            if self._gap:
                kept = min(count, max(int(LONGEST_SILENCE_S * RATE_HZ) - self._quiet, 0))
            self._quiet += kept
        mixed = self._mixed(kept, speaking=len(speech) > 0)
        mixed[: len(speech)] += speech
        for sound in self._sounds:
            sound.skip(count - kept)
        if kept:
            self._file.write(np.clip(mixed, -CEILING, CEILING))

    def _mixed(self, count: int, *, speaking: bool) -> Sound:
        target = 10 ** (DUCK_DB / 20) if speaking else 1.0
        way = np.arange(1, count + 1) / (DUCK_S * RATE_HZ)
        duck = np.maximum(self._duck - way, target) if self._duck > target else np.minimum(self._duck + way, target)
        self._duck = float(duck[-1]) if count else self._duck
        blocks = [(sound, sound.block(count)) for sound in self._sounds]
        self._sounds = [sound for sound, block in blocks if block is not None]
        heard = [block for _, block in blocks if block is not None]
        total = np.sum(heard, axis=0) if heard else np.zeros(count)
        return np.asarray(total * duck * self._gain, dtype=np.float32)


def _length(doing: Say | Tell) -> timedelta:
    """-> how long its score takes."""
    begin = doing.begin if isinstance(doing, Tell) else 0
    if begin >= len(doing.sentences):
        return timedelta()
    first, last = doing.sentences[begin], doing.sentences[-1]
    return timedelta(seconds=last.at_s + last.voice_s + last.pause_s - first.at_s)
