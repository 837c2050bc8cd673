"""From lights-out to dawn: red light only, and no speech unless the child calls."""

from __future__ import annotations

from device.events import Ambience, Glow, Listen, Ring, Say, Tell, Unheard, Voiced, Volume
from device.night.dark import FOR_THE_EVENING, IN_THE_DARK
from tests.nights.bedroom import Bedroom, language, words


def test_a_bad_dream_gets_red_light_a_few_words_and_light_that_breathes_and_goes_out() -> None:
    room = Bedroom().until("02:00", day=1)
    doings = room.hear("i had a bad dream")
    (glow,) = (doing for doing in doings if isinstance(doing, Glow))
    assert 0 < glow.ember <= 0.3
    assert glow.dawn == 0
    assert room.phase == "stirring"
    room.until("02:10", day=1)
    assert room.phase == "asleep"
    assert room.last_glow().ember == 0


def test_the_story_button_at_three_gets_the_dim_light_and_no_story() -> None:
    room = Bedroom().until("03:00", day=1)
    doings = room.press("story")
    assert any(isinstance(doing, Glow) and doing.ember <= 0.3 for doing in doings)
    room.until("03:10", day=1)
    assert room.all(Tell) == []


def test_a_voice_alone_raises_the_red_light_and_says_nothing() -> None:
    room = Bedroom().until("01:00", day=1)
    doings = room.happens(Voiced(at=room.clock.now()))
    assert [type(doing) for doing in doings] == [Glow]
    doings = room.happens(Unheard(at=room.clock.now(), window="night", spoke=True))
    assert [doing.ember for doing in doings if isinstance(doing, Glow)] == [0.0]


def test_a_story_asked_for_at_night_is_for_the_evening() -> None:
    room = Bedroom().until("01:00", day=1)
    (say,) = (doing for doing in room.hear("tell me a story") if isinstance(doing, Say))
    assert "night" in words(say).lower()
    assert room.all(Tell) == []


def test_the_time_is_not_told_at_night() -> None:
    room = Bedroom().until("01:07", day=1)
    room.hear("what time is it")
    assert "night" in room.said()[-1]
    assert not any(digit in room.said()[-1] for digit in "0123456789")


def test_talk_that_is_not_for_the_box_changes_nothing_at_night() -> None:
    room = Bedroom().until("01:00", day=1)
    assert room.hear("louder") == ()


def test_the_dark_knows_the_few_and_nothing_else_is_done() -> None:
    spoken = language().intents.intents.items()
    data = {name: intent.data[0].metadata or {} for name, intent in spoken}
    few = {name for name, known in data.items() if known.get("few") and not known.get("decoy")}
    assert few == set(IN_THE_DARK) - set(FOR_THE_EVENING)


def test_a_sleep_sound_can_be_asked_for_and_made_softer_in_the_dark() -> None:
    room = Bedroom().until_phase("settling")
    for said, kind in (("play rain sounds", Ambience), ("softer", Volume)):
        assert language().understand(said, few=True)
        assert [type(doing) for doing in room.hear(said)] == [kind]


def test_whoever_woke_may_answer_yes_to_a_grown_up_and_no_rings_nobody() -> None:
    for said, rings in (("yes please", 1), ("no thank you", 0)):
        room = Bedroom().until("02:00", day=1)
        room.hear(said)
        assert room.all(Ring) == [], "nobody had offered it"
        room.hear("i had a bad dream")
        room.until("02:01", day=1).hear(said)
        assert len(room.all(Ring)) == rings


def test_stop_and_leave_me_alone_in_the_dark_leave_it_dark() -> None:
    for said in ("stop", "leave me alone"):
        room = Bedroom().until("02:00", day=1)
        room.press("story")
        room.hear(said)
        room.until("02:01", day=1)
        assert room.phase == "asleep"
        assert room.last_glow().ember == 0


def test_whoever_woke_is_listened_to_with_the_few_phrases_only() -> None:
    room = Bedroom().until("02:00", day=1)
    room.press("story")
    room.until("02:01", day=1)
    assert [listen.few for listen in room.all(Listen)][-1:] == [True]


def test_the_night_light_stays_on_until_dawn_once_it_was_asked_for() -> None:
    room = Bedroom().until("20:50")
    room.hear("turn the night light on")
    room.until("21:20")
    assert room.last_glow().ember > 0
    room.until("06:20", day=1)
    assert not room.night.night_light
