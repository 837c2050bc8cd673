"""Whether an answer is heard while Max still asks: `python -m tests.bench.over_question [STORY AGE]`.

Each question of the story as it is told, coming back into the microphone like the telling of `over_max`; each of its
answers is said into the last sentence by a synthetic voice. Then Max alone, who must not choose for the child: as loud
as ever, and suddenly louder by LOUDER_DB, as no telling is, from his question on.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import numpy as np
import soxr

from device import given
from device.acts.measuring import Spoken, read, spoken
from device.acts.recording import record
from device.events import Option, Tell
from device.senses.ear.hear import Ear, language
from device.senses.ear.posteriors import RATE_HZ
from device.senses.ear.saying import QUESTION
from device.tales.score import score, span_min, until_choice
from device.tales.story import Story
from device.workshop.render import Workshop
from device.workshop.voices import voice
from tests.bench.over_max import CHILD_DB, ESPEAK, ROOM_DB, Sound, at_level, espeak, hear, level_db, room, trimmed

ECHOES_DB = (float("-inf"), -20.0, -10.0, -6.0)
LOUDER_DB = (3.0, 6.0)
BEFORE_S = 25.0
"""So much of the telling is heard before the question: how loud Max comes back is learnt from 19 s."""
SILENCE_S = 3.0


@dataclass(frozen=True)
class Asked:
    sound: Sound
    telling: tuple[Spoken, ...]
    options: tuple[Option, ...]

    @property
    def begin_s(self) -> float:
        return self.telling[-QUESTION].begin_s


def questions(slug: str, age: int, data: Path) -> Iterator[Asked]:
    """-> each question on the way that silence takes, with what is told before it."""
    story = given.read_story(next(file for file in given.story_files(data) if file.stem == slug))
    scene, told = story.scenes[0].slug, 0.0
    while (asked := _asked(story, scene, told, age, data)).options:
        yield asked
        scene, told = story.scene(_scene_of(story, asked)).silent, told + 0.3


def _scene_of(story: Story, asked: Asked) -> str:
    return next(scene.slug for scene in story.scenes if scene.options == asked.options)


def _asked(story: Story, scene: str, told: float, age: int, data: Path) -> Asked:
    teller = voice("max", data)
    shortest, _ = span_min(story, teller, age)
    rest = score(story, voice=teller, seconds=60 * shortest * (1 - told), age=age, scene=scene, told=told)
    sentences = until_choice(story, rest)
    options = story.scene(sentences[-1].scene).options
    if not options:
        return Asked(np.zeros(0, np.float32), (), ())
    out = data / "part.opus"
    doing = Tell(id="bench", story=story.slug, title=story.title, sentences=sentences)
    with closing(Workshop(data)) as workshop:
        record([(datetime(2026, 3, 4, tzinfo=UTC), doing)], workshop, out)
    sound, rate_hz = read(out)
    heard = spoken(sound, rate_hz, sentences)
    skipped_s = max(heard[-QUESTION].begin_s - BEFORE_S, 0.0)
    heard = [Spoken(e.text, e.begin_s - skipped_s, e.end_s - skipped_s, e.level_lufs) for e in heard]
    near = soxr.resample(sound, rate_hz, RATE_HZ)[round(skipped_s * RATE_HZ) :]
    near = np.concatenate([near, np.zeros(round(SILENCE_S * RATE_HZ))]).astype(np.float32)
    return Asked(near, tuple(heard), options)


def chosen(ear: Ear, asked: Asked, sound: Sound) -> str:
    """-> where the first choice leads that is heard, or ""."""
    reports = (report for _, report in hear(ear, sound, asked.telling, True, asked.options))
    return next((report["slots"]["option"] for report in reports if report["intent"] == "Choice"), "")


def measure(ear: Ear, asked: Asked, echo: Sound) -> tuple[int, int, int]:
    """-> how many answers were said, heard, and taken for the other one."""
    said = [(words, option.to) for option in asked.options for words in (option.words, *option.also)]
    got = []
    for number, ((words, to), who) in enumerate(zip(said, cycle(ESPEAK), strict=False)):
        answer, sound = at_level(trimmed(espeak(words, who)), CHILD_DB), echo.copy()
        begin = round((asked.telling[-1].begin_s + (0.2, 0.8)[number % 2]) * RATE_HZ)
        sound[begin : begin + len(answer)] += answer[: len(sound) - begin]
        got.append((to, chosen(ear, asked, sound)))
    return len(got), sum(to == heard for to, heard in got), sum(heard not in ("", to) for to, heard in got)


def alone(ear: Ear, asked: Asked, echo: Sound) -> list[str]:
    """-> what Max chose by himself."""
    tellings = []
    for louder_db in (0.0, *LOUDER_DB):
        sound = echo.copy()
        sound[round(asked.begin_s * RATE_HZ) :] *= 10 ** (louder_db / 20)
        tellings.append(chosen(ear, asked, sound))
    return [to for to in tellings if to]


def main(wanted: list[str]) -> int:
    slug, age = wanted or ["slow-post", "8"]
    ear = Ear(language())
    with tempfile.TemporaryDirectory() as folder:
        every = list(questions(slug, int(age), Path(folder)))
    for echo_db in ECHOES_DB:
        for asked in every:
            back = room(asked.sound)
            noise = np.random.default_rng(1).standard_normal(len(back)) * 10 ** (ROOM_DB / 20)
            echo = (back * 10 ** ((CHILD_DB + echo_db - level_db(back)) / 20) + noise).astype(np.float32)
            said, heard, other = measure(ear, asked, echo)
            print(
                f"echo {echo_db:.0f} dB, {asked.telling[-1].text!r}: {heard}/{said} answers heard, {other} taken for "
                f"the other; Max alone {alone(ear, asked, echo)}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
