"""Words, pronunciations and sentences of the test model: the project's own closed language.

`words.txt` and `sentences.txt` are written by `python -m tests.models.language`, in the project's own environment; the
words that only train `[unk]` are in `fillers.txt` and among the nouns of weaving.
"""

import tomllib
from pathlib import Path

HERE = Path(__file__).parent
DEVICE = HERE.parents[2] / "device"
NOUNS = DEVICE / "night" / "phrases" / "nouns.txt"

# Phone numbering follows the layout of the small official models: SIL and SPN take five ids each (plain, begin, end,
# internal, singleton); every other phone takes four (begin, end, internal, singleton).
PHONES = list(tomllib.loads((DEVICE / "senses" / "ear" / "phones.toml").read_text("utf-8")))
SIL, SPN = 0, 1
"""Numbers of their probability densities; phone i has i + 2."""
PDF = {phone: i + 2 for i, phone in enumerate(PHONES)}
NUM_PDFS = len(PHONES) + 2
UNK = "[unk]"


def _lexicon() -> dict[str, list[tuple[str, ...]]]:
    """-> the ways to say each word."""
    lexicon: dict[str, list[tuple[str, ...]]] = {}
    for line in (HERE / "words.txt").read_text("utf-8").splitlines():
        word, *phones = line.split()
        lexicon.setdefault(word, []).append(tuple(phones))
    return lexicon


LEXICON = _lexicon()
WORDS = sorted(LEXICON)
COMMANDS = (HERE / "sentences.txt").read_text("utf-8").splitlines()
OTHERS = sorted({*(HERE / "fillers.txt").read_text("utf-8").split(), *NOUNS.read_text("utf-8").split()} - set(LEXICON))
"""Words outside the vocabulary: their sound trains the phone SPN, which is all of `[unk]`."""
