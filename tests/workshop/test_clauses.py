from __future__ import annotations

import random

from device.workshop.clauses import (
    NUMBER_DIGITS,
    SENTENCE_WORDS,
    TEXT_WORDS,
    WORD_CHARACTERS,
    opening,
    pieces,
    tame,
)


def test_an_ordinary_sentence_is_left_as_it_is() -> None:
    text = "“Who is there?” asked the keeper, softly; and he opened Benny's door."
    assert tame(text) == text


def test_words_and_numbers_are_cut_where_engines_die() -> None:
    assert max(map(len, tame("s'" * 80 + " a" * 500).split())) <= WORD_CHARACTERS
    assert tame("7" * 400) == "7" * NUMBER_DIGITS
    assert len(tame("over the hill " * 400).split()) == TEXT_WORDS


def test_commands_to_the_phonemisers_are_taken_out() -> None:
    assert tame("[[ bad ]] and [x](/phonemes/) <break/>") == "bad and x phonemes break"


def test_nothing_to_say_is_empty() -> None:
    assert [tame(text) for text in ("", "...", "— ‽ —", "月が出た", "\0\x1b")] == [""] * 5


def test_long_sentences_are_cut_at_clauses() -> None:
    text = "The bear went up the hill, and the fox went down the hill; then both slept. And the moon rose."
    assert pieces(text, 8) == [
        "The bear went up the hill,",
        "and the fox went down the hill;",
        "then both slept.",
        "And the moon rose.",
    ]


def test_no_piece_is_too_long_and_no_word_is_lost_whatever_the_text() -> None:
    chance = random.Random(3)
    for _ in range(300):
        text = tame(
            " ".join(
                chance.choice(["a", "bear,", "slept.", "'tis", "x" * 90, "12", "-"])
                for _ in range(chance.randrange(90))
            )
        )
        cut = pieces(text)
        assert all(0 < len(piece.split()) <= SENTENCE_WORDS for piece in cut)
        assert "".join(filter(str.isalnum, "".join(cut))) == "".join(filter(str.isalnum, text))


def test_a_short_first_clause_can_be_spoken_alone() -> None:
    assert opening("Once upon a time, there was a bear.") == ("Once upon a time,", "there was a bear.")
    assert opening("Yes, said the bear.")[0] == ""
    assert opening("There was a bear.") == ("", "There was a bear.")
