"""The model of a story: scenes of paragraphs of lines. Readers make it, the score tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from device.events import Cue, Option

OWN = "max"
"""Colour of `cast` that stands for the teller's own voice."""

COLOURS = ("deep", "soft", "bright", "friend", "small", "old")
"""The others a teller can play; `voices/*.toml` has the same names."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a story file: where, what, and what to do."""

    file: str
    line: int
    what: str
    remedy: str
    error: bool = True
    """False where it is told well enough as it is."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'error' if self.error else 'remark'}: {self.what} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one speaker, up to a cue or a change of speaker."""

    text: str
    """Plain text, white space made single."""
    who: str = ""
    """Name of the character who speaks; empty for the teller."""
    cues: tuple[Cue, ...] = ()
    """Begin with the line's last sentence."""
    pause_s: float = 0.0
    """At least so much silence after it."""
    at: int = field(default=0, compare=False)
    """Line of the file, for remarks."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    lines: tuple[Line, ...]
    may_go: bool = False
    """Left out when time is short."""

    @property
    def words(self) -> int:
        return sum(len(line.text.split()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Scene:
    slug: str
    title: str
    """Empty for words before the first heading."""
    paragraphs: tuple[Paragraph, ...] = ()
    options: tuple[Option, ...] = ()
    """Answers to the question at its end; empty where nothing is asked."""
    silent: str = ""
    """Slug of the scene that follows when nobody answers or nothing was asked; empty where the story ends."""
    at: int = field(default=0, compare=False)

    @property
    def words(self) -> int:
        return sum(paragraph.words for paragraph in self.paragraphs)

    @property
    def follows(self) -> tuple[str, ...]:
        """-> slugs of all scenes that may come next, each once."""
        slugs = (*(option.to for option in self.options), self.silent)
        return tuple(dict.fromkeys(slug for slug in slugs if slug))


@dataclass(frozen=True, slots=True)
class Story:
    """One story with what the library knows about it. The first scene begins it."""

    slug: str
    title: str
    scenes: tuple[Scene, ...]
    by: str = ""
    language: str = "en"
    ages: tuple[int, int] = (4, 13)
    """Years, both included."""
    calm: int = 4
    """1 lively to 5 drifting."""
    themes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    """Answers of the check-in it suits."""
    avoid_if: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    """Name and pronouns of each, such as ("Ines", "she/her")."""
    cast: tuple[tuple[str, str], ...] = ()
    """Character and colour, such as ("Keeper", "deep")."""

    @property
    def branching(self) -> bool:
        return any(len(scene.options) > 1 for scene in self.scenes)

    def scene(self, slug: str) -> Scene:
        """-> the scene of that slug. Raises KeyError where there is none; scenes' own links all lead somewhere."""
        for scene in self.scenes:
            if scene.slug == slug:
                return scene
        raise KeyError(slug)

    def colour(self, who: str) -> str:
        """-> the colour `who` is played in: the cast's, otherwise one of COLOURS, always the same for a name."""
        if not who:
            return OWN
        for name, colour in self.cast:
            if name.casefold() == who.casefold():
                return colour
        return COLOURS[sha256(who.casefold().encode()).digest()[0] % len(COLOURS)]


def slug(text: str) -> str:
    """-> `text` as a link's target: "The rock!" is "the-rock". Idempotent; empty where no letter or digit is left."""
    return re.sub(r"\W+", "-", text.casefold()).strip("-")


def forward(story: Story) -> dict[str, list[str]]:
    """-> slug of each scene that is reached: those that may follow it, without a link that closes a circle.

    A scene comes after all that follow it. Not recursive: a story may have a thousand scenes.
    """
    scenes = {scene.slug: scene for scene in story.scenes}
    links: dict[str, list[str]] = {}
    left: dict[str, list[str]] = {}
    waiting = [story.scenes[0].slug]
    while waiting:
        slug = waiting[-1]
        if slug in links:
            left.setdefault(waiting.pop(), links[slug])
            continue
        links[slug] = []  # entered: whoever leads back here before it is left closes a circle
        links[slug] = [to for to in scenes[slug].follows if to in left or to not in links]
        waiting += [to for to in reversed(links[slug]) if to not in links]
    return left


def paths(story: Story, most: int = 1000) -> Iterator[tuple[Scene, ...]]:
    """-> every way from the first scene to an end, at most `most`; a link that closes a circle is left out.

    Scenes that reach no end are not entered, so that it costs no more than the ways it finds.
    """
    scenes = {scene.slug: scene for scene in story.scenes}
    ahead: dict[str, list[str]] = {}
    for slug, links in forward(story).items():
        on = [to for to in links if to in ahead]
        if on or not scenes[slug].silent:
            ahead[slug] = on
    ways: list[tuple[str, ...]] = [(story.scenes[0].slug,)] if story.scenes[0].slug in ahead else []
    while ways and most > 0:
        way = ways.pop()
        if not scenes[way[-1]].silent:
            most -= 1
            yield tuple(scenes[slug] for slug in way)
        ways += [(*way, to) for to in reversed(ahead[way[-1]])]
