"""A person reads: the box keeps quiet and light follows the same score; the book goes from hand to hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from device.events import At, Hush, Prepare, Tell
from device.night import tellings
from device.night.light_caps import glow
from device.night.night import Given, Night, Outcome, Telling, chain, named
from device.night.speech import lit, say

AHEAD = 6
"""So many sentences from the one that is shown are rendered, so that Max can take over at any."""
WORDS = 6
"""How many of his last words Max says when he gives the book back."""


def quiet(night: Night, given: Given) -> Outcome:
    """-> somebody reads, out of a book of their own: the lamp for it, and no more."""
    night = replace(night, reading=True, telling=None, question=None, talk=None)
    light = glow(given.promise.age, night.phase, ember=1.0, over_s=20.0)
    return chain(night, lambda n: (n, (Hush(), light)), lambda n: say(n, given, "read_tonight"))


def begin(night: Night, given: Given, at: datetime, slug: str) -> Outcome:
    """-> somebody reads a story of the library, without a sound. Raises KeyError for one that is not in it."""
    story = given.library[slug]
    night, id = named(night, "read")
    seconds = tellings.rest_s(night, given, at, slug)
    telling = Telling(id, slug, story.scenes[0].slug, seconds, light=tellings.FIRST_LIGHT, aloud=False, read=True)
    night = replace(night, phase="story", reading=True, talk=None, question=None, telling=telling)
    sentences = tellings.part(telling, given)
    return night, (
        Hush(),
        Tell(id=id, story=slug, title=story.title, sentences=sentences, aloud=False),
        *tellings.answers(telling, given),
        Prepare(sentences=sentences, warm_s=seconds),
        lit(night, given, tellings.FIRST_LIGHT, tellings.CUE_S),
    )


def shown(night: Night, given: Given, report: At) -> Outcome:
    """-> the page shows this sentence; from its first report on the page leads, and not the clock."""
    telling = night.telling
    if telling is None or telling.aloud or telling.id != report.id or report.seq <= telling.seq:
        return night, ()
    clock = () if telling.seq else (Hush(id=telling.id),)
    sentences = tellings.part(telling, given)
    sentence = min(max(report.sentence, 0), len(sentences) - 1)
    night, light = tellings.reached(
        replace(night, telling=replace(telling, seq=report.seq, paused=False)), given, sentence
    )
    return night, (*clock, *light, Prepare(sentences=sentences[sentence : sentence + AHEAD]))


def you_finish(night: Night, given: Given, at: datetime) -> Outcome:
    """-> Max tells on at the sentence that is shown, fitted to what is left of the time."""
    telling = night.telling
    assert telling is not None
    place = tellings.place_of(telling, given)
    if not tellings.fits(night, given, at, telling.story, place):
        return say(night, given, "no_time")
    told = night.told if telling.story in night.told else (*night.told, telling.story)
    telling = replace(telling, aloud=True)
    return tellings.retold(replace(night, reading=False, told=told), given, at, telling, place)


def ill_finish(night: Night, given: Given) -> Outcome:
    """-> somebody takes the book: Max ends with the sentence that sounds, or at once where none does."""
    telling = night.telling
    if telling is None:
        night = replace(night, reading=True, question=None, talk=None)
        return chain(night, lambda n: (n, (Hush(),)), lambda n: say(n, given, "i_finish"))
    if not telling.aloud:
        return night, ()
    if tellings.running(night) and night.talk is None and night.question is None:
        return replace(night, telling=replace(telling, handing=True)), (Hush(id=telling.id, gently=True),)
    return handed(night, given, told=0)


def handed(night: Night, given: Given, told: int = 1) -> Outcome:
    """-> Max says where he stopped, and the page opens there; `told`: sentences told to their end since the last."""
    telling = night.telling
    assert telling is not None
    sentences = tellings.part(telling, given)
    here = telling.own + told * (telling.sentence >= telling.lead)
    if here >= len(sentences) and not given.library[telling.story].scene(sentences[-1].scene).options:
        return tellings.part_ended(replace(night, reading=True), given)
    last = sentences[max(min(here, len(sentences)) - 1, 0)].text
    telling = replace(telling, aloud=False, read=True, handing=False, lead=0, paused=False, seq=0,
                      sentence=min(here, len(sentences) - 1))  # fmt: skip
    night = replace(night, reading=True, question=None, telling=telling)
    words = " ".join(last.rstrip(".?").split()[-WORDS:])
    title = given.library[telling.story].title
    return say(night, given, "i_finish_at", then="resume", title=title, words=words)


def turned(night: Night, given: Given, at: datetime, to: str) -> Outcome:
    """-> the answer to the story's question was touched. Raises KeyError or ValueError where nothing is asked."""
    telling = night.telling
    if telling is None or to not in {option.to for option in tellings.options(night, given)}:
        raise ValueError(f"nothing leads to {to!r} now")
    return tellings.go_to(replace(night, question=None), given, at, to)
