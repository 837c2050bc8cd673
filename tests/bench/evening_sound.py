"""What hearing costs over an hour of ordinary evening sound: `python -m tests.bench.evening_sound [--minutes N]`.

No window is open; every sound runs through what the ear's process does between microphone and pipe, as fast as it goes.
An hour is SHARES: a quiet room (noise made here), kitchen noise and people reading aloud (the shared recordings, which
this needs), and Max telling (a sample of his voice, softer). They alternate by the half minute. Fewer --minutes keep
the shares. Prints CPU seconds a second of each and of the whole."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from device.senses.ear.hear import BLOCK, Ear, language
from device.senses.ear.listening import Listening
from device.senses.ear.posteriors import RATE_HZ, Samples
from tests.shared import shared

SHARES = {"quiet room": 0.60, "kitchen": 0.15, "talk": 0.15, "Max telling": 0.10}
PIECE_S = 30
_QUIET, _TELLING = 0.0005, 0.3
"""Noise of a quiet room, of full scale; gain of Max's voice at the microphone."""
_SAMPLES = Path(__file__).parents[2] / "voices" / "samples"
Source = Iterator[Samples]


def quiet_room() -> Source:
    random = np.random.default_rng(11)
    while True:
        yield (random.normal(0, _QUIET, PIECE_S * RATE_HZ) * 32767).astype(np.int16)


def pieces(files: list[Path], gain: float = 1.0) -> Source:
    """-> the recordings one after another, over and over, PIECE_S at a time."""
    rest: Samples = np.zeros(0, np.int16)
    while True:
        for file in files:
            rate_hz = soundfile.info(file).samplerate
            for block in soundfile.blocks(file, blocksize=PIECE_S * rate_hz, dtype="float32", always_2d=True):
                sound = soxr.resample(block.mean(axis=1), rate_hz, RATE_HZ)
                rest = np.append(rest, (np.clip(sound * gain, -1, 1) * 32767).astype(np.int16))
                while len(rest) >= PIECE_S * RATE_HZ:
                    yield rest[: PIECE_S * RATE_HZ]
                    rest = rest[PIECE_S * RATE_HZ :]


def sources(speech: Path) -> dict[str, Source]:
    audio = speech / "audio"
    talk = [audio / each["f"] for each in json.loads((speech / "oog.json").read_text()) if "reading" in each["set"]]
    return {
        "quiet room": quiet_room(),
        "kitchen": pieces([audio / "noise" / "kitchen.ogg"]),
        "talk": pieces(talk),
        "Max telling": pieces([_SAMPLES / "max-joe-third-moon.opus"], _TELLING),
    }


def order(count: int) -> list[str]:
    """-> what each of `count` pieces is: always what is furthest behind its share."""
    had = dict.fromkeys(SHARES, 0)
    row = []
    for so_far in range(1, count + 1):
        kind = max(SHARES, key=lambda each: SHARES[each] * so_far - had[each])
        had[kind] += 1
        row.append(kind)
    return row


def cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    folder = shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    listening, at_s = Listening(Ear(language()), lambda report: None), 0.0
    sound_of, spent, heard = sources(folder / "speech"), dict.fromkeys(SHARES, 0.0), dict.fromkeys(SHARES, 0)
    for kind in order(parser.parse_args().minutes * 60 // PIECE_S):
        sound = next(sound_of[kind])

        def hear(sound: Samples = sound) -> None:
            nonlocal at_s
            for begin in range(0, len(sound), BLOCK):
                at_s += BLOCK / RATE_HZ
                listening.hear(sound[begin : begin + BLOCK], at_s)

        spent[kind] += cpu_s(hear)
        heard[kind] += PIECE_S
    print("| | minutes | CPU s a second |\n|---|---|---|")
    for kind, seconds in filter(lambda each: each[1], heard.items()):
        print(f"| {kind} | {seconds / 60:.1f} | {spent[kind] / seconds:.3f} |")
    print(f"| the evening | {at_s / 60:.1f} | {sum(spent.values()) / at_s:.3f} |")


if __name__ == "__main__":
    main()
