"""Makes voices/samples anew: `python -m tests.bench.samples [--data FOLDER] [--out FOLDER]`.

For each of STORIES a telling of middle length: a picture of the whole, and its first and last half minute as Ogg Opus,
cut where nobody speaks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from device import given, plot
from device.acts.loudness import Floats
from device.acts.measuring import Spoken, read, spoken
from tests.bench.telling import STORIES, minutes_at, tell

OUT = Path(__file__).parents[2] / "voices" / "samples"
_COMPRESSION = 0.85
"""libsndfile's knob for Opus: about 35 kbit/s, so that three stay under a megabyte."""
_PART_S, _BETWEEN_S, _EDGE_S, _FADE_S = 30.0, 1.5, 0.15, 0.05


def ends(sound: Floats, rate_hz: int, heard: Sequence[Spoken]) -> Floats:
    """-> the sentences of the first and of the last half minute, with a silence between them."""
    end_s = len(sound) / rate_hz
    first_s = max(each.end_s for each in heard if each.end_s <= _PART_S) + _EDGE_S
    last_s = min(each.begin_s for each in heard if each.begin_s >= end_s - _PART_S) - _EDGE_S
    first, last = sound[: int(first_s * rate_hz)], sound[int(last_s * rate_hz) :]
    fade = np.linspace(0, 1, int(_FADE_S * rate_hz), dtype=np.float32)
    first[-len(fade) :] *= fade[::-1]
    last[: len(fade)] *= fade
    return np.concatenate([first, np.zeros(int(_BETWEEN_S * rate_hz), dtype=np.float32), last])


def sample(slug: str, data: Path, out: Path) -> None:
    recorded, name = data / f"{slug}.opus", f"max-joe-{slug}"
    sentences = tell(slug, minutes_at("middle", slug, data), STORIES[slug], data, recorded)
    title = given.read_story(next(file for file in given.story_files(data) if file.stem == slug)).title
    plot.telling(recorded, title, sentences, out / f"{name}.png")
    sound, rate_hz = read(recorded)
    short = ends(sound, rate_hz, spoken(sound, rate_hz, sentences))
    soundfile.write(out / f"{name}.opus", short, rate_hz, format="OGG", subtype="OPUS", compression_level=_COMPRESSION)


def main() -> int:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--data", type=Path, help="keep what is rendered here")
    wanted.add_argument("--out", type=Path, default=OUT)
    options = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for slug in STORIES:
            sample(slug, options.data or Path(folder), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
