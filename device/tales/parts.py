"""The parts of a telling: which words are said on a way through a story, and in which voice, untimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from device.errors import StoryError
from device.events import Cue, Sentence
from device.tales import pace, speech
from device.tales.story import OWN, Line, Scene, Story
from device.tales.voice import Colour, Rate, Voice

_LARGEST_STEP = 0.08
"""Part by which one rate may be slower than the one before; a larger change is heard as a jump."""

_LOWEST_ST = -2.0
"""Semitones; below it every voice measured so far loses quality."""

_CLAUSE, SENTENCE, PARAGRAPH, _SCENE = 0.35, 1.0, 2.0, 2.6
"""Weights of the silence after each. A paragraph's is twice a sentence's, as in the narration table."""

_SLOWER = 1.1
"""A step slower counts so many words for each: just more than the 8 % that one rate differs from the next."""


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences of one paragraph, untimed, and their weights."""

    sentences: tuple[Sentence, ...]
    weights: tuple[float, ...]
    authored_s: tuple[float, ...]
    place: float
    """0-1, by words."""
    may_go: bool = False
    asks: bool = False
    """Whether the answer's silence follows it."""
    slower: int = 0

    def spoken(self) -> Iterator[pace.Spoken]:
        """-> what the silences are computed from."""
        for sentence, weight, authored_s in zip(self.sentences, self.weights, self.authored_s, strict=True):
            words = speech.words(sentence.text) * _SLOWER**self.slower
            yield pace.Spoken(words, sentence.voice_s, weight, authored_s)


# --- which words -----------------------------------------------------------------------------------------------


def way_through(story: Story, begin: str | None, choices: Sequence[str]) -> tuple[Scene, ...]:
    """-> the scenes in order; a story that comes back to a scene ends before it."""
    try:
        here = story.scenes[0] if begin is None else story.scene(begin)
    except KeyError:
        raise StoryError(f"{story.slug}: there is no scene {begin!r}. Its scenes are {_names(story)}.") from None
    given, way = iter(choices), [here]
    while to := (_answered(here, next(given, "")) if here.options else "") or here.silent:
        here = story.scene(to)
        if here in way:
            break
        way.append(here)
    return tuple(way)


def _names(story: Story) -> str:
    return ", ".join(scene.slug for scene in story.scenes)


def answers(story: Story, text: str) -> tuple[list[str], list[str]]:
    """-> (what answers each question on the way, as choices; what of `text` answers none).

    `text` has a comma between two answers, and nothing between two commas is silence. An answer's own words may have
    commas too.
    """
    rest, choices, unused = text.split(","), list[str](), list[str]()
    while rest and (asked := [scene for scene in way_through(story, None, choices) if scene.options][len(choices) :]):
        tries = ((count, _answered(asked[0], ",".join(rest[:count]))) for count in range(len(rest), 0, -1))
        count, to = next(((count, to) for count, to in tries if to), (1, ""))
        unused += [] if to else rest[:1]
        choices, rest = [*choices, to], rest[count:]
    return choices, [left.strip() for left in unused + rest if left.strip()]


def _answered(scene: Scene, choice: str) -> str:
    """-> slug of the scene it leads to; empty where it is no answer to the question of `scene`."""
    said = choice.casefold().strip()
    for number, option in enumerate(scene.options, 1):
        if said and said in {
            str(number),
            option.to,
            option.words.casefold(),
            *(also.casefold() for also in option.also),
        }:
            return option.to
    return ""


@lru_cache(maxsize=32)
def parts_of(story: Story, way: tuple[Scene, ...], voice: Voice, age: int, slower: int = 0) -> tuple[Part, ...]:
    """-> a part for each paragraph along the way, and for a question that no paragraph asks.

    Kept, because all scores of an evening are made of the same, and two thirds of their time went here."""
    return tuple(_parts_of(story, way, voice, age, slower))


def _parts_of(story: Story, way: Iterable[Scene], voice: Voice, age: int, slower: int) -> Iterator[Part]:
    places = _places(story)
    step: int | None = None
    for scene in way:
        before, total = places[scene.slug]
        number = 0
        for index, paragraph in enumerate(scene.paragraphs):
            place = before / total
            before += paragraph.words
            wanted = min(step_at(place, age) + slower, 3)
            step = wanted if step is None else min(max(step, wanted), step + 1)
            last = index == len(scene.paragraphs) - 1
            asked = bool(scene.options) and last and not _asks(paragraph.lines)
            ends = _SCENE if last and not asked else PARAGRAPH
            part = _numbered(_part(story, paragraph.lines, scene.slug, voice, step, place, ends), number)
            number += len(part.sentences)
            asks = bool(scene.options) and last and not asked
            yield replace(part, may_go=paragraph.may_go, asks=asks, slower=slower)
            if asked:
                question = (Line(" ".join(f"{option.words.rstrip(' .?!')}?" for option in scene.options)),)
                part = _numbered(_part(story, question, scene.slug, voice, step, place, _SCENE), number)
                yield replace(part, asks=True, slower=slower)


def _numbered(part: Part, first: int) -> Part:
    return replace(part, sentences=tuple(replace(s, number=n) for n, s in enumerate(part.sentences, first)))


def parts_since(parts: Sequence[Part], number: int) -> list[Part]:
    """-> the parts without the first scene's sentences before `number`; the one it begins with always stays."""
    parts = [part for part in parts if part.sentences]
    if not number or not parts:
        return parts
    first = [part for part in parts if part.sentences[0].scene == parts[0].sentences[0].scene]
    number = min(number, first[-1].sentences[-1].number)
    rest: list[Part] = []
    for part in parts:
        gone = max(number - part.sentences[0].number, 0) if part in first else 0
        if gone < len(part.sentences):
            kept = replace(part, sentences=part.sentences[gone:], weights=part.weights[gone:])
            may_go = part.may_go and bool(rest)
            rest.append(replace(kept, authored_s=part.authored_s[gone:], may_go=may_go))
    return rest


def _asks(lines: Sequence[Line]) -> bool:
    return any(not line.who and "?" in line.text for line in lines)


def _part(story: Story, lines: Sequence[Line], scene: str, voice: Voice, step: int, place: float, ends: float) -> Part:
    sentences: list[Sentence] = []
    authored_s: list[float] = []
    waiting: tuple[Cue, ...] = ()
    for line in lines:
        colour = story.colour(line.who)
        name = voice.name if colour == OWN or colour not in voice.colours else colour
        texts = speech.sentences(line.text)
        rate = rate_of(voice.colours[name], step)
        spoken = [replace(sentence_of(text, voice, name, rate, place), scene=scene) for text in texts]
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
    weights = [weight_of(sentence.text, kind) for sentence, kind in zip(sentences, kinds, strict=False)]
    return Part(tuple(sentences), tuple(weights), tuple(authored_s), place)


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


def step_at(place: float, age: int) -> int:
    """-> which of the four rates is spoken at that place: a quarter each, little ones begin one slower."""
    return min(int(4 * place) + (age <= pace.LITTLE), 3)


def rate_of(colour: Colour, step: int) -> Rate:
    """-> the colour's rate for this step; of rates too far apart, only the slower neighbours are used."""
    usable = [colour.rates[-1]]
    for rate in reversed(colour.rates[:-1]):
        if rate.wpm * (1 - _LARGEST_STEP) > usable[0].wpm:
            break
        usable.insert(0, rate)
    return usable[step * len(usable) // 4]


def sentence_of(text: str, voice: Voice, name: str, rate: Rate, place: float) -> Sentence:
    """-> the sentence as it is rendered; time and level come later."""
    pitch_st = max(voice.colours[name].pitch_st + pace.drift_st(place), min(voice.colours[name].pitch_st, _LOWEST_ST))
    voice_s = round(speech.seconds_at(text, rate.wpm), 3)
    return Sentence(text, name, voice_s=voice_s, scale=rate.scale, pitch_st=pitch_st)


def _kind(sentence: Sentence, after: Sentence) -> float:
    """-> weight of the silence between two sentences of a paragraph: short where one goes on in the other."""
    goes_on = not sentence.text.endswith((".", "?")) or after.text[0].islower()
    return _CLAUSE if goes_on else SENTENCE


def weight_of(text: str, kind: float) -> float:
    """-> weight of the silence after `text`: a longer one is thought about longer."""
    return kind * (0.25 + 0.75 * min(speech.words(text), 24) / 12)
