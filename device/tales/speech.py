"""Text made ready for a voice: only what can be spoken, in sentences no engine dies of, and how long they take."""

from __future__ import annotations

import re
import unicodedata

from device.tales import figures

LONGEST_WORD = 40
"""Characters. Piper's phonemizer dies of some longer ones, such as "s'" * 80."""

LONGEST_SENTENCE = 30
"""Words. An engine's memory grows with the longest sentence it is given."""

LONGEST_NUMBER = 20
"""Digits. heart's pronunciation fails at 40."""

_LONGEST_TEXT = 8_000
"""Characters of one paragraph that are looked at."""

_QUOTES = str.maketrans(dict.fromkeys("‘’‛`´", "'") | {"№": "No. "})
"""What normalising would take apart."""

_UPPER = "A-ZÀ-ÖØ-ÞŒŠŽ"

_STEPS: list[figures.Step] = [
    (re.compile(r"\[\[.*?\]\]"), " "),  # Piper would speak it as phonemes
    (re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)"), r"\1"),  # a link; heart would take its target for phonemes
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), " "),
    *figures.STEPS,
    (re.compile(r"'{2,}"), "'"),
    (re.compile(r"…|\.(?:\s?\.)+"), "… "),
    (re.compile(r"…\s+(?=[a-z])"), ", "),
    (re.compile(r"…"), "."),
    (re.compile(r"\s*(?:[–—―]|(?<=\s)-+(?=\s)|--+)\s*"), ", "),
    (re.compile(r"\s*[()]\s*"), ", "),
    (re.compile(r"!+(?:\?!*)*"), "."),  # nobody exclaims at bedtime
    (re.compile(r"&"), " and "),
    (re.compile(r"%"), " percent "),
    (re.compile(r"[^\w\s.,;:?'-]|_"), " "),
    (re.compile(r"(?<!\w)['-]+|['-]+(?!\w)"), " "),
    (re.compile(r"\s+(?=[.,;:?])"), ""),
    (re.compile(r"[.,;:]*\?[.,;:?]*"), "?"),
    (re.compile(r"[,;:]*\.[.,;:]*(?!\d)"), "."),
    (re.compile(r"[,;:]*([,;:])(?=\s|$)"), r"\1"),
    (re.compile(r"^[\s.,;:?-]+"), ""),
    (re.compile(r"\s+"), " "),
]

_SENTENCE_END = re.compile(r"(?<=[.?])\s+(?=[^a-z\s])")
_CLAUSE_ENDS = (",", ";", ":")


def spoken(text: str) -> str:
    """-> `text` as a voice should get it. Empty where nothing in it can be spoken; raises nothing."""
    text = "".join(map(_plain, unicodedata.normalize("NFC", text[:_LONGEST_TEXT].translate(_QUOTES))))
    text = " ".join(text[:_LONGEST_TEXT].split())
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", text)  # long runs of a mark would keep the patterns below busy
    text = "".join(char if unicodedata.category(char)[0] in "LNPSZ" else " " for char in text)
    for pattern, instead in _STEPS:
        text = pattern.sub(instead, text)
    text = re.sub(rf"\b[{_UPPER}]{{2,}}(?:'[{_UPPER}]+)?\b", _quietly, text)
    return " ".join(piece for word in text.split() for piece in _pieces(word)).strip()


def sentences(text: str) -> tuple[str, ...]:
    """-> the sentences of `text`, each within the caps, each with a letter or digit; raises nothing.

    A long one is cut at its commas; its parts keep the comma, and only the last has the full stop.
    """
    whole = _SENTENCE_END.split(spoken(text))
    return tuple(part for sentence in whole for part in _clauses(sentence.split()) if re.search(r"[^\W_]", part))


def words(text: str) -> int:
    """-> how many words a listener hears in a sentence."""
    return len(re.findall(r"\w[\w'-]*", text))


def seconds_at(text: str, wpm: float) -> float:
    """-> how long a voice takes for a sentence, edges trimmed, at a rate of `wpm` words a minute.

    The form is linear in letters, vowel groups and inner commas. Fitted to 139 sentences by joe at length scale 1.6
    (`tests/bench/speaking_time.py`): median error 5.4 % and 90 % within 14 % on sentences it was not fitted to, sum
    within 0.6 %. Another rate or voice is taken as evenly slower or faster, which at joe's 1.9 costs nothing.
    """
    letters, vowels, commas = heard(text)
    return (0.248 + 0.0527 * letters + 0.0821 * vowels + 0.546 * commas) * _FITTED_WPM / wpm


def heard(text: str) -> tuple[int, int, int]:
    """-> letters, vowel groups and inner commas of a sentence; a digit counts as four letters."""
    spelled = re.findall(r"[\w'-]+", text.lower())
    letters = sum(len(word) + 3 * sum(char.isdigit() for char in word) for word in spelled)
    vowels = sum(max(1, len(re.findall(r"[aeiouyäöü]+", re.sub(r"e$", "", word)))) for word in spelled)
    return letters, vowels, len(re.findall(r"[,;:](?=\s)", text))


_FITTED_WPM = 161.0
"""Words a minute of the fit over the twelve sentences that `voices/*.toml` states its rates for."""


def _plain(char: str) -> str:
    """-> Ⅷ as VIII and ½ as 1⁄2; what stands above the line stays: 10² is not 102."""
    kind = unicodedata.decomposition(char)
    if kind.startswith("<super>"):
        return char
    return f"{' ' * kind.startswith('<fraction>')}{unicodedata.normalize('NFKC', char)}"


def _quietly(found: re.Match[str]) -> str:
    """-> a shouted word in small letters; what has no vowel is an abbreviation and stays."""
    if not re.search("[AEIOUYŒ]", unicodedata.normalize("NFD", found[0])):
        return found[0]
    return found[0].capitalize() if figures.begins(found) else found[0].lower()


def _pieces(word: str) -> list[str]:
    """-> a word within the caps: long numbers and endless words in several."""
    word = re.sub(rf"(\d{{{LONGEST_NUMBER}}})(?=\d)", r"\1 ", word)
    return [part[at : at + LONGEST_WORD] for part in word.split() for at in range(0, len(part), LONGEST_WORD)]


def _clauses(heard: list[str]) -> list[str]:
    """-> a sentence's words in parts of at most LONGEST_SENTENCE, cut after a comma where there is one."""
    parts = []
    while len(heard) > LONGEST_SENTENCE:
        reach = range(4, min(LONGEST_SENTENCE, len(heard) - 3) + 1)
        ends = [at for at in reach if heard[at - 1].endswith(_CLAUSE_ENDS)]
        middle = min(len(heard) / 2, LONGEST_SENTENCE)
        cut = min(ends, key=lambda at: abs(at - middle)) if ends else LONGEST_SENTENCE
        parts.append(" ".join(heard[:cut]))
        heard = heard[cut:]
    return [*parts, " ".join(heard)]
