"""How a telling sounds, measured from the recorded sound: `python -m tests.bench.telling [STORY MINUTES AGE ...]`.

Prints a row for each telling; without any, for STORIES at the short end, the middle and the long end of what each
takes. What was rendered for one serves the next: the nine take about ten minutes of two cores.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from device import given
from device.acts.loudness import true_peak_db
from device.acts.measuring import Spoken, read, spoken
from device.acts.recording import record
from device.events import Sentence, Tell
from device.tales.score import score, span_min
from device.workshop.render import Workshop
from device.workshop.voices import voice

STORIES = {"third-moon": 8, "lighthouse": 10, "slow-post": 8}
"""Short name, and an age it is told to."""
ENDS = {"long": 1.0, "middle": 0.5, "short": 0.0}
TAIL_S = 1.0
"""A recording goes on so long after the last pause."""
_EDGE_S = 90.0
"""Words a minute at the start and at the end are counted over so long: a slow sentence takes ten seconds."""


@dataclass(frozen=True)
class Figures:
    asked_s: float
    took_s: float
    sentences: int
    heard: int
    start_wpm: float
    end_wpm: float
    first_minute_lufs: float
    """Mean of its sentences, without what sounds between them."""
    last_minute_lufs: float
    pauses_s: tuple[float, ...]
    """Median pause between sentences, of each quarter."""
    largest_rise_lu: float
    """From one sentence to the next, in the second half."""
    true_peak_db: float
    usual_s: float
    """How far from their places in the score 95 of 100 sentences began at most."""


def minutes_at(end: str, slug: str, data: Path) -> float:
    """-> the length, to a tenth of a minute, at that end of what the story takes."""
    story = given.read_story(next(file for file in given.story_files(data) if file.stem == slug))
    shortest, longest = span_min(story, voice("max", data), STORIES[slug])
    return round(shortest + ENDS[end] * (longest - shortest), 1)


def tell(slug: str, minutes: float, age: int, data: Path, out: Path) -> tuple[Sentence, ...]:
    """Records a telling; -> its score."""
    story = given.read_story(next(file for file in given.story_files(data) if file.stem == slug))
    sentences = score(story, voice=voice("max", data), seconds=minutes * 60, age=age)
    doing = Tell(id="bench", story=slug, title=story.title, sentences=sentences)
    with closing(Workshop(data)) as workshop:
        record([(datetime(2026, 3, 4, tzinfo=UTC), doing)], workshop, out)
    return sentences


def figures(out: Path, sentences: tuple[Sentence, ...], minutes: float) -> Figures:
    sound, rate_hz = read(out)
    end_s = len(sound) / rate_hz - TAIL_S
    heard = spoken(sound, rate_hz, sentences)
    places = {sentence.text: sentence.at_s for sentence in reversed(sentences)}
    late = [abs(each.begin_s - places[each.text]) for each in heard if _once(each.text, sentences)]
    half = heard[len(heard) // 2 :]
    return Figures(
        asked_s=minutes * 60,
        took_s=end_s,
        sentences=len(sentences),
        heard=len(heard),
        start_wpm=_wpm([each for each in heard if each.begin_s < _EDGE_S], heard, end_s),
        end_wpm=_wpm([each for each in heard if each.begin_s >= end_s - _EDGE_S], heard, end_s),
        first_minute_lufs=statistics.mean(each.level_lufs for each in heard if each.begin_s < 60),
        last_minute_lufs=statistics.mean(each.level_lufs for each in heard if each.begin_s > end_s - 60),
        pauses_s=_pauses(heard),
        largest_rise_lu=max(after.level_lufs - before.level_lufs for before, after in pairwise(half)),
        true_peak_db=true_peak_db(sound, rate_hz),
        usual_s=sorted(late)[int(0.95 * len(late))],
    )


def _wpm(some: list[Spoken], heard: list[Spoken], end_s: float) -> float:
    after = heard.index(some[-1]) + 1
    until_s = heard[after].begin_s if after < len(heard) else end_s
    return 60 * sum(each.words for each in some) / (until_s - some[0].begin_s)


def _pauses(heard: list[Spoken]) -> tuple[float, ...]:
    gaps = [after.begin_s - before.end_s for before, after in pairwise(heard)]
    quarter = -(-len(gaps) // 4)
    return tuple(statistics.median(gaps[at : at + quarter]) for at in range(0, len(gaps), quarter))


def _once(text: str, sentences: tuple[Sentence, ...]) -> bool:
    return sum(each.text == text for each in sentences) == 1


def row(name: str, got: Figures) -> str:
    pauses = " ".join(f"{pause:.2f}" for pause in got.pauses_s)
    return (
        f"{name:22} asked {got.asked_s / 60:4.1f} min, took {got.took_s / 60:5.2f} · {got.heard}/{got.sentences} "
        f"heard, usually within {got.usual_s:.2f} s · {got.start_wpm:.0f} -> {got.end_wpm:.0f} words/min · "
        f"{got.first_minute_lufs:.1f} -> {got.last_minute_lufs:.1f} LUFS · pauses {pauses} s · "
        f"rise {got.largest_rise_lu:.1f} LU · {got.true_peak_db:.1f} dBTP"
    )


def main(wanted: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        named = [(slug, float(minutes), int(age)) for slug, minutes, age in zip(*[iter(wanted)] * 3, strict=True)]
        nine = [(slug, minutes_at(end, slug, data), age) for slug, age in STORIES.items() for end in ENDS]
        for slug, minutes, age in named or nine:
            out = data / f"{slug}.opus"
            print(row(slug, figures(out, tell(slug, minutes, age, data, out), minutes)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
