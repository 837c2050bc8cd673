"""How often a call in the middle of other talk is heard: `python -m tests.bench.calling [--count 40] [--voices ...]`.

Each is a piece of the shared recordings in which nothing of ours is said, and behind it in the same breath (.1 to .5 s)
a synthetic voice (`weaving`) that asks for something of Max by name, as loud as the talk before. "From its begin" is
the same ear without a look for the call. Right is what means what was asked. Prints a Markdown table, and every miss on
stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from random import Random

import numpy as np

from device.night.language import Meaning
from device.senses.ear.hear import Ear, language, listen_to
from device.senses.ear.listener import Recognised, Task
from device.senses.ear.listening import called
from device.senses.ear.posteriors import RATE_HZ, Samples
from tests.bench.talk import piece
from tests.bench.weaving import RAISED, Say, in_a_room, voices
from tests.shared import shared

REQUESTS = (
    "hey max tell me a story about the moon",
    "hey max stop please",
    "hey max five more minutes",
    "hey max what time is it",
    "hey max leave me alone tonight",
    "hey max i had a bad dream",
    "hey max i need a grown up",
    "hey max tell me a sleepy story",
)
BEFORE_S = 3.0
BREATHS_S = (0.1, 0.3, 0.5)


def talk(speech: Path) -> Iterator[Samples]:
    """-> the end of each recording of other talk, for ever."""
    clips = json.loads((speech / "oog.json").read_text())
    Random(3).shuffle(clips)
    for each in cycle(clips):
        sound = piece(speech / "audio" / each["f"], each.get("from", 0.0), each.get("len"))
        if len(sound) > RATE_HZ:
            yield sound[-round(BEFORE_S * RATE_HZ) :]


def behind(before: Samples, call: Samples, breath_s: float) -> Samples:
    """-> both, the talk as loud as the call."""
    level = np.sqrt((call.astype(np.float64) ** 2).mean() / max((before.astype(np.float64) ** 2).mean(), 1.0))
    loud = np.clip(before * level, -32768, 32767).astype(np.int16)
    quiet = round((0.75 - breath_s) * RATE_HZ)  # `in_a_room` begins with .75 s of the room
    return np.concatenate([loud, call[quiet:], call[:quiet], call[:quiet]])


def hears(ear: Ear, task: Task, sound: Samples) -> tuple[str, Meaning | None]:
    result, _ = listen_to(sound, ear.listen(task, 60))
    text = result.text if isinstance(result, Recognised) else ""
    return text, ear.language.understand(text)


def row(ear: Ear, name: str, say: Say, raised: float, talks: list[Samples]) -> str:
    looks = called(ear.task(), ear.call)
    rates = np.zeros(3)
    for number, (before, request) in enumerate(zip(talks, cycle(REQUESTS), strict=False)):
        call = in_a_room(*say(request, 1.0, number), raised, number)
        sound = behind(before, call, BREATHS_S[number % len(BREATHS_S)])
        meant = ear.language.understand(request)
        for which, (task, samples) in enumerate(((looks, call), (looks, sound), (replace(looks, call=None), sound))):
            text, meaning = hears(ear, task, samples)
            rates[which] += meaning == meant
            if which == 1 and meaning != meant:
                print(f"{name} x {raised}: {request} was heard as {text or 'nothing'}", file=sys.stderr)
    cells = " | ".join(f"{rate:.0f}" for rate in 100 * rates / len(talks))
    return f"| {name}{', raised' if raised > 1 else ''} | {len(talks)} | {cells} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--voices", default="joe,heart,espeak-ng en-us+f3")
    asked, folder = parser.parse_args(), shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    ear, known = Ear(language()), voices()
    talks = list(islice(talk(folder / "speech"), asked.count))
    print("| heard right, % | n | no talk before | from the call on | from its begin |\n|---|---|---|---|---|")
    for name in asked.voices.split(","):
        for raised in (1.0, RAISED):
            print(row(ear, name, known[name], raised, talks), flush=True)


if __name__ == "__main__":
    main()
