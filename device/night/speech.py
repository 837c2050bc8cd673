"""How Max says one of his lines: which variant, how softly; and how brightly the lamp may glow with it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from device.events import Glow, Hush, Phase, Say, Sentence
from device.night.light_caps import glow
from device.night.night import Given, Night, Outcome, Talk, named
from device.tales.score import plain

SOFTNESS_DB: dict[Phase, float] = {
    "afternoon": 0, "wind_down": 0, "check_in": -1, "choosing": -2, "story": -3, "lights_out": -9,
    "settling": -10, "asleep": -12, "stirring": -12, "dawn": -6, "morning": -3,
}  # fmt: skip
"""Level of Max's lines against a story's beginning; the night's end is where the stories end (NUMBERS 3.2)."""


def lit(night: Night, given: Given, ember: float, over_s: float) -> Glow:
    """-> the ember lamp at this fraction (0-1) of what phase and age allow, in L*."""
    return glow(given.promise.age, night.phase, ember=ember, over_s=over_s)


def say(night: Night, given: Given, key: str, then: str = "", **slots: object) -> Outcome:
    """-> Max says a line; when he has finished, the ritual goes on with `then`. Replaces what he was saying: what would
    have followed that follows now, where this line leads nowhere itself."""
    night, id = named(night, "say")
    sentences = spoken(night, given, key, **slots)
    hush = (Hush(id=night.talk.id),) if night.talk else ()
    then = then or (night.talk.then if night.talk else "")
    return replace(night, talk=Talk(id, then)), (*hush, Say(id=id, sentences=sentences))


def spoken(night: Night, given: Given, key: str, **slots: object) -> tuple[Sentence, ...]:
    """-> a line's sentences, the variant chosen by the night's seed. Raises KeyError for an unknown key."""
    every = variants(night, given, key, **slots)
    return every[_pick(night, _register(given, key), len(every))]


def variants(night: Night, given: Given, key: str, **slots: object) -> tuple[tuple[Sentence, ...], ...]:
    """-> every way he may say it."""
    words = {"name": given.promise.child, "grown_up": given.promise.grown_up, **slots}
    texts = (" ".join(each).format_map(words) for each in given.lines[_register(given, key)])
    return tuple(plain(text, given.voice, level_db=SOFTNESS_DB[night.phase]) for text in texts)


def _register(given: Given, key: str) -> str:
    """-> the line's form for this age: from ten on `key_older`, where there is one."""
    older = f"{key}_older"
    return older if given.promise.age >= 10 and older in given.lines else key


def _pick(night: Night, key: str, count: int) -> int:
    """-> an index that looks chosen and is the same for the same night."""
    digest = hashlib.blake2s(f"{night.seed}/{night.evening}/{night.serial}/{key}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % count
