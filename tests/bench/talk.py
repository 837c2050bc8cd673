"""How often talk that was not meant for Max makes him answer, an hour: `python -m tests.bench.talk [--stride N]`.

All shared recordings of people who say nothing of ours (children and adults reading, other wake words, commands for
other machines, orders, five people at once) and of kitchen noise run as one stream through what the ear's process does
between microphone and pipe, with no window open: only a sentence that begins with "hey max" counts. Without --stride it
takes about five minutes of one core. Prints a Markdown table, and on stderr what was taken for ours."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from device.senses.ear.hear import BLOCK, Ear, language
from device.senses.ear.listening import Listening
from device.senses.ear.posteriors import RATE_HZ, Samples
from tests.shared import shared

_BETWEEN_S = 1.5
"""Quiet between two recordings: each is over before the next begins. It is not counted as talk."""
_QUIET = 0.0005
"""Of full scale: its noise."""


def recordings(speech: Path, stride: int) -> Iterator[tuple[str, Samples]]:
    """-> (whose, the sound) of each recording in which nothing of ours is said."""
    for each in json.loads((speech / "oog.json").read_text())[::stride]:
        yield each["set"], piece(speech / "audio" / each["f"], each.get("from", 0.0), each.get("len"))
    for file in sorted((speech / "audio" / "coffee").iterdir())[::stride]:
        yield "orders", piece(file)
    for each in [*json.loads((speech / "closed50.json").read_text())["adult"]][::stride]:
        yield "adults reading the closed set", piece(speech / "audio" / "so762" / each["f"])
    for name in ("babble", "kitchen"):
        yield f"{name}, whole", piece(speech / "audio" / "noise" / f"{name}.ogg")


def piece(file: Path, begin_s: float = 0.0, length_s: float | None = None) -> Samples:
    sound, rate_hz = soundfile.read(file, dtype="int16")
    assert rate_hz == RATE_HZ, file
    begin = round(begin_s * RATE_HZ)
    piece: Samples = sound[begin : begin + round(length_s * RATE_HZ) if length_s else None]
    return piece


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="take every nth recording")
    folder = shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    ear = Ear(language())
    talk_s: dict[str, float] = {}
    taken: dict[str, list[str]] = {}
    quiet = (np.random.default_rng(7).normal(0, _QUIET, round(_BETWEEN_S * RATE_HZ)) * 32767).astype(np.int16)
    told: list[str] = []

    def tell(report: dict[str, Any]) -> None:
        if report["report"] == "heard":
            told.append(report["text"])

    listening, at_s = Listening(ear, tell), 0.0
    for whose, sound in recordings(folder / "speech", parser.parse_args().stride):
        for block in np.split(stream := np.append(sound, quiet), range(BLOCK, len(stream), BLOCK)):
            at_s += len(block) / RATE_HZ
            listening.hear(block, at_s)
        talk_s[whose] = talk_s.get(whose, 0.0) + len(sound) / RATE_HZ
        taken.setdefault(whose, []).extend(told)
        told.clear()
    print('| no window open, "hey max" needed | minutes | taken for ours | an hour |\n|---|---|---|---|')
    for whose, seconds in talk_s.items():
        print(f"| {whose} | {seconds / 60:.1f} | {len(taken[whose])} | {len(taken[whose]) / seconds * 3600:.1f} |")
        for text in taken[whose]:
            print(f"{whose}: {text}", file=sys.stderr)
    whole_s, whole = sum(talk_s.values()), sum(map(len, taken.values()))
    print(f"| all | {whole_s / 60:.1f} | {whole} | {whole / whole_s * 3600:.1f} |")


if __name__ == "__main__":
    main()
