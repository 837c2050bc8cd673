"""`python -m tests.workshop.hostile COUNT`: hands hostile texts to the engines, in a process that may die."""

from __future__ import annotations

import random
import sys

from device.workshop.clauses import pieces, tame
from device.workshop.heart import Heart
from device.workshop.piper import phonemes

MARKS = (
    "'", "s'", "a", "'s", ".", "-", "7", " ", "\n", "é", "ß", "[[", "]]", "(", "/", "\\", "%", "\0", "😀", "ا", "<p>",
    "&",
)  # fmt: skip
LENGTHS = (3, 40, 160, 400)
_SPOKEN_EVERY = 200


def texts(count: int) -> list[str]:
    chance = random.Random(7)
    some = [chance.sample(MARKS, chance.randrange(1, 5)) for _ in range(count)]
    return ["".join(chance.choice(marks) for _ in range(chance.choice(LENGTHS))) for marks in some]


def main(count: int) -> None:
    heart = Heart()
    for number, text in enumerate(texts(count)):
        for piece in pieces(tame(text)):
            phonemes(piece)
            if number % _SPOKEN_EVERY == 0:
                list(heart.stream(piece, 1.44, number))


if __name__ == "__main__":
    main(int(sys.argv[1]))
