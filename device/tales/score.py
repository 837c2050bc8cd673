"""The score of a telling: which sentence comes when, how fast, how loud, in whose voice, and how long it is quiet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from device.errors import StoryError
from device.events import Cue, Sentence
from device.tales import pace, speech
from device.tales.story import OWN, Line, Scene, Story
from device.tales.voice import Colour, Rate, Voice

ANSWER_S = 6.0
"""Silence after a question in a telling that runs through; then the story goes on by itself."""

_LARGEST_STEP = 0.08
"""Part by which one rate may be slower than the one before; a larger change is heard as a jump."""

_LOWEST_ST = -2.0
"""Semitones; below it every voice measured so far loses quality."""

_CLAUSE, _SENTENCE, _PARAGRAPH, _SCENE = 0.35, 1.0, 2.0, 2.6
"""Weights of the silence after each. A paragraph's is twice a sentence's, as in the narration table."""

_LAST_BEFORE_ANSWER_S = 0.4
"""Silence after a question when a listening window follows it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The sentences of one paragraph, untimed, and their weights."""

    sentences: tuple[Sentence, ...]
    weights: tuple[float, ...]
    authored_s: tuple[float, ...]
    place: float
    """0-1, by words."""
    may_go: bool = False
    asks: bool = False
    """Whether the answer's silence follows it."""

    def spoken(self) -> Iterator[pace.Spoken]:
        """-> what the silences are computed from."""
        for sentence, weight, authored_s in zip(self.sentences, self.weights, self.authored_s, strict=True):
            yield pace.Spoken(speech.words(sentence.text), sentence.voice_s, weight, authored_s)


def score(
    story: Story,
    *,
    voice: Voice,
    seconds: float,
    age: int,
    scene: str | None = None,
    told: float = 0.0,
    choices: Sequence[str] = (),
) -> tuple[Sentence, ...]:
    """-> the likely rest of a telling from `scene` (the first where None), in `seconds` or as near as the story can.

    Silence answers each question unless `choices` holds, in order, an answer's scene, words or number. `told` (0-1) is
    how much of the whole telling's time is over: pace and loudness go on from there. What a sentence is rendered with
    (voice, scale, pitch) depends on story, voice and age alone. Raises StoryError where there is no such scene.
    """
    told = min(max(told, 0.0), 1.0)
    parts = _that_fit(list(_parts(story, _way(story, scene, choices), voice, age)), seconds, age, told)
    spoken = [one for part in parts for one in part.spoken()]
    answers_s = ANSWER_S * sum(part.asks for part in parts)
    timings = iter(pace.timings(spoken, seconds - answers_s, age, told))
    at_s, sentences = 0.0, []
    for part in parts:
        for index, sentence in enumerate(part.sentences):
            timing = next(timings)
            answer_s = ANSWER_S if part.asks and index == len(part.sentences) - 1 else 0.0
            timed = _timed(sentence, at_s, timing.pause_s + answer_s, pace.level_db(timing.told))
            sentences.append(timed)
            at_s = timed.at_s + timed.voice_s + timed.pause_s
    return tuple(sentences)


def until_choice(story: Story, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """-> the sentences up to the first question (all where none asks); its last pause is short: listening follows."""
    asking = {scene.slug for scene in story.scenes if scene.options}
    for index, sentence in enumerate(sentences):
        after = sentences[index + 1].scene if index + 1 < len(sentences) else None
        if sentence.scene in asking and after != sentence.scene:
            return (*sentences[:index], _timed(sentence, sentence.at_s, _LAST_BEFORE_ANSWER_S, sentence.level_db))
    return tuple(sentences)


def plain(text: str, voice: Voice, *, level_db: float = 0.0, told: float = 0.0, age: int = 10) -> tuple[Sentence, ...]:
    """-> a few sentences in the teller's own voice, for a Say. `told` (0-1) slows and sinks them as far into a telling.

    An empty line in `text` is a longer silence.
    """
    paragraphs = [speech.sentences(paragraph) for paragraph in re.split(r"\n\s*\n", text)]
    unit_s, at_s, sentences = 0.5 + 1.1 * told, 0.0, []
    rate = _rate(voice.own, _step(told, age))
    for texts in paragraphs:
        for index, words in enumerate(texts):
            weight = _PARAGRAPH if index == len(texts) - 1 else _weight(words, _SENTENCE)
            sentence = _sentence(words, voice, voice.name, rate, told)
            sentences.append(_timed(sentence, at_s, unit_s * weight, level_db))
            at_s += sentences[-1].voice_s + sentences[-1].pause_s
    return tuple(sentences[:-1]) + tuple(_timed(last, last.at_s, unit_s / 2, level_db) for last in sentences[-1:])


def span_min(story: Story, voice: Voice, age: int, choices: Sequence[str] = ()) -> tuple[float, float]:
    """-> the shortest and longest telling in minutes, to a tenth, when silence (or `choices`) answers."""
    return way_span_min(story, _way(story, None, choices), voice, age)


def way_span_min(story: Story, way: Sequence[Scene], voice: Voice, age: int) -> tuple[float, float]:
    """-> the same for one way through the story."""
    parts = list(_parts(story, way, voice, age))
    shortest, _ = _span_s([part for part in parts if not part.may_go or part.asks], age)
    _, longest = _span_s(parts, age)
    return -(-shortest // 6) / 10, longest // 6 / 10


def as_json(title: str, sentences: Sequence[Sentence]) -> dict[str, Any]:
    """-> the document of `tell --score`."""
    rows = [
        {
            "at_s": sentence.at_s,
            "text": sentence.text,
            "voice": sentence.voice,
            "rate_wpm": sentence.rate_wpm,
            "pause_s": sentence.pause_s,
            "level_db": sentence.level_db,
            "pitch_st": sentence.pitch_st,
            "cues": [{"kind": cue.kind, "value": cue.value} for cue in sentence.cues],
            "scene": sentence.scene,
            "scale": sentence.scale,
            "voice_s": sentence.voice_s,
        }
        for sentence in sentences
    ]
    return {"title": title, "duration_s": duration_s(sentences), "sentences": rows}


def duration_s(sentences: Sequence[Sentence]) -> float:
    """-> how long these sentences take, the last silence counted in."""
    return round(sum(sentence.voice_s + sentence.pause_s for sentence in sentences), 3)


# --- which words -----------------------------------------------------------------------------------------------


def _way(story: Story, begin: str | None, choices: Sequence[str]) -> list[Scene]:
    """-> the scenes in order; a story that comes back to a scene ends before it."""
    try:
        here = story.scenes[0] if begin is None else story.scene(begin)
    except KeyError:
        raise StoryError(f"{story.slug}: there is no scene {begin!r}. Its scenes are {_names(story)}.") from None
    answers, way = iter(choices), [here]
    while to := _answered(here, next(answers, "")) if here.options else here.silent:
        here = story.scene(to)
        if here in way:
            break
        way.append(here)
    return way


def _names(story: Story) -> str:
    return ", ".join(scene.slug for scene in story.scenes)


def _answered(scene: Scene, choice: str) -> str:
    said = choice.casefold().strip()
    for number, option in enumerate(scene.options, 1):
        if said and said in {
            str(number),
            option.to,
            option.words.casefold(),
            *(also.casefold() for also in option.also),
        }:
            return option.to
    return scene.silent


def _parts(story: Story, way: Iterable[Scene], voice: Voice, age: int) -> Iterator[_Part]:
    places = _places(story)
    step: int | None = None
    for scene in way:
        before, total = places[scene.slug]
        for index, paragraph in enumerate(scene.paragraphs):
            place = before / total
            before += paragraph.words
            step = _step(place, age) if step is None else min(max(step, _step(place, age)), step + 1)
            last = index == len(scene.paragraphs) - 1
            asked = bool(scene.options) and last and not _asks(paragraph.lines)
            ends = _SCENE if last and not asked else _PARAGRAPH
            part = _part(story, paragraph.lines, scene.slug, voice, step, place, ends)
            yield replace(part, may_go=paragraph.may_go, asks=bool(scene.options) and last and not asked)
            if asked:
                question = (Line(" ".join(f"{option.words.rstrip(' .?!')}?" for option in scene.options)),)
                yield replace(_part(story, question, scene.slug, voice, step, place, _SCENE), asks=True)


def _asks(lines: Sequence[Line]) -> bool:
    return any(not line.who and "?" in line.text for line in lines)


def _part(story: Story, lines: Sequence[Line], scene: str, voice: Voice, step: int, place: float, ends: float) -> _Part:
    sentences: list[Sentence] = []
    authored_s: list[float] = []
    waiting: tuple[Cue, ...] = ()
    for line in lines:
        colour = story.colour(line.who)
        name = voice.name if colour == OWN or colour not in voice.colours else colour
        texts = speech.sentences(line.text)
        rate = _rate(voice.colours[name], step)
        spoken = [replace(_sentence(text, voice, name, rate, place), scene=scene) for text in texts]
        if not spoken:
            waiting += line.cues
            continue
        spoken[0] = replace(spoken[0], cues=waiting)
        spoken[-1] = replace(spoken[-1], cues=(*spoken[-1].cues, *line.cues))
        waiting = ()
        sentences += spoken
        authored_s += [*[0.0] * (len(spoken) - 1), line.pause_s]
    if waiting and sentences:
        sentences[-1] = replace(sentences[-1], cues=(*sentences[-1].cues, *waiting))
    kinds = [*(_kind(sentence, after) for sentence, after in pairwise(sentences)), ends]
    weights = [_weight(sentence.text, kind) for sentence, kind in zip(sentences, kinds, strict=False)]
    return _Part(tuple(sentences), tuple(weights), tuple(authored_s), place)


def _places(story: Story) -> dict[str, tuple[int, int]]:
    """-> for each scene: words before it, and words of the whole telling, both along the longest way through it.

    So a paragraph has one place in the story whichever way leads to it and whatever is left out: what is rendered for
    it stays right.
    """
    before = {scene.slug: 0 for scene in story.scenes}
    after = {scene.slug: scene.words for scene in story.scenes}
    for _ in range(len(story.scenes) if story.branching else 1):
        known = (dict(before), dict(after))
        for scene in story.scenes:
            for to in scene.follows:
                before[to] = max(before[to], min(before[scene.slug] + scene.words, _WHOLE))
        for scene in reversed(story.scenes):
            after[scene.slug] = min(scene.words + max((after[to] for to in scene.follows), default=0), _WHOLE)
        if known == (before, after):
            break
    return {scene.slug: (before[scene.slug], max(before[scene.slug] + after[scene.slug], 1)) for scene in story.scenes}


_WHOLE = 100_000
"""Words; where scenes lead back to each other, counting ends here."""


# --- how they are spoken ---------------------------------------------------------------------------------------


def _step(place: float, age: int) -> int:
    """-> which of the four rates is spoken at that place: a quarter each, little ones begin one slower."""
    return min(int(4 * place) + (age <= pace.LITTLE), 3)


def _rate(colour: Colour, step: int) -> Rate:
    """-> the colour's rate for this step; of rates too far apart, only the slower neighbours are used."""
    usable = [colour.rates[-1]]
    for rate in reversed(colour.rates[:-1]):
        if rate.wpm * (1 - _LARGEST_STEP) > usable[0].wpm:
            break
        usable.insert(0, rate)
    return usable[step * len(usable) // 4]


def _sentence(text: str, voice: Voice, name: str, rate: Rate, place: float) -> Sentence:
    """-> the sentence as it is rendered; time and level come later."""
    pitch_st = max(voice.colours[name].pitch_st + pace.drift_st(place), min(voice.colours[name].pitch_st, _LOWEST_ST))
    voice_s = round(speech.seconds_at(text, rate.wpm), 3)
    return Sentence(text, name, voice_s=voice_s, scale=rate.scale, pitch_st=pitch_st)


def _timed(sentence: Sentence, at_s: float, pause_s: float, level_db: float) -> Sentence:
    pause_s = round(pause_s, 3)
    rate_wpm = round(60 * speech.words(sentence.text) / (sentence.voice_s + pause_s), 1)
    return replace(sentence, at_s=round(at_s, 3), pause_s=pause_s, rate_wpm=rate_wpm, level_db=level_db)


def _kind(sentence: Sentence, after: Sentence) -> float:
    """-> weight of the silence between two sentences of a paragraph: short where one goes on in the other."""
    goes_on = not sentence.text.endswith((".", "?")) or after.text[0].islower()
    return _CLAUSE if goes_on else _SENTENCE


def _weight(text: str, kind: float) -> float:
    """-> weight of the silence after `text`: a longer one is thought about longer."""
    return kind * (0.25 + 0.75 * min(speech.words(text), 24) / 12)


# --- how long --------------------------------------------------------------------------------------------------


def _that_fit(parts: list[_Part], seconds: float, age: int, told: float) -> list[_Part]:
    """-> the parts without as many of those that may go as an unhurried pace takes, spread over the telling."""
    gone = [0.0, 1.0]
    while sum(_span_s(parts, age, told)) / 2 > seconds:
        can_go = [index for index, part in enumerate(parts) if part.may_go and not part.asks]
        if not can_go:
            break
        index = max(can_go, key=lambda at: min(abs(parts[at].place - place) for place in gone))
        gone.append(parts[index].place)
        parts = _without(parts, index)
    return parts


def _span_s(parts: Sequence[_Part], age: int, told: float = 0.0) -> tuple[float, float]:
    """-> the shortest and longest time for these parts, answers included."""
    shortest, longest = pace.span_s([one for part in parts for one in part.spoken()], age, told)
    answers_s = ANSWER_S * sum(part.asks for part in parts)
    return shortest + answers_s, longest + answers_s


def _without(parts: list[_Part], index: int) -> list[_Part]:
    """-> the parts without that one; its cues go to the one after it."""
    cues = tuple(cue for sentence in parts[index].sentences for cue in sentence.cues)
    rest = parts[index + 1 :]
    if cues and rest and rest[0].sentences:
        first = rest[0].sentences[0]
        rest[0] = replace(rest[0], sentences=(replace(first, cues=cues + first.cues), *rest[0].sentences[1:]))
    return [*parts[:index], *rest]
