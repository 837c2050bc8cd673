"""The closed language: what Max understands, spoken or typed, and what it means.

One file of sentence templates (`phrases/*.yaml`, hassil's format) makes both: the minimal automaton that every ear
listens with, and the meaning of a text. Nothing outside it is ever transcribed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import yaml
from hassil import Intents, recognize_best, sample_expression
from hassil import expression as template
from hassil.intents import SlotList, TextSlotList, TextSlotValue, WildcardSlotList
from hassil.util import merge_dict

from device.errors import SettingsError
from device.events import Option
from device.night.automaton import ANY, Automaton, Graph

Strictness: TypeAlias = Literal["kind", "normal", "strict"]
"""How sure the ear must be of an intent: kind where a miss is worse than a mistake, strict the other way round."""

_WEAVES = "Weave"
_CHOICE = "Choice"


@dataclass(frozen=True)
class Meaning:
    """What a text says."""

    intent: str
    """CamelCase name from the templates."""
    slots: Mapping[str, Any]
    wake: bool = False
    """Whether it began with the wake phrase."""
    strictness: Strictness = "normal"


@dataclass(frozen=True)
class Language:
    """A closed language, immutable; `extended` gives another with the family's names and the library's titles."""

    intents: Intents
    """The templates as they are spoken."""
    read: Intents
    """The templates as they are read in a text: any noun may be a topic there."""
    automaton: Automaton
    """Every sentence, with the wake phrase or without; an ANY arc where words are woven."""
    weaving: Automaton
    """The weaving sentences with all nouns spelt out: for the second look."""
    few: Automaton
    """The few sentences of the night."""
    opening: str
    """What begins a sentence that weaves."""
    wakes: tuple[str, ...]
    addresses: tuple[str, ...]
    courtesies: tuple[str, ...]
    spellings: Mapping[str, str]
    ordinals: tuple[tuple[str, ...], ...]

    @classmethod
    def load(cls, texts: Sequence[str], nouns: str = "") -> Language:
        """Reads phrase files (YAML) and the nouns for weaving (one a line). Takes about half a second.

        Raises SettingsError where a template is wrong."""
        merged: dict[str, Any] = {}
        try:
            for text in texts:
                merge_dict(merged, yaml.safe_load(text))
            merged["lists"]["noun"] = {"values": nouns.split("\n")[:-1]}
            intents = Intents.from_dict(merged)
            calls = (tuple(merged["wake"]), tuple(merged["address"]))
            draw = _Drawing(intents, [*calls[0], *calls[1]])
            return cls(
                intents=intents,
                read=_readable(intents),
                automaton=draw.automaton(set(intents.intents)),
                weaving=draw.automaton({_WEAVES}, spelt=True),
                few=draw.automaton(_few(intents)),
                opening=merged["opening"],
                wakes=calls[0],
                addresses=calls[1],
                courtesies=tuple(merged["courtesies"]),
                spellings=merged["spellings"],
                ordinals=tuple(tuple(names) for names in merged["ordinals"]),
            )
        except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"the phrases cannot be used: {error!r}; compare them with phrases/en.yaml") from error

    def extended(self, **lists: Sequence[str]) -> Language:
        """-> the language with more values in its lists: `extended(person=["Nira"], title=["The Moon's Mouse"])`.

        A `person` can be called, and reads; a `topic` is but a name. Stories can be about both, and woven of them."""
        kept = {name: [value for value in values if _plain(value)] for name, values in lists.items()}
        names = [*kept.get("topic", ()), *kept.get("person", ())]
        joining = {**kept, "topic": names, "noun": names}
        more: dict[str, SlotList] = {
            n: _texts({_plain(v): v for v in values}) for n, values in joining.items() if values
        }
        draw = _Drawing(_with_lists(self.intents, more), self.calls)
        both = {n: TextSlotList(n, [*_values(self.intents, n), *_values(draw.intents, n)]) for n in more}
        intents = _with_lists(self.intents, both)
        return replace(
            self,
            intents=intents,
            read=_readable(intents),
            automaton=self.automaton.union(draw.automaton(set(intents.intents), using=set(more))),
            weaving=self._weaving_with(names),
            few=self.few.union(draw.automaton(_few(intents), using=set(more))),
        )

    def _weaving_with(self, names: Sequence[str]) -> Automaton:
        """-> the weaving sentences, with names wherever a noun may stand."""
        weaving, any_noun = self.weaving, _usual([value.value_out for value in _values(self.intents, "noun")])
        for name in names:
            weaving = weaving.also(_plain(name).split(), like=any_noun)
        return weaving

    @property
    def calls(self) -> list[str]:
        """-> all that may be said before a sentence."""
        return [*self.wakes, *self.addresses]

    def window(self, options: Sequence[Option] = (), few: bool = False) -> Automaton:
        """-> what is listened for in a window: the whole language or the few, with a story's choices joined in."""
        whole = self.few if few else self.automaton
        return whole.union(self.choices(options)) if options else whole

    def choices(self, options: Sequence[Option]) -> Automaton:
        """-> the sentences that choose one of these."""
        intents = _with_lists(self.intents, {"option": self._options(options)})
        drawn = _Drawing(intents, ()).automaton({_CHOICE})
        return replace(drawn, finals=dict.fromkeys(drawn.finals, ""))

    def woven(self) -> Automaton:
        """-> one or two nouns by themselves."""
        return self.weaving.behind(self.opening.split())

    def understand(
        self, text: str, options: Sequence[Option] = (), few: bool = False, words: bool = False
    ) -> Meaning | None:
        """-> what a text means, or None where it is not of this language, or a decoy in it. With `words`, nouns alone
        are to be woven.

        Forgives capitals, punctuation, curly apostrophes and a "please" too many; a story's choice goes before
        everything else."""
        plain, wake = self._uncalled(" ".join(self.spellings.get(word, word) for word in _plain(text).split()))
        if not plain:
            return None
        names = _few(self.intents) if few else set(self.intents.intents) - {_CHOICE}
        for said in dict.fromkeys((plain, self._bare(plain))):
            chosen = self._meant(said, {_CHOICE}, self._options(options)) if options else None
            if meaning := chosen or self._meant(said, names, _texts({})):
                decoy = _metadata(self.intents, meaning.intent).get("decoy")
                return None if decoy else replace(meaning, wake=wake)
        return self._meant(f"{self.opening} {plain}", {_WEAVES}, _texts({})) if words and self.nouns_in(plain) else None

    def strictness(self, intent: str) -> Strictness:
        """-> how sure the ear must be of it."""
        return _metadata(self.intents, intent).get("strictness", "normal")  # type: ignore[no-any-return]

    def _meant(self, plain: str, names: set[str], options: TextSlotList) -> Meaning | None:
        chosen = replace(self.read, intents={name: self.read.intents[name] for name in names})
        found = recognize_best(plain, chosen, slot_lists={"option": options})
        if found is None:
            return None
        slots = {name: entity.value for name, entity in found.entities.items()}
        if "words" in slots:
            said = (str(entity.value) for entity in found.entities_list if entity.name == "words")
            slots["words"] = self.nouns_in(" ".join(said))
        return Meaning(found.intent.name, slots, strictness=self.strictness(found.intent.name))

    def nouns_in(self, text: str) -> list[str]:
        """-> the nouns a text names, at most two, longest first where one begins with another ("teddy bear")."""
        nouns = {_plain(str(value.value_out)): value.value_out for value in _values(self.intents, "noun")}
        words, found = _plain(text).split(), []
        while words:
            size = next((n for n in (3, 2, 1) if " ".join(words[:n]) in nouns), 0)
            if size:
                found.append(nouns[" ".join(words[:size])])
            words = words[size or 1 :]
        return found[:2]

    def _uncalled(self, plain: str) -> tuple[str, bool]:
        """-> (the sentence without wake phrase or address, whether the wake phrase was there)."""
        for called in sorted(self.calls, key=len, reverse=True):
            if plain.startswith(called + " "):
                return plain[len(called) + 1 :], called in self.wakes
        return plain, False

    def _bare(self, plain: str) -> str:
        """-> the sentence without the courtesies around it."""
        words = plain.split()
        while words and words[-1] in self.courtesies:
            words.pop()
        while words and words[0] in self.courtesies:
            words.pop(0)
        return " ".join(words)

    def _options(self, options: Sequence[Option]) -> TextSlotList:
        said = {}
        for number, option in enumerate(options):
            ordinals = self.ordinals[number] if number < len(self.ordinals) else ()
            said.update({_plain(words): option.to for words in (option.words, *option.also, *ordinals)})
        return _texts(said)


class _Drawing:
    """Draws templates as a graph of words."""

    def __init__(self, intents: Intents, calls: Iterable[str]) -> None:
        self.intents = intents
        self.calls = calls

    def automaton(self, names: set[str], using: set[str] | None = None, spelt: bool = False) -> Automaton:
        """-> the sentences of these intents: only templates that use one of the lists `using`, where it is given;
        `spelt` draws the nouns in place of ANY, and leaves out templates without."""
        self.graph, self.spelt = Graph(), spelt
        body = self.graph.state()
        self.graph.arc(0, None, body)
        for call in self.calls:
            self.graph.arc(self.graph.path(0, call.split()), None, body)
        for name in names:
            for data in self.intents.intents[name].data:
                for sentence in data.sentences:
                    lists = self._lists(sentence)
                    if (using is None or lists & using) and (not spelt or "noun" in lists):
                        end = self._draw(sentence.expression, body)
                        self.graph.finals[end] = "" if spelt else " ".join([name, *sorted(lists)])
        return self.graph.determined()

    def _lists(self, sentence: template.Sentence) -> set[str]:
        assert isinstance(sentence.expression, template.Group)
        names = set(sentence.expression.list_names(self.intents.expansion_rules))
        return names | {"noun"} if self.spelt and "words" in names else names

    def _draw(self, part: template.Expression, begin: int) -> int:
        """-> the state behind what was drawn."""
        match part:
            case template.TextChunk():
                return self.graph.path(begin, part.text.lower().split())
            case template.Alternative():
                return self._either(part.items, begin)
            case template.Sequence():
                for item in part.items:
                    begin = self._draw(item, begin)
                return begin
            case template.RuleReference():
                return self._draw(self.intents.expansion_rules[part.rule_name].expression, begin)
            case template.ListReference():
                return self._list(part.list_name, begin)
        raise ValueError(f"{part} has no place in a phrase template")

    def _list(self, name: str, begin: int) -> int:
        if not isinstance(self.intents.slot_lists[name], WildcardSlotList):
            return self._either([value.text_in for value in _values(self.intents, name)], begin)
        if self.spelt:
            return self._draw(self.intents.expansion_rules["woven"].expression, begin)
        return self.graph.path(begin, [ANY])

    def _either(self, parts: Iterable[template.Expression], begin: int) -> int:
        end = self.graph.state()
        for part in parts:
            self.graph.arc(self._draw(part, begin), None, end)
        return end


def _plain(text: str) -> str:
    """-> lower case, straight apostrophes, no punctuation, single spaces."""
    return " ".join(re.sub(r"[^\w' ]+", " ", text.lower().replace("’", "'").replace("‘", "'")).split())


def _usual(nouns: Sequence[str]) -> str:
    """-> a noun of one word with which no longer one begins: in the automaton it goes on just as a new one would."""
    begins = {noun.split()[0] for noun in nouns if " " in noun}
    return next(noun for noun in nouns if " " not in noun and noun not in begins)


def _few(intents: Intents) -> set[str]:
    return {name for name in intents.intents if _metadata(intents, name).get("few")}


def _metadata(intents: Intents, name: str) -> dict[str, Any]:
    return intents.intents[name].data[0].metadata or {}


def _readable(intents: Intents) -> Intents:
    topics = _values(intents, "topic")
    said = {text for value in topics for text in sample_expression(value.text_in)}
    topics = [*topics, *(value for value in _values(intents, "noun") if _plain(str(value.value_out)) not in said)]
    return _with_lists(intents, {"topic": TextSlotList("topic", topics)})


def _with_lists(intents: Intents, lists: Mapping[str, SlotList]) -> Intents:
    return replace(intents, slot_lists={**intents.slot_lists, **lists})


def _texts(values: Mapping[str, Any]) -> TextSlotList:
    return TextSlotList.from_tuples(values.items(), allow_template=False)


def _values(intents: Intents, name: str) -> list[TextSlotValue]:
    values = intents.slot_lists[name]
    assert isinstance(values, TextSlotList)
    return values.values
