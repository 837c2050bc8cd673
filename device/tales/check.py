"""What makes a story one for the night, checked: each remark names file, line, what is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from statistics import fmean
from typing import Any, NamedTuple

from device.errors import StoryError
from device.tales import markdown, speech
from device.tales.score import span_min, way_span_min
from device.tales.story import Line, Remark, Scene, Story, forward, paths
from device.tales.voice import Voice

MOST_ANSWERS = 3
MOST_QUESTIONS = 3
"""In any one telling, all of them in its first half."""

SHORTEST_MIN, LONGEST_MIN = 4, 20
"""Each way through a story can be told in some length between these."""

_MOST_WAYS = 64
_LONG_WORDS = 30
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w’'-]*")
"""A capital inside a sentence."""

_NO_NAMES = {"I", "I'm", "I'll", "I'd", "I've"}


class _Told(NamedTuple):
    """One sentence on one way through a story."""

    text: str
    line: Line
    part: float
    """0-1, by words: where on this way it ends."""


def check(text: str, file: str, *, voice: Voice, banned: str) -> list[Remark]:
    """-> all remarks on a story file, in the order of its lines; errors first say what keeps it off the shelf.

    `banned` is the text of `device/tales/banned.txt` (or a family's own): a line each of `words = what to do instead`.
    """
    try:
        story = markdown.read(text, file)
    except StoryError as fault:
        return [_refused(str(fault), file)]
    found = chain(
        markdown.remarks(text, file),
        _shape(story, file),
        chain.from_iterable(_way(story, way, file, voice) for way in islice(paths(story), _MOST_WAYS)),
        _sentences(story, file),
        _banned(story, file, banned),
        _people(story, file),
    )
    return sorted(dict.fromkeys(found), key=lambda remark: remark.line)


def listing(stories: Iterable[tuple[str, Story]], voice: Voice, age: int) -> list[dict[str, Any]]:
    """-> the document of `stories list --json`, from (file, story) pairs."""
    return [
        {
            "slug": story.slug,
            "file": file,
            "title": story.title,
            "by": story.by,
            "language": story.language,
            "ages": list(story.ages),
            "minutes": list(span_min(story, voice, age)),
            "branching": story.branching,
            "helps": list(story.helps),
        }
        for file, story in stories
    ]


def _refused(fault: str, file: str) -> Remark:
    found = re.search(r":(\d+): (.*?[.)]) (.*)$", fault, re.DOTALL)
    return Remark(file, int(found[1]), found[2], found[3]) if found else Remark(file, 1, fault, "")


# --- scenes and ways -------------------------------------------------------------------------------------------


def _shape(story: Story, file: str) -> Iterator[Remark]:
    """Every way ends, every scene is reached, no answer runs into another."""
    reached = forward(story)
    back = (to for slug, links in reached.items() for to in story.scene(slug).follows if to not in links)
    if circle := next(map(story.scene, back), None):
        remedy = f"Let #{circle.slug} lead somewhere new, or end with <!-- the end -->."
        yield Remark(file, circle.at, f"A way through the story comes back to {circle.title!r} and never ends.", remedy)
    for scene in story.scenes:
        if scene.slug not in reached:
            yield Remark(
                file, scene.at, f"No way leads to {scene.title!r}.", f"Link it: [...](#{scene.slug}).", error=False
            )
        if len(scene.options) > MOST_ANSWERS:
            remedy = f"Keep {MOST_ANSWERS} at most: more cannot be remembered."
            yield Remark(file, scene.at, f"{scene.title!r} has {len(scene.options)} answers.", remedy)
        yield from _runs_over(story, scene, file)


def _runs_over(story: Story, scene: Scene, file: str) -> Iterator[Remark]:
    answers = set(scene.follows) if scene.options else set()
    for here, after in zip(story.scenes, story.scenes[1:], strict=False):
        if here.slug in answers and after.slug in answers and not here.options and here.silent == after.slug:
            remedy = "Add - [*on*](#scene) where it should go on."
            what = f"{here.title!r} runs on into {after.title!r}, another answer to the same question."
            yield Remark(file, here.at, what, remedy, error=False)


def _way(story: Story, way: Sequence[Scene], file: str, voice: Voice) -> Iterator[Remark]:
    told = list(_told(way))
    yield from _questions(way, file)
    yield from _length(story, way, file, voice)
    if told:
        yield from _calm(told, file)
        yield from _new(told, file)


def _told(way: Iterable[Scene]) -> Iterator[_Told]:
    lines = [line for scene in way for paragraph in scene.paragraphs for line in paragraph.lines]
    sentences = [(text, line) for line in lines for text in speech.sentences(line.text)]
    total, count = max(sum(speech.words(text) for text, _ in sentences), 1), 0
    for text, line in sentences:
        count += speech.words(text)
        yield _Told(text, line, count / total)


def _questions(way: Sequence[Scene], file: str) -> Iterator[Remark]:
    total, count, asked = max(sum(scene.words for scene in way), 1), 0, 0
    for scene in way:
        count += scene.words
        asked += bool(scene.options)
        if scene.options and count / total > 0.5:
            remedy = "Ask earlier, or tell more after it."
            yield Remark(file, scene.at, f"The question of {scene.title!r} comes in the second half.", remedy)
        if scene.options and asked > MOST_QUESTIONS:
            yield Remark(file, scene.at, f"{scene.title!r} asks a question too many.", f"Ask {MOST_QUESTIONS} at most.")


def _length(story: Story, way: Sequence[Scene], file: str, voice: Voice) -> Iterator[Remark]:
    shortest, longest = way_span_min(story, way, voice, sum(story.ages) // 2)
    name = " > ".join(scene.title or scene.slug for scene in way)
    if longest < SHORTEST_MIN:
        remedy = f"Tell more: {SHORTEST_MIN} minutes are about 450 words."
        yield Remark(file, way[-1].at, f"This way takes at most {longest:.1f} minutes: {name}.", remedy)
    if shortest > LONGEST_MIN:
        remedy = f"Let more paragraphs go, or tell less: {LONGEST_MIN} minutes are about 2,000 words."
        yield Remark(file, way[-1].at, f"This way takes at least {shortest:.1f} minutes: {name}.", remedy)


def _calm(told: Sequence[_Told], file: str) -> Iterator[Remark]:
    first = [speech.words(one.text) for one in told if one.part <= 1 / 3]
    last = [one for one in told if one.part > 2 / 3]
    mean = fmean(speech.words(one.text) for one in last)
    if first and mean >= fmean(first):
        what = f"Sentences do not grow shorter: {fmean(first):.1f} words in the first third, {mean:.1f} in the last."
        yield Remark(file, last[0].line.at, what, "Aim at 14 words, then 7.")
    for one in last:
        if "?" in one.text:
            yield Remark(file, one.line.at, "A question in the last third.", "Let it be said.", error=False)


def _new(told: Sequence[_Told], file: str) -> Iterator[Remark]:
    known = {word for one in told if one.part <= 2 / 3 for word in re.findall(r"[\w’'-]+", one.text)}
    known |= {one.line.who for one in told if one.part <= 2 / 3}
    for one in told:
        if one.part > 2 / 3:
            names = {_bare(name) for name in _NAME.findall(one.text)} | {one.line.who} - {""}
            for name in sorted(names - known - _NO_NAMES):
                remedy = "Let it be met earlier, or leave it out."
                yield Remark(file, one.line.at, f"{name!r} appears for the first time in the last third.", remedy)


def _bare(name: str) -> str:
    return re.sub(r"['’]s?$", "", name)


# --- words -----------------------------------------------------------------------------------------------------


def _lines(story: Story) -> Iterator[Line]:
    return (line for scene in story.scenes for paragraph in scene.paragraphs for line in paragraph.lines)


def _sentences(story: Story, file: str) -> Iterator[Remark]:
    for line in _lines(story):
        if "!" in line.text:
            yield Remark(
                file, line.at, "An exclamation mark.", "Use a full stop: Max does not raise his voice.", error=False
            )
        for text in re.split(r"(?<=[.?!…])\s", line.text):
            if len(text.split()) > _LONG_WORDS:
                what = f"A sentence of {len(text.split())} words: {text[:40]}..."
                yield Remark(
                    file, line.at, what, f"Make it two; Max breathes after {_LONG_WORDS} at most.", error=False
                )


def _banned(story: Story, file: str, banned: str) -> Iterator[Remark]:
    remedies = dict(_entries(banned))
    if not remedies:
        return
    either = re.compile(
        "|".join(f"(?P<w{index}>{_pattern(words)})" for index, words in enumerate(remedies)), re.IGNORECASE
    )
    for line in _lines(story):
        for found in either.finditer(line.text.replace("’", "'")):
            index = int((found.lastgroup or "w0")[1:])
            yield Remark(file, line.at, f"{found[0]!r} is not used at bedtime.", list(remedies.values())[index])


def _entries(banned: str) -> Iterator[tuple[str, str]]:
    for row in banned.splitlines():
        words, mark, remedy = row.partition("=")
        if mark and not row.startswith("#"):
            yield words.strip(), remedy.strip()


def _pattern(words: str) -> str:
    endings = r"(?:e?s|e?d|ing)?" if words.endswith("*") else ""
    return rf"\b{re.escape(words.removesuffix('*'))}{endings}\b"


def _people(story: Story, file: str) -> Iterator[Remark]:
    """Who has a name has pronouns; who is cast speaks."""
    speakers = {line.who.casefold() for line in _lines(story)}
    for name, _ in story.cast:
        if name.casefold() not in speakers:
            yield Remark(file, 1, f"{name} is cast and never speaks.", "Take the name out of cast.", error=False)
    named = {_bare(name) for line in _lines(story) for name in _NAME.findall(line.text)}
    for line in _lines(story):
        if line.who in named and line.who not in dict(story.people):
            remedy = f"Add people: {{{line.who}: she/her}}, or as it is."
            yield Remark(file, 1, f"{line.who} has a name and no pronouns.", remedy, error=False)
