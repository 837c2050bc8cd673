"""Writes the words and sentences the test model is built for: `python -m tests.models.language`.

Every word of the closed language with its pronunciations (nouns for weaving left out: the second ear does not hear
them), with what is added while the device runs: names, the library's titles, the choices of its stories and of tests.
The sentences use every arc, each with a beginning and an end by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from device import assets
from device.events import Option
from device.night.automaton import ANY, Automaton
from device.night.language import Language
from device.senses.ear.hear import language
from device.senses.ear.posteriors import PHONES
from device.senses.ear.pronounce import Pronunciations
from device.tales import markdown
from device.tales.story import Story

MAKING = Path(__file__).parent / "making"
PEOPLE = ["Benny", "Elara", "Nira", "Anna Lena", "Rose"]
CHOICES = (Option("the happy dragon", "dragon"), Option("the hungry bear", "bear"))


def library() -> list[Story]:
    return [markdown.read(path.read_text("utf-8"), path.name) for path in sorted(assets.stories().glob("[a-z]*.md"))]


def everything() -> Language:
    """-> the language as a family's device has it."""
    return language().extended(person=PEOPLE, title=[story.title for story in library()])


def listened(spoken: Language) -> Automaton:
    """-> what is listened for in any window."""
    heard = spoken.window(CHOICES)
    for scene in (scene for story in library() for scene in story.scenes if scene.options):
        heard = heard.union(spoken.choices(scene.options))
    return heard


def sentences(automaton: Automaton, chance: Random) -> Iterator[str]:
    """-> a sentence for each arc but the woven ones; the same ones however the states are numbered."""
    before: dict[int, str] = {0: ""}
    waiting = [0]
    for state in waiting:  # grows as it is read
        for word, to in _following(automaton, state):
            said = f"{before[state]} {word}".strip()
            yield said + _end(automaton, to, chance)
            if to not in before:
                before[to] = said
                waiting.append(to)


def _end(automaton: Automaton, state: int, chance: Random) -> str:
    """-> by chance one of the ways a sentence ends from a state."""
    said = ""
    while following := _following(automaton, state):
        if state in automaton.finals and chance.random() < 0.5:
            break
        word, state = chance.choice(following)
        said += f" {word}"
    return said


def _following(automaton: Automaton, state: int) -> list[tuple[str, int]]:
    return sorted((word, to) for word, to in automaton.arcs[state].items() if word != ANY)


def main() -> None:
    automaton, dictionary, chance = listened(everything()), Pronunciations(), Random(1)
    words = sorted(automaton.words() - {ANY})
    said = [f"{word} {' '.join(PHONES[phone] for phone in way)}" for word in words for way in dictionary[word]]
    drawn = sorted(filter(automaton.accepts, set(sentences(automaton, chance))))
    (MAKING / "words.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
    (MAKING / "sentences.txt").write_text("\n".join(drawn) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
