"""Which story: asked for by words, or offered for tonight."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from device.night.night import Given, Night
from device.tales.story import Story

STOPWORDS = frozenset("a an the of and in on to that who with for about one some my".split())  # noqa: SIM905


def find(given: Given, words: str) -> str | None:
    """-> slug of the story that fits `words` best by title and themes, the age deciding between equals; or None."""
    wanted = _stems(words)
    ranked = sorted(given.library.values(), key=lambda story: (-_fit(story, wanted), _misfit(story, given), story.slug))
    return ranked[0].slug if ranked and _fit(ranked[0], wanted) else None


def tonight(night: Night, given: Given, feeling: str = "", count: int = 3) -> tuple[str, ...]:
    """-> slugs to offer: for the age, not told tonight, helping with `feeling`, otherwise as drawn."""
    ranked = sorted(given.library.values(), key=lambda story: _rank(story, night, given, feeling))
    return tuple(story.slug for story in ranked[:count])


def _misfit(story: Story, given: Given) -> int:
    """-> how many years the child is outside the story's ages."""
    youngest, oldest = story.ages
    return max(youngest - given.promise.age, given.promise.age - oldest, 0)


def _rank(story: Story, night: Night, given: Given, feeling: str) -> tuple[bool, int, bool, bytes]:
    draw = hashlib.blake2s(f"{night.seed}/{night.evening}/{story.slug}".encode()).digest()
    return story.slug in night.told, _misfit(story, given), feeling not in story.helps, draw


def _fit(story: Story, wanted: Sequence[str]) -> int:
    title, themes = set(_stems(story.title)), set(_stems(" ".join(story.themes)))
    return sum(2 * (word in title) + 3 * (word in themes) for word in wanted)


def _stems(words: str) -> list[str]:
    plain = "".join(c if c.isalnum() else " " for c in words.lower()).split()
    return [w[:-1] if w.endswith("s") and len(w) > 3 else w for w in plain if w not in STOPWORDS]
