"""A browser comes in by the hand at the box, and only the one that knocked."""

from device.senses.knocks import OPEN_S, Knocks


def test_holding_the_button_opens_the_door_for_the_child_that_knocked() -> None:
    knocks = Knocks()
    knocks.knock("tablet", "child", now=0)
    assert knocks.state("tablet", "child", now=1) == "waiting"
    knocks.pressed(long=True, now=5)
    assert knocks.state("tablet", "child", now=6) == "open"


def test_asking_for_a_story_lets_nobody_in() -> None:
    knocks = Knocks()
    knocks.knock("stranger", "child", now=0)
    knocks.pressed(long=False, now=1)
    assert knocks.state("stranger", "child", now=1) == "waiting"


def test_any_press_shows_that_a_new_box_is_theirs() -> None:
    knocks = Knocks()
    knocks.knock("phone", "claim", now=0)
    knocks.pressed(long=False, now=1)
    assert knocks.state("phone", "claim", now=2) == "open"
    assert knocks.state("phone", "child", now=2) == "none"


def test_a_press_before_the_knock_opens_nothing() -> None:
    knocks = Knocks()
    knocks.pressed(long=True, now=0)
    knocks.knock("phone", "claim", now=1)
    assert knocks.state("phone", "claim", now=1) == "waiting"


def test_two_that_knock_at_once_both_stay_outside() -> None:
    knocks = Knocks()
    knocks.knock("phone", "claim", now=0)
    knocks.knock("stranger", "claim", now=1)
    knocks.pressed(long=True, now=2)
    assert {knocks.state(browser, "claim", now=3) for browser in ("phone", "stranger")} == {"crowded"}


def test_a_knock_and_an_open_door_last_two_minutes() -> None:
    knocks = Knocks()
    knocks.knock("phone", "claim", now=0)
    assert knocks.state("phone", "claim", now=OPEN_S + 1) == "none"
    knocks.knock("phone", "claim", now=200)
    knocks.pressed(long=False, now=300)
    assert knocks.state("phone", "claim", now=300 + OPEN_S - 1) == "open"
    assert knocks.state("phone", "claim", now=300 + OPEN_S + 1) == "none"
