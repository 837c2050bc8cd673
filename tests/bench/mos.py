"""Whether finishing harms the voice: `python -m tests.bench.mos [--data FOLDER] [--judge PYTHON]`.

DNSMOS (Microsoft's net that stands in for listeners; OVRL after P.835, and P.808) judges twelve sentences of Max and of
his friend as the workshop renders them, and as they are played: at the level of a telling's start and of its end, and
at its end with the sea under them. It hears damage, but hardly prosody, and no wrong words.

DNSMOS reacts to mere loudness, and the end is softer on purpose: so everything is brought to -26 LUFS first, what
sounds under a sentence with it. The difference is between the same sentence finished and raw, with its 95 % interval.

It is no dependency: `pip install onnxruntime librosa requests` and `pip install --no-deps speechmos` into an
environment of its own, whose Python --judge names.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import soxr

from device.acts import finishing
from device.acts.ambience import DUCK_DB, SleepSound
from device.acts.loudness import Floats, integrated
from device.events import Sentence
from device.tales import pace
from device.workshop.render import Workshop
from device.workshop.voices import voice
from tests.bench.speaking import SENTENCES

COLOURS = ("max", "friend")
RAW = "raw"
END_DB = pace.level_db(1.0)
JUDGED_HZ, JUDGED_LUFS = 16_000, -26.0
_EDGE_S = 0.2
_JUDGE = """
import sys
import numpy as np
from speechmos import dnsmos
with np.load(sys.argv[1]) as sounds:
    for name in sounds.files:
        got = dnsmos.run(np.clip(sounds[name], -1, 1), 16_000)
        print(name, got["ovrl_mos"], got["p808_mos"], sep="|")
"""


def ways(dry: Floats, rate_hz: int, seed: int) -> Iterator[tuple[str, Floats]]:
    """-> the sentence raw and as it is played, at 16 kHz and one loudness."""
    yield RAW, _alike(np.pad(dry, int(_EDGE_S * rate_hz)), rate_hz, integrated(dry, rate_hz))
    for name, level_db, under in (("start", 0.0, ""), ("end", END_DB, ""), ("end, over the sea", END_DB, "sea")):
        spoken = finishing.finish(dry, rate_hz, level_db)
        played: Floats = np.pad(spoken, int(_EDGE_S * finishing.RATE_HZ))
        if under:
            played = played + _under(under, len(played), level_db, seed)
        yield name, _alike(played, finishing.RATE_HZ, integrated(spoken, finishing.RATE_HZ))


def _under(name: str, count: int, level_db: float, seed: int) -> Floats:
    """-> the chapter's sound while somebody speaks, some seconds after its cue."""
    sound = SleepSound(name, 0.0, seed, level_db)
    sound.block(5 * finishing.RATE_HZ)
    block = sound.block(count)
    assert block is not None
    return np.asarray(block * 10 ** (DUCK_DB / 20))


def _alike(sound: Floats, rate_hz: int, lufs: float) -> Floats:
    louder = 10 ** ((JUDGED_LUFS - lufs) / 20)
    return np.asarray(soxr.resample(sound * louder, rate_hz, JUDGED_HZ), dtype=np.float32)


def sounds(data: Path) -> dict[str, Floats]:
    """-> by "colour|way|number"."""
    found = {}
    with closing(Workshop(data)) as workshop:
        for name in COLOURS:
            colour = voice("max", data).colours[name]
            for number, text in enumerate(SENTENCES):
                said = Sentence(text, name, scale=colour.rates[1].scale, pitch_st=colour.pitch_st)
                for way, sound in ways(workshop.sound(said), workshop.rate_hz, number):
                    found[f"{name}|{way}|{number}"] = sound
    return found


def judged(found: Mapping[str, Floats], python: str) -> dict[str, tuple[float, float]]:
    """-> (OVRL, P.808) of each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sounds.npz"
        np.savez(file, allow_pickle=False, **found)
        done = subprocess.run([python, "-c", _JUDGE, str(file)], check=True, capture_output=True, text=True)
    rows = (line.rsplit("|", 2) for line in done.stdout.splitlines())
    return {name: (float(overall), float(p808)) for name, overall, p808 in rows}


def against_raw(got: Mapping[str, tuple[float, float]], colour: str, way: str, which: int) -> str:
    values = [got[f"{colour}|{way}|{n}"][which] for n in range(len(SENTENCES))]
    if way == RAW:
        return f"{statistics.mean(values):.2f}"
    apart = [value - got[f"{colour}|{RAW}|{n}"][which] for n, value in enumerate(values)]
    reach = 2.2 * statistics.stdev(apart) / math.sqrt(len(apart))  # Student's t, 11 degrees of freedom
    return f"{statistics.mean(values):.2f} ({statistics.mean(apart):+.2f} ± {reach:.2f})"


def main() -> int:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--data", type=Path, help="keep what is rendered here")
    wanted.add_argument("--judge", default=sys.executable, metavar="PYTHON", help="of the environment with speechmos")
    options = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        got = judged(sounds(options.data or Path(folder)), options.judge)
    for name in dict.fromkeys(key.rsplit("|", 1)[0] for key in got):
        colour, way = name.split("|")
        overall, p808 = (against_raw(got, colour, way, which) for which in (0, 1))
        print(f"{colour:7} {way:18} OVRL {overall:20}  P.808 {p808:20}  n = {len(SENTENCES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
