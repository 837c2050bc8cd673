"""A telling, moment by moment: what sounds now and when the next sentence begins. Somebody else's clock drives it,
so that the loudspeaker and a recording hear the same evening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from device.acts.ambience import NAMES, SleepSound
from device.acts.bell import Bell
from device.acts.fetching import Fetch, Line
from device.acts.finishing import Sound
from device.errors import VoiceError
from device.events import (
    Ambience,
    Cue,
    Doing,
    Failed,
    Finished,
    Hush,
    Now,
    Put,
    Reached,
    Recovered,
    Ring,
    Say,
    Sentence,
    Sounds,
    Tell,
    Unring,
    Volume,
)

TICK_S = 0.02
"""How often a sentence that sounds is looked at."""
HUSH_S = 0.06
"""Fade of a Hush: with a tick and the mixer's buffer it stays under 100 ms."""
_REPLACED_S = 0.04
LEAST_PAUSE_S = 0.25
"""A pause that must make up for a slow sentence keeps this."""
_LATE_S = 0.3
"""A sound that comes later than this moves the rest of the score; less is taken out of the next pauses."""
SOFTEST_DB = -36.0
_CHAPTER_FADE_S = 20.0
"""How long a chapter's sound takes to go after the telling."""
_AMBIENCE_END_S = 1.0


class Output(Protocol):
    """Where a performance sounds: the loudspeaker, silence, or a tape."""

    def play(self, sound: Sound) -> None:
        """Begins a sentence: float32 mono at 48 kHz."""

    def follow(self, sound: Sound) -> None:
        """The sentence's next part, heard after the last without a gap where it comes in time."""

    def sounding(self) -> bool:
        """Whether a sentence sounds, its fade included."""

    def hush(self, fade_s: float) -> None:
        """The sentence fades to silence."""

    def ambience(self, sound: SleepSound | None, end_s: float) -> None:
        """This sleep sound, or none, after the one before faded over `end_s`."""

    def ring(self, bell: Bell | None) -> None:
        """The call sounds over everything, at its own loudness, or ends."""

    def volume(self, volume_db: float) -> None:
        """dB below the device's cap."""


@dataclass(slots=True)
class _Piece:
    """A Say or Tell on its way."""

    id: str
    sentences: tuple[Sentence, ...]
    index: int
    story: bool
    """A Tell, whose sentences are reported as they begin."""
    fetch: Fetch | None
    """None where a person reads."""
    state: Literal["waiting", "sounding", "pausing"] = "waiting"
    heard: int = 0
    """Parts of the sentence that were handed to the output."""
    stalled: bool = True
    """The sentence waits for its sound; so does the first, whose beginning is the score's."""
    origin_s: float = 0.0
    """When the score's beginning was, by the driver's clock."""
    due_s: float = 0.0
    """When the pause ends."""

    def close(self) -> None:
        if self.fetch:
            self.fetch.close()


class Performance:
    """Not thread-safe: `do` and `tick` belong to one thread. Times are seconds of one steady clock."""

    def __init__(
        self, put: Put, now: Now, sounds: Sounds, output: Output, volume_db: float, arrived: Callable[[], None] | None
    ) -> None:
        """`arrived` is called, from another thread, when a sound came that `tick` may wait for; None: `tick` waits."""
        self._put, self._now, self._sounds, self._arrived = put, now, sounds, arrived
        self._volume_db, self._chapter = _capped(volume_db), False
        self._ambience: SleepSound | None = None
        self._bell: Bell | None = None
        self._calls: set[str] = set()
        self._piece: _Piece | None = None
        self._voiceless = False
        self._heard: dict[str, float] = {}
        self._seed = 0
        self.play_on(output)

    def play_on(self, output: Output) -> None:
        """From now on this is where it sounds; a sentence that was sounding begins again there."""
        self._output = output
        output.volume(self._volume_db)
        output.ambience(self._ambience, 0.0)
        output.ring(self._bell)
        if self._piece and self._piece.state == "sounding":
            self._piece.state, self._piece.stalled = "waiting", True

    def forget(self) -> None:
        """Drops what is being told without a word to the output, which may be what failed."""
        if self._piece:
            self._piece.close()
        self._piece = self._ambience = None

    def do(self, doing: Doing) -> None:
        match doing:
            case Say(id=id, sentences=sentences):
                self._begin(id, sentences, 0, story=False, aloud=True)
            case Tell(id=id, sentences=sentences, begin=begin, aloud=aloud):
                self._begin(id, sentences, begin, story=True, aloud=aloud)
            case Hush(id=id, gently=True):
                self._end_gently(id)
            case Hush(id=id):
                self._hush(id)
            case Volume(step_db=step_db):
                self._volume_db = _capped(self._volume_db + step_db)
                self._output.volume(self._volume_db)
            case Ambience(name=name, seconds=seconds):
                self._sleep_sound(name, seconds, chapter=False)
            case Ring(id=id):
                self._ring(self._calls | {id})
            case Unring(id=id):
                self._ring(self._calls - {id})
            case _:
                pass

    def tick(self, at_s: float) -> float | None:
        """Does what is due; -> when to come again, or None where nothing happens before a doing or a sound comes."""
        while piece := self._piece:
            if piece.state == "pausing":
                if at_s < piece.due_s:
                    return piece.due_s
                self._next(piece)
            elif self._more(piece) or self._output.sounding():
                return at_s + TICK_S
            elif piece.state == "sounding":
                piece.state, piece.due_s = "pausing", self._due_s(piece, at_s)
            elif not self._start(piece, at_s):
                return None
        return None

    def _begin(self, id: str, sentences: tuple[Sentence, ...], begin: int, *, story: bool, aloud: bool) -> None:
        self._drop(_REPLACED_S)
        if begin >= len(sentences):
            self._put(Finished(at=self._now(), id=id))
            return
        fetch = Fetch(self._sounds, sentences, begin, self._arrived, self._heard) if aloud else None
        self._piece = _Piece(id, sentences, begin, story, fetch)

    def _start(self, piece: _Piece, at_s: float) -> bool:
        """-> False where nothing of the sentence is there yet."""
        line = piece.fetch.get(piece.index) if piece.fetch else Line(whole=True)
        if line is None:
            piece.stalled |= at_s > piece.origin_s + piece.sentences[piece.index].at_s + _LATE_S
            return False
        sentence = piece.sentences[piece.index]
        if piece.stalled:
            piece.origin_s = at_s - sentence.at_s
        piece.state, piece.stalled, piece.heard = "sounding", False, len(line.parts)
        if line.parts:
            self._output.play(np.concatenate(line.parts))
            self._voice_works()
        else:
            piece.state, piece.due_s = "pausing", self._after_s(piece)
            if line.fault:
                self._voice_failed(piece.id, line.fault)
        if piece.story:
            self._put(Reached(at=self._now(), id=piece.id, sentence=piece.index))
        for cue in sentence.cues if piece.fetch else ():
            self._cue(cue, sentence.level_db)
        return True

    def _more(self, piece: _Piece) -> bool:
        """Hands over what came meanwhile of the sentence that sounds -> whether more of it is to come."""
        line = piece.fetch.get(piece.index) if piece.fetch and piece.state == "sounding" else None
        if line is None:
            return False
        for part in line.parts[piece.heard :]:
            self._output.follow(part)
        piece.heard = len(line.parts)
        if line.fault:
            self._voice_failed(piece.id, line.fault)
        return not line.whole

    def _due_s(self, piece: _Piece, at_s: float) -> float:
        pause_s = min(piece.sentences[piece.index].pause_s, LEAST_PAUSE_S)
        return max(at_s + pause_s, self._after_s(piece))

    def _after_s(self, piece: _Piece) -> float:
        """-> when the score wants what comes after this sentence."""
        if piece.index + 1 < len(piece.sentences):
            return piece.origin_s + piece.sentences[piece.index + 1].at_s
        last = piece.sentences[-1]
        return piece.origin_s + last.at_s + last.voice_s + last.pause_s

    def _next(self, piece: _Piece) -> None:
        piece.index += 1
        piece.state = "waiting"
        if piece.index == len(piece.sentences):
            self._piece = None
            piece.close()
            if self._chapter and self._ambience:
                self._ambience.fade(_CHAPTER_FADE_S)
            self._put(Finished(at=self._now(), id=piece.id))

    def _hush(self, id: str) -> None:
        if not id:
            self._ambience = None
            self._output.ambience(None, HUSH_S)
        if self._piece and id in ("", self._piece.id):
            self._drop(HUSH_S)

    def _drop(self, fade_s: float) -> None:
        if self._piece:
            self._output.hush(fade_s)
            self._piece.close()
            self._piece = None

    def _end_gently(self, id: str) -> None:
        """What sounds is the last; where nothing does, it ends now."""
        piece = self._piece
        if piece is None or piece.id != id:
            return
        if piece.state == "sounding":
            last = replace(piece.sentences[piece.index], pause_s=0.0)
            piece.sentences = (*piece.sentences[: piece.index], last)
        else:
            self._drop(HUSH_S)
            self._put(Finished(at=self._now(), id=id))

    def _ring(self, calls: set[str]) -> None:
        """Knocks as long as one call is open; a second one does not begin softly again."""
        if bool(calls) != bool(self._calls):
            self._bell = Bell() if calls else None
            self._output.ring(self._bell)
        self._calls = calls

    def _cue(self, cue: Cue, level_db: float) -> None:
        """A chapter's sound is as soft as its words: at a story's end it would be louder than they are."""
        if cue.kind == "sound":
            self._sleep_sound(cue.value, 0.0, level_db, chapter=True)

    def _sleep_sound(self, name: str, seconds: float, level_db: float = 0.0, *, chapter: bool) -> None:
        if name and name not in NAMES:
            if not chapter:
                reason = f'There is no sleep sound "{name}"; there are {", ".join(NAMES)}.'
                self._put(Failed(at=self._now(), part="ambience", reason=reason))
            return
        self._seed += 1
        self._chapter = chapter
        self._ambience = SleepSound(name, seconds, self._seed, level_db) if name else None
        self._output.ambience(self._ambience, _AMBIENCE_END_S)

    def _voice_failed(self, id: str, fault: VoiceError) -> None:
        if not self._voiceless:
            self._voiceless = True
            self._put(Failed(at=self._now(), part="voice", reason=str(fault), id=id))

    def _voice_works(self) -> None:
        if self._voiceless:
            self._voiceless = False
            self._put(Recovered(at=self._now(), part="voice"))


def _capped(volume_db: float) -> float:
    """-> dB below the device's cap, never above it; what is no number is as soft as it gets."""
    return min(max(SOFTEST_DB, volume_db), 0.0)
