"""The closed language as a family meets it: sentences in, meanings out."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hassil import recognize_all

import device
from device.errors import SettingsError
from device.events import Option
from device.night.automaton import ANY, Automaton, Graph
from device.night.language import Language

PHRASES = Path(device.__file__).parent / "night" / "phrases"
CHOICES = (Option("go up the stairs", "the-stairs", ("up", "climb")), Option("sit by the sea", "the-shore"))


@pytest.fixture(scope="module")
def english() -> Language:
    return Language.load([(PHRASES / "en.yaml").read_text()], (PHRASES / "nouns.txt").read_text())


@pytest.mark.parametrize(
    ("said", "intent", "slots"),
    [
        ("tell me a story about the moon", "TellStory", {"topic": "moon"}),
        ("can you read us a story about dragons please", "TellStory", {"topic": "dragon"}),
        ("tell me a quiet story", "TellStory", {"mood": "calm"}),
        ("the one from yesterday", "StoryFromYesterday", {}),
        ("another story please", "AnotherStory", {}),
        ("make up a story about a dragon and a hat", "Weave", {"words": ["dragon", "hat"]}),
        ("make one up about a teddy bear", "Weave", {"words": ["teddy bear"]}),
        ("make up a story about", "Weave", {}),
        ("we read tonight", "WeReadTonight", {}),
        ("max you finish", "YouFinish", {}),
        ("i'll finish", "IllFinish", {}),
        ("stormy", "Feeling", {"feeling": "stormy"}),
        ("i'm a bit lonely", "Feeling", {"feeling": "sad"}),
        ("put a worry in the jar", "Helps", {"help": "jar"}),
        ("five more minutes", "FiveMore", {"minutes": 5}),
        ("can i stay up a little longer", "FiveMore", {"minutes": 5}),
        ("just one more", "OneMore", {}),
        ("leave me alone tonight", "LeaveMeAlone", {}),
        ("can you stop please", "Stop", {}),
        ("please stop talking", "Stop", {}),
        ("i want to stop", "Stop", {}),
        ("can you be quiet", "Stop", {}),
        ("can you turn the light off please", "NightLightOff", {}),
        ("lights on", "NightLightOn", {}),
        ("we're going to read", "WeReadTonight", {}),
        ("i want mum to read", "WeReadTonight", {"person": "mum"}),
        ("can you read to me", "TellStory", {}),
        ("tell me a really funny story", "TellStory", {"mood": "funny"}),
        ("tell me a story about a dog and a bunny", "Weave", {"words": ["dog", "rabbit"]}),
        ("continue the story from yesterday", "StoryFromYesterday", {}),
        ("turn it down a bit", "Softer", {}),
        ("louder max", "Louder", {}),
        ("i got scared", "Scared", {}),
        ("somebody help me", "GrownUp", {}),
        ("what can my mum see", "WhatCanMumSee", {"person": "mum"}),
        ("does mum know", "WhatCanMumSee", {"person": "mum"}),
        ("can i have a hug", "Pass", {}),
        ("i had a bad dream", "BadDream", {}),
        ("i want mummy", "GrownUp", {"person": "mum"}),
        ("i need a grown up", "GrownUp", {}),
        ("what can mom see", "WhatCanMumSee", {"person": "mum"}),
        ("how many sleeps until my birthday", "HowManySleeps", {"event": "birthday"}),
        ("play the rain", "SleepSound", {"sound": "rain"}),
        ("good night max", "GoodNight", {}),
    ],
)
def test_a_sentence_means_what_it_says(english: Language, said: str, intent: str, slots: dict[str, object]) -> None:
    meaning = english.understand(said)
    assert meaning is not None
    assert (meaning.intent, meaning.slots) == (intent, slots)
    assert english.automaton.accepts(said) or intent == "Weave"


DECOYS = ["i don't want to stop", "please don't stop", "don't leave me alone", "i don't want to be alone",
          "i'm not scared", "don't go", "i don't need a grown up", "don't turn off the light"]  # fmt: skip


@pytest.mark.parametrize("said", DECOYS)
def test_what_must_not_be_taken_for_its_opposite_is_heard_and_means_nothing(english: Language, said: str) -> None:
    assert english.automaton.accepts(said)
    assert english.few.accepts(said)
    assert english.understand(said) is None


@pytest.mark.parametrize(
    ("typed", "intent"),
    [("tell me a story max", "TellStory"), ("please can you stop", "Stop"),
     ("I'm scared, please, Max!", "Scared"), ("two max", "Choice"),
     ("i had a horrible dream", "BadDream"), ("don't stop max", None), ("please", None)],
)  # fmt: skip
def test_a_name_or_please_may_stand_around_any_typed_sentence(
    english: Language, typed: str, intent: str | None
) -> None:
    meaning = english.understand(typed, (Option("two", "here"),))
    assert (meaning and meaning.intent) == intent


@pytest.mark.parametrize(
    "typed",
    [
        "Tell me a story, about the MOON!",
        "  tell me a story about the moon. ",
        "Hey Max — tell me a story about the moon",
    ],
)
def test_capitals_and_punctuation_are_forgiven(english: Language, typed: str) -> None:
    meaning = english.understand(typed)
    assert meaning is not None
    assert meaning.slots == {"topic": "moon"}


def test_curly_apostrophes_digits_and_short_spellings_are_read(english: Language) -> None:
    assert [english.understand(t).intent for t in ("I’m scared", "5 more minutes", "goodnight", "ok")] == [  # type: ignore[union-attr]
        "Scared",
        "FiveMore",
        "GoodNight",
        "Yes",
    ]


def test_a_typed_topic_may_be_any_noun(english: Language) -> None:
    meaning = english.understand("tell me a story about a submarine")
    assert meaning is not None
    assert meaning.slots == {"topic": "submarine"}
    assert not english.automaton.accepts("tell me a story about a submarine")


def test_other_talk_means_nothing(english: Language) -> None:
    assert english.understand("the bank opens at nine") is None
    assert english.understand("") is None
    assert english.understand("hey max") is None


def test_the_wake_phrase_is_told_from_a_mere_name(english: Language) -> None:
    assert [english.understand(t).wake for t in ("hey max stop", "max stop", "stop")] == [True, False, False]  # type: ignore[union-attr]


def test_words_that_are_no_nouns_are_left_out_of_a_weaving(english: Language) -> None:
    meaning = english.understand("make up a story about quarks and a hat")
    assert meaning is not None
    assert meaning.slots == {"words": ["hat"]}


def test_a_running_storys_choices_are_heard_in_many_words(english: Language) -> None:
    window = english.window(CHOICES)
    for said, goes_to in (("up", "the-stairs"), ("let's climb please", "the-stairs"), ("the second one", "the-shore")):
        meaning = english.understand(said, CHOICES)
        assert window.accepts(said)
        assert meaning is not None
        assert (meaning.intent, meaning.slots) == ("Choice", {"option": goes_to})
    assert window.accepts("stop")
    assert english.understand("up") is None


def test_a_choice_goes_before_every_other_meaning(english: Language) -> None:
    meaning = english.understand("stop", (Option("stop", "the-end"),))
    assert meaning is not None
    assert meaning.slots == {"option": "the-end"}


def test_by_night_only_the_few_are_heard(english: Language) -> None:
    window = english.window(few=True)
    assert window.accepts("i had a bad dream")
    assert not window.accepts("tell me a story")
    assert english.understand("tell me a story", few=True) is None
    assert english.understand("i need a grown up", few=True) is not None


def test_names_and_titles_of_the_family_join_at_run_time(english: Language) -> None:
    ours = english.extended(person=["Nira"], title=["The Moon's Mouse"])
    assert ours.automaton.accepts("i want nira")
    assert ours.understand("tell me the Moon’s mouse").slots == {"title": "The Moon's Mouse"}  # type: ignore[union-attr]
    assert ours.understand("make up a story about Nira and a hat").slots == {"words": ["Nira", "hat"]}  # type: ignore[union-attr]
    assert ours.weaving.accepts("make up a story about nira and a hat")
    assert not english.automaton.accepts("i want nira")


def test_stories_are_about_a_child_but_nobody_calls_it(english: Language) -> None:
    ours = english.extended(person=["Elara", " "], topic=["Benny", ""])
    for name in ("Benny", "Elara"):
        said = f"tell me a story about {name.lower()}"
        assert ours.automaton.accepts(said)
        assert ours.understand(said).slots == {"topic": name}  # type: ignore[union-attr]
        assert ours.weaving.accepts(f"make up a story about {name.lower()} and a hat")
    assert ours.automaton.accepts("what can elara see")
    assert not ours.automaton.accepts("call benny")
    assert ours.understand("call benny") is None


def test_a_name_of_two_words_is_woven_as_a_whole(english: Language) -> None:
    ours = english.extended(person=["Anna Lena", "Teddy", "Rose"])
    said = ["anna lena and a hat", "a hat and teddy", "a teddy bear and rose", "anna", "anna lena lena", "rose bear"]
    assert [ours.weaving.accepts(f"make up a story about {words}") for words in said] == [True] * 3 + [False] * 3


def test_the_weaving_language_knows_a_thousand_nouns(english: Language) -> None:
    nouns = (PHRASES / "nouns.txt").read_text().split("\n")[:-1]
    assert len(set(nouns)) == len(nouns) >= 1000
    assert all(english.weaving.accepts(f"make up a story about a {noun} and {noun}") for noun in nouns)


def test_there_are_thirty_intents_and_the_strict_ones_are_strict(english: Language) -> None:
    assert len(english.intents.intents) >= 30
    assert (
        english.strictness("Weave") == english.strictness("RecordStory") == english.strictness("FiveMore") == "strict"
    )
    assert english.strictness("Stop") == english.strictness("Softer") == english.strictness("Scared") == "kind"


def test_every_heard_sentence_has_one_meaning(english: Language) -> None:
    for sentence in random_sentences(english.automaton, 300):
        plain = english.understand(sentence)
        rivals = {r.intent.name for r in recognize_all(english._uncalled(sentence)[0], english.read)}
        assert rivals == {plain.intent if plain else "Other"}, sentence


def random_sentences(automaton: Automaton, count: int) -> list[str]:
    random, sentences = Random(4), list[str]()
    while len(sentences) < count:
        state, words = 0, list[str]()
        while state not in automaton.finals or (automaton.arcs[state] and random.random() < 0.6):
            word, state = random.choice(list(automaton.arcs[state].items()))
            words.append("a dragon" if word == ANY else word)
        sentences.append(" ".join(words))
    return sentences


def test_templates_that_cannot_be_read_are_refused_with_a_sentence() -> None:
    with pytest.raises(SettingsError, match="phrases"):
        Language.load(["language: en\nlists: {}\n"])


def test_an_automaton_accepts_just_its_sentences() -> None:
    two = Automaton.of(["go on", "go up", "on"])
    assert [two.accepts(s) for s in ("go on", "go up", "on", "go", "up", "")] == [True, True, True, False, False, False]


def test_states_with_the_same_future_are_one() -> None:
    assert len(Automaton.of(["a big cat", "the big cat", "a big dog", "the big dog"]).arcs) == 4


def test_sentences_are_counted_by_their_words() -> None:
    assert Automaton.of(["stop", "go on", "go up", "go up the stairs"]).sentences() == (0, 1, 2, 0, 1)


def test_beginnings_that_never_end_are_left_out() -> None:
    graph = Graph()
    graph.path(0, ["into", "nowhere"])
    graph.finals[graph.path(0, ["home"])] = ""
    assert graph.determined().words() == {"home"}


def test_a_union_knows_both_languages_and_no_more() -> None:
    both = Automaton.of(["go on", "stop"]).union(Automaton.of(["go up", "stop it"]))
    assert [both.accepts(s) for s in ("go on", "go up", "stop", "stop it", "go it")] == [True, True, True, True, False]


def test_words_that_are_added_like_another_stand_wherever_it_does_and_nowhere_else() -> None:
    more = Automaton.of(["a cat sat", "the cat", "a tom"]).also(["tom", "cat"], like="cat").also(["tom"], like="cat")
    said = [
        "a tom cat sat",
        "the tom cat",
        "a tom",
        "a tom sat",
        "the tom",
        "a cat sat",
        "tom",
        "the tom sat",
        "tom cat",
    ]
    assert [more.accepts(s) for s in said] == [True] * 6 + [False] * 3


def test_an_end_is_open_where_going_on_would_mean_something_else(english: Language) -> None:
    ends = {said: english.automaton.walk(said.split()) for said in ("stop", "tell me a story", "louder")}
    is_open = {said: state in english.automaton.open_ends() for said, state in ends.items()}
    assert is_open == {"stop": False, "tell me a story": True, "louder": False}


def test_nouns_alone_are_woven_where_they_were_asked_for_and_nowhere_else(english: Language) -> None:
    meaning = english.understand("a dragon and a hat", words=True)
    assert meaning
    assert (meaning.intent, meaning.slots, meaning.strictness) == ("Weave", {"words": ["dragon", "hat"]}, "strict")
    assert english.understand("a dragon and a hat") is None
    assert english.understand("stop please", words=True) == english.understand("stop please")
    assert english.understand("whatever comes", words=True) is None


def test_what_may_follow_the_opening_is_a_language_of_its_own(english: Language) -> None:
    woven = english.woven()
    assert all(map(woven.accepts, ("dragon", "a dragon and a hat", "the teddy bear with the train")))
    assert not any(map(woven.accepts, ("", "a", "a dragon and", "make up a story about a dragon")))
    assert english.extended(topic=["Benny"]).woven().accepts("benny and a dragon")
