"""Text made ready for a voice, and how long a voice takes for it."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from statistics import median

import pytest

from device.tales.speech import (
    LONGEST_NUMBER,
    LONGEST_SENTENCE,
    LONGEST_WORD,
    seconds_at,
    sentences,
    spoken,
    words,
)

JOE = Path(__file__).parent / "joe.csv"
HOSTILE = (
    "s'",
    "[[",
    "]]",
    "[x](/phonemes/)",
    "9",
    "'",
    "…",
    "-",
    "\u0300",
    "\x00",
    "\u202e",
    "🐳",
    "ß",
    "A",
    ".",
    "?",
    '"',
    " ",
    "\n",
    "1/2",
    "½",
    "Ⅷ",
    "-9",
    "$5",
    "°C",
    "J. ",
    " St.",
)


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Dr. Brown met Mr. Pim.", "Doctor Brown met Mister Pim."),
        ("Well... then it was quiet…", "Well, then it was quiet."),
        ("It was late — very late - and\nstill.", "It was late, very late, and still."),
        ("He said STOP. It was a TV.", "He said stop. It was a TV."),
        ("STOP said the sign.", "Stop said the sign."),
        ("1,000 steps, 7–12 years, 3.5 miles.", "1000 steps, 7 to 12 years, 3.5 miles."),
        ("See https://example.org/x for [more](/fəʊ/) [[ fəʊ ]] of it.", "See for more of it."),
        ("“Again?” said the keeper (softly).", "Again? said the keeper, softly."),
        ("No!!! Oh?!", "No. Oh?"),
        ("Don’t ''shout''.", "Don't shout."),
        ("🐳 \u200b ...", ""),
        ("10-12 children, 7:30-8:00.", "10 to 12 children, 7:30 to 8:00."),
        ("3-2-1, go. 3–2–1.", "3, 2, 1, go. 3, 2, 1."),
        ("Twenty-one, 5-year-old, A-10.", "Twenty-one, 5-year-old, A-10."),
        ("1/2 a cup, 1/2 an hour, 1 1/2 cups.", "Half a cup, half an hour, 1 and a half cups."),
        ("A ½, 2½ and 3/4 and 1/3.", "A half, 2 and a half and 3 quarters and a third."),
        ("On 3/4/2026, 24/7.", "On 3 4 2026, 24 7."),
        ("Henry VIII in Chapter II. Ⅷ.", "Henry the eighth in Chapter 2. 8."),
        ("$5, £3.50, $1.00, €2 million.", "5 dollars, 3 pounds 50, 1 dollar, 2 million euros."),
        ("$5-$10 or 5 €.", "5 dollars to 10 dollars or 5 euros."),
        ("-5 it was. 7 − 2, -$5.", "Minus 5 it was. 7 minus 2, minus 5 dollars."),
        ("20°C, 1 °F, 90°.", "20 degrees Celsius, 1 degree Fahrenheit, 90 degrees."),
        ("5 km, 1,000 m, 1 kg, 30mph.", "5 kilometres, 1000 metres, 1 kilogram, 30 miles an hour."),
        ("1/2 km, 1/4 h, 5 km/h.", "Half of a kilometre, a quarter of an hour, 5 kilometres an hour."),
        ("Main St. was long. St. Ives. On Main St.", "Main Street was long. Saint Ives. On Main Street."),
        ("Mt. Everest is No. 5, №6.", "Mount Everest is Number 5, Number 6."),
        ("J. R. R. Tolkien of the U.S.A.", "J R R Tolkien of the U S A."),
        ("An ÉCOLE, ÜBER, ŒUVRE.", "An école, über, œuvre."),
        ("Don´t ﬁsh, 10².", "Don't fish, 10²."),
    ],
)
def test_what_is_written_becomes_what_can_be_said(written: str, heard: str) -> None:
    assert spoken(written) == heard


def test_sentences_end_where_a_listener_hears_an_end() -> None:
    assert sentences('"Again?" asked Mr. Pim. It was 3.5 miles. "Yes." And so on') == (
        "Again? asked Mister Pim.",
        "It was 3.5 miles.",
        "Yes.",
        "And so on",
    )


def test_an_abbreviation_ends_no_sentence() -> None:
    assert len(sentences("Mt. Everest is No. 5. J. R. R. Tolkien and A. A. Milne live on Main St. They write.")) == 3


def test_a_sentence_that_begins_with_a_figure_begins() -> None:
    assert sentences("It was cold. -5 at noon. 1/2 of it froze.") == (
        "It was cold.",
        "Minus 5 at noon.",
        "Half of it froze.",
    )


def test_a_long_sentence_is_cut_at_a_comma_near_its_middle() -> None:
    long = " ".join(["word"] * 17) + ", " + " ".join(["more"] * 16) + "."
    assert [words(part) for part in sentences(long)] == [17, 16]
    assert sentences(long)[0].endswith(",")


def test_ten_thousand_hostile_texts_come_out_within_the_caps() -> None:
    chance = Random(5)
    texts = ["s'" * 80, "9" * 500, "a" * 500, "'" * 5000, "[[" * 500, ". " * 500, "a\u0300" * 300]
    while len(texts) < 10_000:
        some = [chance.choice(HOSTILE) * chance.randint(1, 60) for _ in range(chance.randint(1, 8))]
        some += ["".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(0, 20)))]
        texts.append("".join(chance.sample(some, len(some))))
    for text in texts:
        for sentence in sentences(text):
            assert re.search(r"[^\W_]", sentence)
            assert not re.search(r"[\[\]()\n\"“”]", sentence)
            assert len(sentence.split()) <= LONGEST_SENTENCE
            assert max(map(len, sentence.split())) <= LONGEST_WORD
            assert not re.search(rf"\d{{{LONGEST_NUMBER + 1}}}", sentence)
            assert seconds_at(sentence, 150) > 0


def test_time_is_expected_as_joe_really_takes_it() -> None:
    rows = [row.split(",", 1) for row in JOE.read_text(encoding="utf-8").splitlines()[1:]]
    ratios = [seconds_at(text, 161) / float(seconds) for seconds, text in rows]
    total = sum(seconds_at(text, 161) for _, text in rows) / sum(float(seconds) for seconds, _ in rows)
    assert len(rows) > 100
    assert median(abs(ratio - 1) for ratio in ratios) <= 0.08
    assert 0.97 < total < 1.03
