"""The night decides: `decide(night, happening, given)` is all there is to it, and it is a pure function."""

from __future__ import annotations

from dataclasses import replace

from device.events import (
    Asked,
    At,
    Failed,
    Finished,
    Happening,
    Heard,
    Hush,
    Moment,
    Note,
    Pressed,
    Reached,
    Recovered,
    Started,
    Stepped,
    Unheard,
    Voiced,
)  # fmt: skip
from device.night import asked, dark, place, reading, ritual, tellings, weaving, wishes
from device.night.night import Given, Night, Outcome, chain, named
from device.night.speech import lit, say


def decide(night: Night, happening: Happening, given: Given) -> Outcome:
    """-> the night after this happening, and what is to be done now, in order."""
    night, doings = decided(night, happening, given)
    if ritual.overdue(night, given, happening.at):
        return chain(night, lambda n: (n, doings), lambda n: ritual.lights_out(n, given, happening.at))
    return night, doings


def decided(night: Night, happening: Happening, given: Given) -> Outcome:
    """-> what follows from this happening by itself."""
    at = happening.at
    match happening:
        case Started() | Stepped():
            return place.find(night, given, at)
        case Moment():
            return ritual.moment(night, given, at, happening.name)
        case Pressed():
            return pressed(night, given, happening)
        case Heard():
            return heard(night, given, happening)
        case Unheard():
            return unheard(night, given, happening)
        case Voiced():
            return voiced(night, given)
        case Reached():
            return reached(night, given, happening)
        case At():
            return reading.shown(night, given, happening)
        case Finished():
            return finished(night, given, happening)
        case Asked():
            return asked.decide(night, given, happening)
        case Failed():
            return replace(night, failed={**night.failed, happening.part: happening.reason}), ()
        case Recovered():
            return replace(night, failed={k: v for k, v in night.failed.items() if k != happening.part}), ()
        case _:
            raise TypeError(f"decide knows nothing of {type(happening).__name__}")


def pressed(night: Night, given: Given, happening: Pressed) -> Outcome:
    """-> the story button listens, pauses or comforts; the grown-up button calls; the light button is a night light."""
    match happening.button:
        case "grown_up":
            return wishes.call(night, given, happening.at, "pressed")
        case "light":
            return wishes.night_light(not night.night_light)(night, given, Heard(at=happening.at, text="", intent=""))
    if night.jar:
        closed = replace(night, jar=False, phase="choosing")
        return say(closed, given, "jar_closed", time=wishes.WORRY_TIME)
    if night.phase in ritual.DARK:
        return dark.stir(night, given)
    if tellings.running(night):
        return tellings.stopped(night)
    if night.telling and night.reading and not night.telling.paused:
        return reading.you_finish(night, given, happening.at)
    if night.telling:
        return tellings.resumed(night, given, happening.at)
    hush = (Hush(),) if night.talk else ()
    return chain(replace(night, talk=None), lambda n: (n, hush), lambda n: ritual.ask("wish")(n, given, happening.at))


def heard(night: Night, given: Given, happening: Heard) -> Outcome:
    """-> the wish behind a phrase. A question that it leaves as it was is asked again, once Max has said his answer;
    after the story button any wish that is granted is an answer."""
    before = night.question
    granted = dark.IN_THE_DARK if night.phase in ritual.DARK else wishes.WISHES
    wish = granted.get(happening.intent)
    night, doings = wish(night, given, happening) if wish else (night, ())
    if before is None or night.question is not before:
        return night, doings
    if before.kind == "wish" and doings:
        return replace(night, question=None), doings
    if night.talk:
        night, id = named(night, before.kind)  # its window is closed, whatever is still told of it
        return replace(night, question=replace(before, id=id)), doings
    return chain(night, lambda n: (n, doings), lambda n: ritual.ask_again(n, given, happening.at))


def unheard(night: Night, given: Given, happening: Unheard) -> Outcome:
    """-> silence is an answer; words that were not understood get a second try, and then two things to say; at once
    where the room is loud."""
    question = night.question
    if question is None or question.id != happening.window:
        return _dark_again(night, given, happening)
    if question.kind == "weave" and question.missed == 0:
        return weaving.cards(night, given)
    if happening.spoke and question.missed == 0 and not happening.loud:
        night, doings = ritual.opened(night, given, replace(question, missed=1))
        return night, (Note(kind="unheard"), *doings)
    if happening.spoke and question.kind != "choice":
        then = "ask_wish" if question.kind != "wish" else ""  # what he offers may be said at once
        return say(replace(night, question=None), given, "not_understood", then=then)
    return ritual.unanswered(night, given, happening.at)


def voiced(night: Night, given: Given) -> Outcome:
    """-> by night a voice alone raises the red light and no more; what follows needs a press or a known phrase."""
    if night.phase not in ritual.DARK or night.phase == "lights_out":
        return night, ()
    return night, (lit(night, given, ritual.STIR, 2.0),)


def _dark_again(night: Night, given: Given, happening: Unheard) -> Outcome:
    """-> a window of the night closed without a known phrase."""
    if night.phase in ("settling", "asleep") and night.talk is None:
        return night, (ritual.dark(night, given, 20.0),)
    return night, ()


def reached(night: Night, given: Given, happening: Reached) -> Outcome:
    if night.telling is None or night.telling.id != happening.id:
        return night, ()
    return tellings.reached(night, given, happening.sentence)


def finished(night: Night, given: Given, happening: Finished) -> Outcome:
    """-> what follows; the Finished of something that was replaced or hushed means nothing."""
    if night.telling and happening.id == night.telling.id:
        ended = reading.handed if night.telling.handing else tellings.part_ended
        return ended(night, given)
    if night.talk and happening.id == night.talk.id:
        return ritual.follow(replace(night, talk=None), given, happening.at, night.talk.then)
    return night, ()
