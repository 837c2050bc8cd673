"""A story on its way: begun, told in parts from question to question, stopped, taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from device.events import Hush, Listen, Note, Option, Reached, Sentence, Tell
from device.night.night import Given, Night, Outcome, Question, Telling, named, plan_of
from device.night.speech import lit, spoken
from device.tales.score import score, span_min, until_choice
from device.tales.story import Scene, Story
from device.tales.voice import Voice

ANSWER_S = 6.0
"""How long a question of a story waits; silence is an answer too (NUMBERS 6.1)."""
CLOSE_S = 20.0
"""What is kept free between the story's last word and lights-out."""
FIRST_LIGHT, LEAST_LIGHT = 0.75, 0.1
"""Of the story's cap: when it begins, and what its own cues never go below, so that the light only sinks to the end."""
CUE_S = 60.0
"""A cue's light takes so long: half an L* a second at most, over what stories use of their cap (NUMBERS 2.4)."""


def begin(night: Night, given: Given, at: datetime, slug: str, opening: str = "story_yes", **slots: str) -> Outcome:
    """-> tonight's telling of a story begins at once; the line that says which is part of it."""
    story = given.library[slug]
    night, id = named(night, "tell")
    lead = spoken(night, given, opening, title=story.title, **slots)
    if slug not in night.offered:  # not rendered ahead: an opening that is goes before it
        lead = joined(spoken(night, given, "opening"), lead)
    seconds = minutes_for(night, given, at + timedelta(seconds=length_s(lead)), slug) * 60
    telling = Telling(id, slug, story.scenes[0].slug, seconds, lead=len(lead))
    night = replace(night, phase="story", talk=None, question=None, told=_with(night.told, slug), telling=telling)
    return night, (
        Hush(),
        Tell(id=id, story=slug, title=story.title, sentences=joined(lead, part(telling, given))),
        lit(night, given, FIRST_LIGHT, CUE_S),
        Note(kind="story", what={"title": story.title}),
    )


def reached(night: Night, given: Given, happening: Reached) -> Outcome:
    """-> the place is remembered, and the sentence's cues begin."""
    telling = night.telling
    if telling is None or telling.id != happening.id:
        return night, ()
    night = replace(night, telling=replace(telling, sentence=happening.sentence))
    own = happening.sentence - telling.lead
    cues = part(telling, given)[own].cues if own >= 0 else ()
    levels = (max(float(cue.value), LEAST_LIGHT) for cue in cues if cue.kind == "light")
    return night, tuple(lit(night, given, level, CUE_S) for level in levels)


def part_ended(night: Night, given: Given) -> Outcome:
    """-> the question the part ended with is asked, or the story is over."""
    telling = night.telling
    assert telling is not None
    scene = _scene(given, telling.story, part(telling, given)[-1].scene)
    if not scene.options:
        return replace(night, telling=None, phase="choosing"), ()
    night, id = named(night, "choice")
    night = replace(night, question=Question(id, "choice"))
    return night, (Listen(id=id, seconds=ANSWER_S, options=scene.options),)


def go_to(night: Night, given: Given, at: datetime, to: str) -> Outcome:
    """-> the story goes on with the scene that was chosen, in what is left of its time."""
    told = night.telling
    assert told is not None
    night, id = named(night, "tell")
    spent = length_s(part(told, given))
    rest = max(told.seconds - spent, 0.0)
    share = told.told + (1 - told.told) * min(spent / told.seconds, 1.0)
    telling = Telling(id, told.story, to, min(rest, _left_s(night, given, at)), told=share)
    return replace(night, question=None, telling=telling), (_tell(telling, given),)


def unanswered(night: Night, given: Given, at: datetime) -> Outcome:
    """-> nobody answered, and the story goes where silence leads."""
    telling = night.telling
    assert telling is not None
    scene = _scene(given, telling.story, part(telling, given)[-1].scene)
    return go_to(night, given, at, scene.silent)


def resumed(night: Night, given: Given) -> Outcome:
    """-> a telling that was stopped, or cut off by a power cut, goes on at the sentence it had reached."""
    stopped = night.telling
    if stopped is None:
        return night, ()
    night, id = named(night, "tell")
    sentence = max(stopped.sentence - stopped.lead, 0)
    telling = replace(stopped, id=id, paused=False, lead=0, sentence=sentence)
    return replace(night, phase="story", telling=telling, question=None), (_tell(telling, given),)


def again(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the running story, or the last one, from its beginning."""
    slug = night.telling.story if night.telling else night.told[-1] if night.told else None
    return begin(night, given, at, slug) if slug else (night, ())


def stopped(night: Night) -> Outcome:
    """-> silence at once. A story's place is kept: "go on" goes on at the sentence it had reached."""
    telling = replace(night.telling, paused=True) if night.telling else None
    return replace(night, talk=None, question=None, telling=telling), (Hush(),)


def options(night: Night, given: Given) -> tuple[Option, ...]:
    """-> the answers to the question the running part ended with."""
    telling = night.telling
    assert telling is not None
    return _scene(given, telling.story, part(telling, given)[-1].scene).options


def minutes_for(night: Night, given: Given, at: datetime, slug: str) -> float:
    """-> how long a story would take if it began now: what is left of the evening, within the story's own range."""
    shortest, longest = span_min(given.library[slug], given.voice, given.promise.age)
    return min(max(_left_s(night, given, at) / 60, shortest), longest)


def likely(night: Night, given: Given, slug: str) -> tuple[Sentence, ...]:
    """-> what a telling of this story tonight would say, begun when Max offers three, to be rendered ahead."""
    seconds = minutes_for(night, given, plan_of(night, given).when("choosing"), slug) * 60
    story = given.library[slug]
    return _whole(story, given.voice, given.promise.age, seconds)


def fits(night: Night, given: Given, at: datetime, slug: str) -> bool:
    """-> whether a story can be told before lights-out without being hurried."""
    shortest, _ = span_min(given.library[slug], given.voice, given.promise.age)
    return _left_s(night, given, at) >= shortest * 60


def running(night: Night) -> bool:
    """-> whether a story is on its way and not stopped."""
    return night.telling is not None and not night.telling.paused


def part(telling: Telling, given: Given) -> tuple[Sentence, ...]:
    """-> the sentences of the running part, up to its question; the same each time it is asked."""
    story = given.library[telling.story]
    return _part(story, given.voice, given.promise.age, telling.scene, telling.seconds, telling.told)


@lru_cache(maxsize=8)
def _part(story: Story, voice: Voice, age: int, scene: str, seconds: float, told: float) -> tuple[Sentence, ...]:
    return until_choice(story, score(story, voice=voice, seconds=seconds, age=age, scene=scene, told=told))


@lru_cache(maxsize=8)
def _whole(story: Story, voice: Voice, age: int, seconds: float) -> tuple[Sentence, ...]:
    return score(story, voice=voice, seconds=seconds, age=age)


def _tell(telling: Telling, given: Given) -> Tell:
    title = given.library[telling.story].title
    return Tell(
        id=telling.id, story=telling.story, title=title, sentences=part(telling, given), begin=telling.sentence
    )  # fmt: skip


def _with(told: tuple[str, ...], slug: str) -> tuple[str, ...]:
    return told if slug in told else (*told, slug)


def _scene(given: Given, slug: str, scene: str) -> Scene:
    return given.library[slug].scene(scene)


def _left_s(night: Night, given: Given, at: datetime) -> float:
    return (plan_of(night, given).when("lights_out") - at - timedelta(seconds=CLOSE_S)).total_seconds()


def joined(lead: tuple[Sentence, ...], story: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """-> Max's own sentences and then the story's, moved later by their length."""
    return (*lead, *(replace(s, at_s=s.at_s + length_s(lead)) for s in story))


def length_s(sentences: tuple[Sentence, ...]) -> float:
    """-> how long they take, their last pause included."""
    return sum(s.voice_s + s.pause_s for s in sentences)
