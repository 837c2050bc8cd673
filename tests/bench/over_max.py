"""What the ear hears while Max tells a story: `python -m tests.bench.over_max [STORY MINUTES AGE]`.

A recorded telling comes back into the microphone through a small room, so many dB below the child's voice; phrases of
synthetic voices are said over it every ten seconds, wherever that falls. Mixed in memory and not played, so that a run
takes a minute or two; the ear is the one of its own process, told what Max says. Then the telling alone, for what
it takes for a phrase. The child's end to "heard" is time of sound: computing (about .1 s) comes on top.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from device.acts.measuring import Spoken, read, spoken
from device.events import Option, Sentence
from device.senses.ear.hear import BLOCK, Ear, language
from device.senses.ear.listening import Listening
from device.senses.ear.posteriors import RATE_HZ
from device.senses.ear.saying import QUESTION
from device.workshop.render import Workshop
from device.workshop.voices import voice
from tests.bench.telling import tell

ECHOES_DB = (float("-inf"), -20.0, -15.0, -10.0, -6.0)
"""The telling's first minute in the microphone, against the child's voice; the first row is a silent room."""
PHRASES = {"stop": "Stop", "louder": "Louder", "too scary": "TooScary", "i'm scared": "Scared",
           "i need a grown up": "GrownUp", "hey max stop": "Stop"}  # fmt: skip
ESPEAK = ("en-us+f3", "en-us+f2", "en-gb+f4", "en-us+m3")
EVERY_S = 10.0
LATE_S = 2.5
"""What is heard so long after a phrase's end is of it."""
CHILD_DB = -26.0
"""Of full scale: the child's voice at the microphone."""
ROOM_DB = -75.0
DELAY_S = 0.06
"""From the loudspeaker's samples to the microphone's: buffers and air."""

Sound = NDArray[np.float32]
Said = tuple[str, str, Sound]
"""Who, which phrase, how it sounds."""


@dataclass
class Score:
    said: int = 0
    heard: int = 0
    wrong: int = 0
    """Another phrase than the one said."""
    late_s: list[float] = field(default_factory=list)


def room(sound: Sound) -> Sound:
    """-> as it comes back: 60 ms later, with 120 ms of reverberation."""
    chance = np.random.default_rng(7)
    t = np.arange(round(0.12 * RATE_HZ)) / RATE_HZ
    answer = chance.standard_normal(len(t)) * np.exp(-t / 0.025) * 0.12
    answer[0] = 1.0
    size = len(sound) + len(answer)
    heard = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(answer, size), size)
    return np.concatenate([np.zeros(round(DELAY_S * RATE_HZ)), heard])[: len(sound)].astype(np.float32)


def level_db(sound: Sound) -> float:
    """-> mean level of the frames (20 ms) within 25 dB of the loudest."""
    frames = (sound[: len(sound) // 320 * 320].reshape(-1, 320).astype(np.float64) ** 2).mean(axis=1)
    return float(10 * np.log10(frames[frames > frames.max() / 316].mean()))


def at_level(sound: Sound, db: float) -> Sound:
    return (sound * 10 ** ((db - level_db(sound)) / 20)).astype(np.float32)


def phrases() -> list[Said]:
    """-> each phrase in each voice."""
    said = [(who, text, espeak(text, who)) for who in ESPEAK for text in PHRASES]
    with tempfile.TemporaryDirectory() as folder, closing(Workshop(Path(folder), "friend")) as workshop:
        for text in PHRASES:
            spoken_text = Sentence(text.capitalize() + ".", "friend", scale=voice("friend").own.rates[0].scale)
            sound = soxr.resample(np.asarray(workshop.sound(spoken_text)), workshop.rate_hz, RATE_HZ)
            said += [("heart", text, sound)] * 2
    return [(who, text, trimmed(sound)) for who, text, sound in said]


def trimmed(sound: Sound) -> Sound:
    """-> without the silence around it."""
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


def espeak(text: str, who: str) -> Sound:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", who, "-s", "140", "-w", file.name, text], check=True)
        sound, rate_hz = soundfile.read(file.name, dtype="float32")
    return np.asarray(soxr.resample(sound, rate_hz, RATE_HZ), np.float32)


def hear(
    ear: Ear, sound: Sound, telling: Sequence[Spoken], told: bool, options: Sequence[Option] = ()
) -> Iterator[tuple[float, dict[str, Any]]]:
    """-> (when, report) of all that is heard; `told`: whether the ear is told what Max says, and with the last
    sentences which `options` there are."""
    reports: list[dict[str, Any]] = []
    listening = Listening(ear, reports.append)
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    index = -1
    for begin in range(0, len(samples), BLOCK):
        at_s = begin / RATE_HZ
        running = max(sum(each.begin_s <= at_s for each in telling) - 1, 0)
        if told and running != index:
            index = running
            near = telling[max(index - 1, 0) : index + 2]
            asked = [asdict(option) for option in options] if index >= len(telling) - QUESTION else []
            listening.told({"order": "saying", "texts": [each.text for each in near], "options": asked}, at_s)
        listening.hear(samples[begin : begin + BLOCK], at_s)
        yield from ((at_s + BLOCK / RATE_HZ, report) for report in reports if report["report"] == "heard")
        reports.clear()


def measure(ear: Ear, echo: Sound, telling: Sequence[Spoken], said: Sequence[Said], told: bool) -> dict[str, Score]:
    """-> a score for each phrase, said over the telling."""
    sound, ends = echo.copy(), []
    times_s = np.arange(EVERY_S, len(echo) / RATE_HZ - 5, EVERY_S)
    for (_, text, phrase), begin_s in zip(cycle(said), times_s, strict=False):
        begin = round(begin_s * RATE_HZ)
        sound[begin : begin + len(phrase)] += at_level(phrase, CHILD_DB)
        ends.append((begin_s + len(phrase) / RATE_HZ, text))
    heard = list(hear(ear, sound, telling, told))
    scores = {text: Score() for text in PHRASES}
    for end_s, text in ends:
        near = [(at_s - end_s, each["intent"]) for at_s, each in heard if -0.5 <= at_s - end_s <= LATE_S]
        scores[text].said += 1
        scores[text].wrong += any(intent != PHRASES[text] for _, intent in near)
        right = [late_s for late_s, intent in near if intent == PHRASES[text]]
        scores[text].heard += bool(right)
        scores[text].late_s += right[:1]
    return scores


def table(sound: Sound, telling: Sequence[Spoken]) -> Iterator[str]:
    ear, said = Ear(language()), phrases()
    back = room(sound)
    loud_db = level_db(back[: 60 * RATE_HZ])
    noise = np.random.default_rng(1).standard_normal(len(back)).astype(np.float32) * 10 ** (ROOM_DB / 20)
    order = np.random.default_rng(3).permutation(len(said))
    said = [said[number] for number in order]
    for echo_db in ECHOES_DB:
        echo = back * np.float32(10 ** ((CHILD_DB + echo_db - loud_db) / 20)) + noise
        for told in (False, True):
            scores = measure(ear, echo, telling, said, told)
            alone = [each["text"] for _, each in hear(ear, echo, telling, told)]
            late = sorted(late_s for score in scores.values() for late_s in score.late_s)
            each = ", ".join(f"{text} {score.heard}/{score.said}" for text, score in scores.items())
            wrong = sum(score.wrong for score in scores.values())
            false = len(alone) / (len(echo) / RATE_HZ / 3600)
            wait = f"{late[len(late) // 2]:.2f} s ({late[-1]:.2f} at most)" if late else "-"
            yield (
                f"echo {echo_db:.0f} dB, {'told what Max says' if told else 'not told'}: {each}; wrong {wrong}; "
                f"end to heard {wait}; Max alone {false:.1f} an hour {alone}"
            )


def main(wanted: list[str]) -> int:
    slug, minutes, age = wanted or ["third-moon", "8.1", "6"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "telling.opus"
        sentences = tell(slug, float(minutes), int(age), Path(folder), out)
        sound, rate_hz = read(out)
    telling = spoken(sound, rate_hz, sentences)
    for row in table(soxr.resample(sound, rate_hz, RATE_HZ), telling):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
