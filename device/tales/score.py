"""The score of a telling: which sentence comes when, how fast, how loud, in whose voice, and how long it is quiet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from device.events import Sentence
from device.tales import pace, speech
from device.tales.parts import (
    PARAGRAPH,
    SENTENCE,
    Part,
    parts_of,
    parts_since,
    rate_of,
    sentence_of,
    step_at,
    way_through,
    weight_of,
)
from device.tales.story import Scene, Story
from device.tales.voice import Voice

ANSWER_S = 6.0
"""Silence after a question in a telling that runs through; then the story goes on by itself."""

_LAST_BEFORE_ANSWER_S = 0.4
"""Silence after a question when a listening window follows it."""


def score(
    story: Story,
    *,
    voice: Voice,
    seconds: float,
    age: int,
    scene: str | None = None,
    since: int = 0,
    told: float = 0.0,
    slower: int = 0,
    choices: Sequence[str] = (),
) -> tuple[Sentence, ...]:
    """-> the likely rest of a telling from `scene` (the first where None), in `seconds` or as near as the story can.

    Silence answers each question unless `choices` holds, in order, an answer's scene, words or number. `told` (0-1) is
    how much of the whole telling's time is over: pace and loudness go on from there. It begins with the first scene's
    sentence of `Sentence.number` `since`. Each step `slower` takes the next of the voice's rates and a tenth of the
    words a minute. What a sentence is rendered with (voice, scale, pitch) depends on story, voice, age and `slower`
    alone. Raises StoryError where there is no such scene.
    """
    told = min(max(told, 0.0), 1.0)
    parts = parts_since(parts_of(story, way_through(story, scene, choices), voice, age, slower), since)
    parts = _that_fit(parts, seconds, age, told)
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
    rate = rate_of(voice.own, step_at(told, age))
    for texts in paragraphs:
        for index, words in enumerate(texts):
            weight = PARAGRAPH if index == len(texts) - 1 else weight_of(words, SENTENCE)
            sentence = sentence_of(words, voice, voice.name, rate, told)
            sentences.append(_timed(sentence, at_s, unit_s * weight, level_db))
            at_s += sentences[-1].voice_s + sentences[-1].pause_s
    return tuple(sentences[:-1]) + tuple(_timed(last, last.at_s, unit_s / 2, level_db) for last in sentences[-1:])


def span_min(story: Story, voice: Voice, age: int, choices: Sequence[str] = ()) -> tuple[float, float]:
    """-> the shortest and longest telling in minutes, to a tenth, when silence (or `choices`) answers."""
    return way_span_min(story, way_through(story, None, choices), voice, age)


def way_span_min(story: Story, way: Sequence[Scene], voice: Voice, age: int) -> tuple[float, float]:
    """-> the same for one way through the story. One that has no play between two tenths has a single length."""
    parts = parts_of(story, tuple(way), voice, age)
    shortest, _ = _span_s([part for part in parts if not part.may_go or part.asks], age)
    _, longest = _span_s(parts, age)
    shortest_min = -(-shortest // 6) / 10
    return shortest_min, max(longest // 6 / 10, shortest_min)


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


def _timed(sentence: Sentence, at_s: float, pause_s: float, level_db: float) -> Sentence:
    pause_s = round(pause_s, 3)
    rate_wpm = round(60 * speech.words(sentence.text) / (sentence.voice_s + pause_s), 1)
    return replace(sentence, at_s=round(at_s, 3), pause_s=pause_s, rate_wpm=rate_wpm, level_db=level_db)


def _that_fit(parts: list[Part], seconds: float, age: int, told: float) -> list[Part]:
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


def _span_s(parts: Sequence[Part], age: int, told: float = 0.0) -> tuple[float, float]:
    """-> the shortest and longest time for these parts, answers included."""
    shortest, longest = pace.span_s([one for part in parts for one in part.spoken()], age, told)
    answers_s = ANSWER_S * sum(part.asks for part in parts)
    return shortest + answers_s, longest + answers_s


def _without(parts: list[Part], index: int) -> list[Part]:
    """-> the parts without that one; its cues go to the one after it."""
    cues = tuple(cue for sentence in parts[index].sentences for cue in sentence.cues)
    rest = parts[index + 1 :]
    if cues and rest and rest[0].sentences:
        first = rest[0].sentences[0]
        rest[0] = replace(rest[0], sentences=(replace(first, cues=cues + first.cues), *rest[0].sentences[1:]))
    return [*parts[:index], *rest]
