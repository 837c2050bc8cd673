"""A story on its way: begun, told in parts from question to question, stopped, taken up again, fitted anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from device.events import Doing, Hush, Listen, Note, Option, Phase, Prepare, Sentence, Tell
from device.night.night import START, Given, Night, Outcome, Place, Question, Telling, named, plan_of
from device.night.speech import lit, spoken
from device.tales.score import duration_s, score, span_min, until_choice
from device.tales.story import Scene, Story
from device.tales.voice import Voice

ANSWER_S = 6.0
"""How long a question of a story waits; silence is an answer too (NUMBERS 6.1)."""
CLOSE_S = 20.0
"""What is kept free between the story's last word and lights-out."""
FIRST_LIGHT, LEAST_LIGHT = 0.75, 0.1
"""Of the story's cap: when it begins, and what its own cues never go below, so that the light only sinks to the end."""
LATE_S = 30.0
"""A story taken up so much later than it was planned for is fitted anew."""
AHEAD = 3
"""So many sentences after each answer of a coming question are rendered while the part before it is told."""
CUE_S = 60.0
"""A cue's light takes so long: half an L* a second at most, over what stories use of their cap (NUMBERS 2.4)."""


def begin(
    night: Night,
    given: Given,
    at: datetime,
    slug: str,
    opening: str = "story_yes",
    place: Place = START,
    **slots: str,
) -> Outcome:
    """-> tonight's telling of a story begins at once, or goes on at `place`; the line that says which is part of it."""
    story = given.library[slug]
    night, id = named(night, "tell")
    lead = spoken(night, given, opening, title=story.title, **slots)
    if slug not in night.offered:  # not rendered ahead: an opening that is goes before it
        lead = joined(spoken(night, given, "opening"), lead)
    seconds = rest_s(night, given, at + timedelta(seconds=length_s(lead)), slug, place)
    telling = Telling(id, slug, place.scene or story.scenes[0].slug, seconds, told=place.told, since=place.number,
                      lead=len(lead), light=FIRST_LIGHT)  # fmt: skip
    night = replace(night, phase="story", reading=False, talk=None, question=None, told=_with(night.told, slug),
                    telling=telling)  # fmt: skip
    return night, (
        Hush(),
        replace(_tell(telling, given), sentences=joined(lead, part(telling, given))),
        *answers(telling, given),
        lit(night, given, FIRST_LIGHT, CUE_S),
        Note(kind="story", what={"title": story.title}),
    )


def reached(night: Night, given: Given, sentence: int) -> Outcome:
    """-> the place is remembered, and the cues of all between the last one and this shine."""
    telling = night.telling
    assert telling is not None
    before, telling = telling, replace(telling, sentence=sentence)
    if sentence < telling.lead:
        return replace(night, telling=telling), ()
    low, high = sorted((before.own, telling.own))
    cues = [cue for each in part(telling, given)[low : high + 1] for cue in each.cues if cue.kind == "light"]
    light = min([telling.light, *(max(float(cue.value), LEAST_LIGHT) for cue in cues)])
    places = {slug: place for slug, place in night.places.items() if slug != telling.story}
    places[telling.story] = place_of(telling, given)
    night = replace(night, telling=replace(telling, light=light), places=places)
    shines = cues and night.phase == "story"
    return night, (lit(night, given, light, CUE_S),) if shines else ()


def part_ended(night: Night, given: Given) -> Outcome:
    """-> the question the part ended with is asked, or the story is over."""
    telling = night.telling
    assert telling is not None
    scene = _asked(telling, given)
    if not scene.options:
        places = {slug: place for slug, place in night.places.items() if slug != telling.story}
        return replace(night, telling=None, phase="choosing", places=places), ()
    night, id = named(night, "choice")
    night = replace(night, question=Question(id, "choice"))
    return night, (Listen(id=id, seconds=ANSWER_S, options=scene.options),)


def go_to(night: Night, given: Given, at: datetime, to: str) -> Outcome:
    """-> the story goes on with the scene that was chosen, in what is left of its time."""
    telling = night.telling
    assert telling is not None
    sentences = part(telling, given)
    share = _share(telling, length_s(sentences))
    telling = replace(telling, asked=sentences[-1].scene, went=to)
    return retold(night, given, at, telling, Place(to, 0, share))


def unanswered(night: Night, given: Given, at: datetime) -> Outcome:
    """-> nobody answered, and the story goes where silence leads."""
    telling = night.telling
    assert telling is not None
    return go_to(night, given, at, _asked(telling, given).silent)


def retold(night: Night, given: Given, at: datetime, telling: Telling, place: Place) -> Outcome:
    """-> `telling` goes on at `place`, fitted to what is left of the evening."""
    night, id = named(night, "tell")
    seconds = rest_s(night, given, at, telling.story, place, telling.slower)
    scene = place.scene or given.library[telling.story].scenes[0].slug
    telling = replace(telling, id=id, scene=scene, since=place.number, told=place.told, seconds=seconds, lead=0,
                      sentence=0, paused=False, handing=False, seq=0)  # fmt: skip
    phase: Phase = "story" if telling.aloud else night.phase
    night = replace(night, phase=phase, talk=None, question=None, telling=telling)
    return night, (_tell(telling, given), *answers(telling, given))


def resumed(night: Night, given: Given, at: datetime) -> Outcome:
    """-> a telling that was stopped, or cut off by a power cut, goes on at the start of the sentence it had reached.

    Where a person reads and the page leads, there is nothing to take up.
    """
    stopped = night.telling
    if stopped is None:
        return night, ()
    if stopped.seq:
        return replace(night, telling=replace(stopped, paused=False)), ()
    planned_s = stopped.seconds - part(stopped, given)[_here(stopped, given)].at_s
    if planned_s > max(_left_s(night, given, at), 0.0) + CLOSE_S + LATE_S:
        return retold(night, given, at, stopped, place_of(stopped, given))
    night, id = named(night, "tell")
    telling = replace(stopped, id=id, paused=False, handing=False, lead=0, sentence=stopped.own)
    phase: Phase = "story" if telling.aloud else night.phase
    return replace(night, phase=phase, telling=telling, question=None), (_tell(telling, given),)


def stopped(night: Night) -> Outcome:
    """-> silence at once. A story's place is kept: "go on" goes on at the sentence it had reached."""
    telling = replace(night.telling, paused=True) if night.telling else None
    return replace(night, talk=None, question=None, telling=telling), (Hush(),)


def place_of(telling: Telling, given: Given, later: int = 0) -> Place:
    """-> where the telling is, or so many sentences later."""
    here = part(telling, given)[_here(telling, given, later)]
    return Place(here.scene, here.number, _share(telling, here.at_s))


def options(night: Night, given: Given) -> tuple[Option, ...]:
    """-> the answers to the question the running part ends with."""
    telling = night.telling
    assert telling is not None
    return _asked(telling, given).options


def minutes_for(night: Night, given: Given, at: datetime, slug: str) -> float:
    """-> how long a story would take if it began now: what is left of the evening, within the story's own range."""
    shortest, longest = span_min(given.library[slug], given.voice, given.promise.age)
    return min(max(_left_s(night, given, at) / 60, shortest), longest)


def likely(night: Night, given: Given, slug: str) -> tuple[Sentence, ...]:
    """-> what a telling of this story tonight would say, begun when Max offers three, to be rendered ahead."""
    seconds = minutes_for(night, given, plan_of(night, given).when("choosing"), slug) * 60
    story = given.library[slug]
    return _whole(story, given.voice, given.promise.age, seconds)


def rest_s(night: Night, given: Given, at: datetime, slug: str, place: Place = START, slower: int = 0) -> float:
    """-> how long a story takes from `place` on if it goes on now: what is left of the evening, within its range."""
    left_s = max(_left_s(night, given, at), 1.0)
    return duration_s(_rest(given.library[slug], given.voice, given.promise.age, place, left_s, slower))


def fits(night: Night, given: Given, at: datetime, slug: str, place: Place = START) -> bool:
    """-> whether a story can be told from `place` on before lights-out without being hurried."""
    return rest_s(night, given, at, slug, place) <= _left_s(night, given, at) + 1.0


def running(night: Night) -> bool:
    """-> whether Max tells a story and is not stopped."""
    return night.telling is not None and night.telling.aloud and not night.telling.paused


def ending(night: Night, given: Given) -> bool:
    """-> whether Max tells a story's last part, behind all its questions."""
    return running(night) and not options(night, given)


def part(telling: Telling, given: Given) -> tuple[Sentence, ...]:
    """-> the sentences of the running part, up to its question; the same each time it is asked."""
    story = given.library[telling.story]
    place = Place(telling.scene, telling.since, telling.told)
    return until_choice(story, _rest(story, given.voice, given.promise.age, place, telling.seconds, telling.slower))


def answers(telling: Telling, given: Given) -> tuple[Doing, ...]:
    """-> the first sentences after each answer to the coming question are rendered before it is asked."""
    story, question = given.library[telling.story], part(telling, given)[-1].scene
    ways = [Place(option.to) for option in story.scene(question).options]
    told = [_rest(story, given.voice, given.promise.age, way, telling.seconds, telling.slower)[:AHEAD] for way in ways]
    return (Prepare(sentences=tuple(each for way in told for each in way)),) if ways else ()


@lru_cache(maxsize=16)
def _rest(story: Story, voice: Voice, age: int, place: Place, seconds: float, slower: int) -> tuple[Sentence, ...]:
    return score(story, voice=voice, seconds=seconds, age=age, scene=place.scene or None, since=place.number,
                 told=place.told, slower=slower)  # fmt: skip


def _here(telling: Telling, given: Given, later: int = 0) -> int:
    """-> index into the part, kept within it."""
    return min(telling.own + later, len(part(telling, given)) - 1)


def _share(telling: Telling, spent_s: float) -> float:
    """-> fraction of the whole telling that is over so many seconds into this part."""
    return telling.told + (1 - telling.told) * min(spent_s / max(telling.seconds, 1.0), 1.0)


@lru_cache(maxsize=8)
def _whole(story: Story, voice: Voice, age: int, seconds: float) -> tuple[Sentence, ...]:
    return score(story, voice=voice, seconds=seconds, age=age)


def _tell(telling: Telling, given: Given) -> Tell:
    title = given.library[telling.story].title
    return Tell(
        id=telling.id, story=telling.story, title=title, sentences=part(telling, given), begin=telling.sentence,
        aloud=telling.aloud, options=_asked(telling, given).options,
    )  # fmt: skip


def _with(told: tuple[str, ...], slug: str) -> tuple[str, ...]:
    return told if slug in told else (*told, slug)


def _asked(telling: Telling, given: Given) -> Scene:
    """-> the scene whose question the running part ends with."""
    return given.library[telling.story].scene(part(telling, given)[-1].scene)


def _left_s(night: Night, given: Given, at: datetime) -> float:
    return (plan_of(night, given).when("lights_out") - at - timedelta(seconds=CLOSE_S)).total_seconds()


def joined(lead: tuple[Sentence, ...], story: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """-> Max's own sentences and then the story's, moved later by their length."""
    return (*lead, *(replace(s, at_s=s.at_s + length_s(lead)) for s in story))


def length_s(sentences: tuple[Sentence, ...]) -> float:
    """-> how long they take, their last pause included."""
    return sum(s.voice_s + s.pause_s for s in sentences)
