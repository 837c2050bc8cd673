"""Asking for more, calling, and what the page may do."""

from __future__ import annotations

from device.events import Glow, Listen, Note, Ring, Say, Tell, Unring
from device.night.view import view
from tests.nights.bedroom import Bedroom, given, with_promise


def test_five_more_minutes_are_given_at_once_and_move_lights_out() -> None:
    room = Bedroom().until("20:40")
    room.hear("five more minutes please")
    assert "10" in room.said()[-1], "how many are left is said"
    room.until("20:46")
    assert room.phase == "choosing"
    room.until("20:51")
    assert room.phase == "settling"


def test_the_fourth_five_more_is_a_request_on_the_page_and_max_says_so() -> None:
    room = Bedroom().until("20:40")
    for _ in range(4):
        room.hear("five more minutes")
    assert room.night.extra_min == 15
    (request,) = room.night.requests
    assert (request.what, request.state) == ("five_more", "open")
    assert "Elara" in room.said()[-1]


def test_as_many_minutes_are_given_as_were_asked_for_and_are_left() -> None:
    room = Bedroom().until("20:40")
    for asked, extra in (("two more minutes", 2), ("ten more minutes", 12), ("fifteen more minutes", 15)):
        room.hear(asked)
        assert room.night.extra_min == extra
    assert [line.split()[1 if line.startswith("Yes") else 0] for line in room.said()[-3:]] == ["2", "10", "3"]
    assert not room.night.requests
    room.hear("two more minutes")
    assert [request.what for request in room.night.requests] == ["five_more"]


def test_not_yet_spends_nothing_of_what_was_agreed() -> None:
    for said in ("not yet", "later", "i'm not ready"):
        room = Bedroom().until("20:40")
        room.hear(said)
        assert "hurry" in room.said()[-1]
        assert (room.night.extra_min, room.night.requests) == (0, ())


def test_not_yet_leaves_the_check_in_for_tonight_and_a_story_for_later() -> None:
    room = Bedroom({"feeling": "not yet", "choose": "later"}).until("20:35")
    assert room.phase == "choosing"
    assert room.night.question is None
    assert len([listen for listen in room.all(Listen) if listen.id.startswith(("feeling", "choose"))]) == 2


def test_an_open_request_is_asked_once_and_max_is_honest_about_it() -> None:
    room = Bedroom().until("20:40")
    for _ in range(5):
        room.hear("five more minutes")
    assert len(room.night.requests) == 1
    assert "no answer yet" in room.said()[-1].lower() or "nobody has answered" in room.said()[-1].lower()


def test_a_yes_from_the_page_moves_lights_out_and_a_no_does_not() -> None:
    for yes, minutes in ((True, 20), (False, 15)):
        room = Bedroom().until("20:40")
        for _ in range(4):
            room.hear("five more minutes")
        assert room.ask("answer_request", request=room.night.requests[0].id, yes=yes).ok
        assert room.night.extra_min == minutes
        assert (room.said()[-1].count("yes") == 1) == yes


def test_a_wish_from_the_page_is_decided_once() -> None:
    room = Bedroom().until("20:40")
    for _ in range(4):
        room.hear("five more minutes")
    request = room.night.requests[0].id
    room.ask("answer_request", request=request, yes=True)
    assert room.ask("answer_request", request=request, yes=True).ok
    assert room.night.extra_min == 20
    assert not room.ask("answer_request", id="ask-0002", request=request, yes=True).ok, "it is no longer open"


def test_a_third_story_needs_a_grown_ups_yes() -> None:
    room = Bedroom(known=with_promise(given(), stories=1)).until("20:02")
    room.hear("tell me a story")
    room.hear("stop")
    room.hear("one more story please")
    (request,) = room.night.requests
    room.ask("answer_request", request=request.id, yes=True)
    assert any(isinstance(doing, Tell) for doing in room.hear("tell me a story about the sea"))


def test_the_grown_up_button_rings_in_every_phase() -> None:
    for clock, day in (
        ("17:30", 0),
        ("20:10", 0),
        ("20:35", 0),
        ("22:00", 0),
        ("03:00", 1),
        ("06:20", 1),
        ("09:00", 1),
    ):
        room = Bedroom({"choose": "tell me a story"}).until(clock, day=day)
        doings = room.press("grown_up")
        assert any(isinstance(doing, Ring) for doing in doings), clock
        assert any(isinstance(doing, Glow) and doing.ember > 0 for doing in doings), clock
        assert any(isinstance(doing, Say) for doing in doings), clock


def test_a_call_rings_until_it_is_seen_and_nobody_is_blamed() -> None:
    room = Bedroom().until("23:00")
    room.press("grown_up")
    room.press("grown_up")
    assert len(room.all(Ring)) == 1
    assert not any("answer" in line.lower() for line in room.said())
    ring = room.night.calls[0].id
    assert room.ask("seen_ring", ring=ring).ok
    assert [unring.id for unring in room.all(Unring)] == [ring]


def test_a_parent_who_is_late_is_announced_before_the_child_has_to_ask() -> None:
    room = Bedroom().until("18:00")
    assert room.ask("late", minutes=40).ok
    assert room.said() == [], "not in the afternoon"
    room.until("20:01")
    assert "late" in room.said()[0]


def test_the_page_shows_the_parents_the_phase_and_not_the_story_or_a_feeling() -> None:
    room = Bedroom({"feeling": "sad", "choose": "tell me a story"}).until("20:35")
    shown = view(room.night, room.given, room.clock.now(), "tonight", "parent")
    assert shown["phase"] == "story"
    assert shown["story"] is None
    assert "sad" not in str(shown)
    mine = view(room.night, room.given, room.clock.now(), "tonight", "child")
    assert mine["story"] == {"title": room.all(Tell)[0].title}


def test_a_feeling_goes_into_the_childs_own_book_only() -> None:
    room = Bedroom({"feeling": "sad"}).until("20:20")
    assert [note.book for note in room.all(Note) if "sad" in str(note.what)] == ["mine"]


def test_only_a_pretend_board_starts_tonight_by_hand() -> None:
    from dataclasses import replace

    real, pretend = Bedroom().until("17:30"), Bedroom(known=replace(given(), pretend=True)).until("17:30")
    assert not real.ask("start_tonight").ok
    assert pretend.ask("start_tonight").ok
    assert (real.phase, pretend.phase) == ("afternoon", "wind_down")


def test_a_role_that_may_not_and_a_wish_that_is_unknown_change_nothing() -> None:
    from device.events import Asked

    room = Bedroom().until("20:10")
    before = room.night
    room.happens(Asked(at=room.clock.now(), id="ask-0009", who="child", what="away"))
    assert not room.ask("make_coffee").ok
    assert room.night == before
