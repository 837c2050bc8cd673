"""Which story: asked for by words, or offered for tonight."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from device.night.night import Given, Night
from device.tales.story import Story

STOPWORDS = frozenset(["a", "an", "the", "of", "and", "in", "on", "to", "that", "who", "with", "for", "about", "one", "some", "my"])


def find(library: Mapping[str, Story], words: str) -> str | None:
    """-> slug of the story that fits `words` best by title and themes, or None where nothing fits."""
    wanted = _stems(words)
    scored = [(_fit(story, wanted), slug) for slug, story in sorted(library.items())]
    best = max(scored, default=(0, ""))
    return best[1] if best[0] > 0 else None


def tonight(night: Night, given: Given, feeling: str = "", count: int = 3) -> tuple[str, ...]:
    """-> slugs to offer: right for the age, not told tonight, helping with `feeling` first, otherwise as drawn."""
    fitting = [s for s in given.library.values() if s.ages[0] <= given.promise.age <= s.ages[1] + 1]
    ranked = sorted(fitting or given.library.values(), key=lambda story: _rank(story, night, feeling))
    return tuple(story.slug for story in ranked[:count])


def _rank(story: Story, night: Night, feeling: str) -> tuple[bool, bool, bytes]:
    draw = hashlib.blake2s(f"{night.seed}/{night.evening}/{story.slug}".encode()).digest()
    return story.slug in night.told, feeling not in story.helps, draw


def _fit(story: Story, wanted: Sequence[str]) -> int:
    title, themes = set(_stems(story.title)), set(_stems(" ".join(story.themes)))
    return sum(2 * (word in title) + 3 * (word in themes) for word in wanted)


def _stems(words: str) -> list[str]:
    plain = "".join(c if c.isalnum() else " " for c in words.lower()).split()
    return [w[:-1] if w.endswith("s") and len(w) > 3 else w for w in plain if w not in STOPWORDS]
