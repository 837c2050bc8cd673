"""How long the answer waits after the last word: `python -m tests.bench.waiting [--stride N]`.

Children and adults of the shared recordings say a sentence out of fifty, and their room goes on behind it, as in front
of a microphone. A wait is the sound between last word and answer, and what computing adds, as if the sound came in
real time; computing is this process's own time, so that what else the machine does counts little. Of sentences heard
right.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from device.senses.ear.hear import Ear, automaton_of, language, listen_to, read, unnamed
from device.senses.ear.listener import Recognised, Task
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.voice import levels_db
from tests.shared import shared

BEHIND_S = 2.0
"""The room after the sentence: longer than any wait."""


def in_its_room(samples: Samples) -> Samples:
    """-> the recording, and behind it noise as loud as its softest tenth."""
    level = 10 ** (np.percentile(levels_db(samples), 10) / 20)
    noise = np.random.default_rng(0).normal(0, level * 32767, round(BEHIND_S * RATE_HZ))
    return np.concatenate([samples, np.clip(noise, -32768, 32767).astype(np.int16)])


def waits(speech: Path, said: list[dict[str, Any]]) -> Iterator[tuple[float, float]]:
    """-> (seconds with computing, seconds of sound alone) of each sentence that is heard right."""
    ear, tasks = Ear(language()), dict[str, Task]()
    for each in said:
        grammar = each["grammar"]
        if grammar not in tasks:
            tasks[grammar] = Task(ear.network(automaton_of(speech / "grammars" / grammar)), unnamed)
        samples = in_its_room(read(speech / "audio" / "so762" / each["f"])[0])
        result, late_s = listen_to(samples, ear.listen(tasks[grammar], BEHIND_S + 60.0, gated=False), process_time)
        if isinstance(result, Recognised) and result.text == each["text"]:
            yield result.after_end_s + late_s, result.after_end_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    stride, folder = parser.parse_args().stride, shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    closed = json.loads((folder / "speech" / "closed50.json").read_text())
    said = [*closed["kids"], *closed["adult"]][::stride]
    measured = np.array(list(waits(folder / "speech", said)))
    print(f"{len(measured)} of {len(said)} sentences heard right\n\n| wait, s | median | 95 of 100 |\n|---|---|---|")
    for name, column in zip(("with computing", "sound alone"), measured.T, strict=True):
        print("| {} | {:.2f} | {:.2f} |".format(name, *np.percentile(column, [50, 95])))


if __name__ == "__main__":
    main()
