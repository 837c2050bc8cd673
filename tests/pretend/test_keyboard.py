"""Typed words and letters: whoever has no box presses its buttons and talks to Max all the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

import pytest

from device.events import Deafen, Happening, Heard, Listen, Option, Pressed, Unheard
from device.pretend.keyboard import BUTTONS, HELP, Keyboard, Silence
from tests.nights.bedroom import language

AT = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
PATIENCE_S = 20


class Typist:
    """Types into a keyboard and reads what comes of it, one line at a time."""

    def __init__(self, **more: Callable[[], None]) -> None:
        self.inbox: SimpleQueue[Happening] = SimpleQueue()
        self.lines: SimpleQueue[str] = SimpleQueue()
        self.keyboard = Keyboard(self.inbox.put, lambda: AT, language, _Paper(self.lines), more)

    def types(self, line: str) -> Happening:
        self.lines.put(f"{line}\n")
        return self.inbox.get(timeout=PATIENCE_S)


class _Paper(io.StringIO):
    """A stream whose lines come when they are written; an empty one is its end."""

    def __init__(self, lines: SimpleQueue[str]) -> None:
        super().__init__()
        self._lines = lines

    def __next__(self) -> str:  # type: ignore[override]  # typeshed says bytes for every stream
        if line := self._lines.get():
            return line
        raise StopIteration


@pytest.fixture
def typist() -> Typist:
    return Typist()


@pytest.mark.parametrize(("letter", "button"), BUTTONS.items())
def test_a_letter_alone_presses_a_button_and_a_capital_holds_it(typist: Typist, letter: str, button: str) -> None:
    assert typist.types(letter) == Pressed(at=AT, button=button, long=False)  # type: ignore[arg-type]
    assert typist.types(letter.upper()) == Pressed(at=AT, button=button, long=True)  # type: ignore[arg-type]


def test_the_help_names_every_letter() -> None:
    assert all(f"{letter} {button.replace('_', '-').split('-')[0]}" in HELP.replace("l night light", "l light")
               for letter, button in BUTTONS.items())  # fmt: skip
    assert "S held" in HELP


def test_words_are_heard_as_if_they_had_been_spoken(typist: Typist) -> None:
    heard = typist.types("  tell me a story about the moon ")
    assert isinstance(heard, Heard)
    assert (heard.intent, heard.slots) == ("TellStory", {"topic": "moon"})


def test_unknown_words_are_unheard_in_the_window_that_was_open(typist: Typist) -> None:
    assert typist.types("xyzzy plugh") == Unheard(at=AT, window="", spoke=True)
    typist.keyboard.do(Listen(id="feeling-3", seconds=6))
    assert typist.types("xyzzy plugh") == Unheard(at=AT, window="feeling-3", spoke=True)
    assert typist.types("xyzzy plugh") == Unheard(at=AT, window="", spoke=True), "a window hears one answer"


def test_a_storys_choices_are_understood_while_they_are_asked(typist: Typist) -> None:
    stairs = Option(words="go up the stairs", to="attic", also=("up",))
    typist.keyboard.do(Listen(id="choice-1", seconds=6, options=(stairs,)))
    answer = typist.types("go up the stairs")
    assert isinstance(answer, Heard)
    assert "attic" in answer.slots.values()
    typist.keyboard.do(Listen(id="choice-2", seconds=6, options=(stairs,)))
    typist.keyboard.do(Deafen())
    assert isinstance(typist.types("go up the stairs"), Unheard)


def test_an_empty_line_is_nothing_and_further_letters_do_what_they_are_for() -> None:
    started: SimpleQueue[str] = SimpleQueue()
    typist = Typist(t=lambda: started.put("tonight"))
    typist.lines.put("\n")
    typist.lines.put("t\n")
    assert started.get(timeout=PATIENCE_S) == "tonight"
    assert isinstance(typist.types("s"), Pressed)
    assert typist.inbox.empty()


@pytest.mark.parametrize("stream", [io.StringIO(""), io.StringIO("s\n")])
def test_the_end_of_the_stream_is_the_end_of_typing_and_of_nothing_else(stream: io.StringIO) -> None:
    inbox: SimpleQueue[Happening] = SimpleQueue()
    keyboard = Keyboard(inbox.put, lambda: AT, language, stream)
    keyboard.thread.join(PATIENCE_S)
    assert not keyboard.thread.is_alive()
    keyboard.do(Listen(id="wish-1", seconds=1))
    keyboard.close()


def test_a_stream_that_cannot_be_read_is_an_ended_one() -> None:
    class Torn(io.StringIO):
        def __next__(self) -> str:  # type: ignore[override]
            raise OSError("the terminal is gone")

    keyboard = Keyboard(SimpleQueue[Happening]().put, lambda: AT, language, Torn())
    keyboard.thread.join(PATIENCE_S)
    assert not keyboard.thread.is_alive()


def test_where_there_is_no_ear_every_window_closes_by_itself() -> None:
    inbox: SimpleQueue[Happening] = SimpleQueue()
    silence = Silence(inbox.put, lambda: AT, patience=0.01)
    silence.do(Listen(id="feeling-1", seconds=6))
    assert inbox.get(timeout=PATIENCE_S) == Unheard(at=AT, window="feeling-1", spoke=False)
    silence.close()


def test_a_window_that_was_closed_or_followed_by_another_does_not_close_again() -> None:
    inbox: SimpleQueue[Happening] = SimpleQueue()
    silence = Silence(inbox.put, lambda: AT, patience=0.01)
    silence.do(Listen(id="one", seconds=1000))
    silence.do(Deafen())
    silence.do(Listen(id="two", seconds=1000))
    silence.do(Listen(id="three", seconds=1))
    assert inbox.get(timeout=PATIENCE_S) == Unheard(at=AT, window="three", spoke=False)
    with pytest.raises(Empty):
        inbox.get_nowait()
    silence.close()
