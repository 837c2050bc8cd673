"""What a heard phrase means in the evening. One function for each intent of the closed language; by night: `dark`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from device.events import Ambience, Doing, Heard, Hush, Note, Ring, Unring, Volume
from device.night import reading, requests, ritual, shelf, steering, tellings, weaving
from device.night.night import Call, Given, Night, Outcome, chain, named, plan_of
from device.night.speech import lit, say

WORRY_TIME = "half past five"
"""When the family opens the jar, by day and not in the bedroom (NUMBERS 4.1)."""
STEP_DB = 3.0
"""What "louder" and "softer" are worth."""
SOUND_S = 1800.0
"""A sleep sound fades to nothing over half an hour (NUMBERS 3.1: at most 45 minutes after lights-out)."""
SOUNDS = {"rain": "rain", "sea": "sea", "noise": "brown", "wind": "pink"}
"""What a child calls it -> the synthesised sound."""

Wish = Callable[[Night, Given, Heard], Outcome]


def tell_story(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the story asked for, or the nearest to it, or the first of tonight's three."""
    words = " ".join(str(heard.slots[k]) for k in ("title", "topic", "mood", "teller") if heard.slots.get(k))
    found = shelf.find(given, words) if words else None
    slug = found or _next(night, given)
    if _told_enough(night, given):
        return requests.ask(night, given, heard.at, "one_more")
    if not tellings.fits(night, given, heard.at, slug):
        return say(night, given, "no_time")
    if words and not found:
        return tellings.begin(night, given, heard.at, slug, opening="story_instead", topic=words)
    return tellings.begin(night, given, heard.at, slug)


def choice(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> an answer to the open question: where the story goes, how it is, what would help, which of three stories.

    A story's question may still be on Max's lips."""
    to = str(heard.slots["option"])
    match night.question.kind if night.question else "":
        case "choice":
            return tellings.go_to(night, given, heard.at, to)
        case "feeling":
            return feeling(night, given, replace(heard, slots={"feeling": to}))
        case "helps":
            return helps(night, given, replace(heard, slots={"help": to}))
        case "choose":
            return tell_story(night, given, replace(heard, slots={"title": given.library[to].title}))
        case "weave":
            return weaving.said_back(night, given, to)
    if tellings.running(night) and to in {option.to for option in tellings.options(night, given)}:
        return tellings.go_to(night, given, heard.at, to)
    return night, ()


def feeling(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> Max names it and allows it, then asks what would help. Kept nowhere but in the child's own book."""
    name = str(heard.slots["feeling"])
    night = replace(night, offered=shelf.tonight(night, given, feeling=name), question=None)
    note = Note(kind="feeling", what={"feeling": name}, book="mine")
    return chain(night, lambda n: (n, (note,)), lambda n: say(n, given, f"feeling_{name}", then="ask_helps"))


def helps(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the one small thing of the child's choice."""
    thing = str(heard.slots["help"])
    night = replace(night, question=None)
    if thing == "person":
        return call(night, given, heard.at, "asked")
    if thing == "jar":
        return open_jar(night, given)
    return say(night, given, f"help_{thing}", then="breathe" if thing == "breathe" else "choosing")


def open_jar(night: Night, given: Given) -> Outcome:
    """-> the microphone is off; a story that was told is stopped meanwhile."""
    telling = night.telling and replace(night.telling, paused=True)
    note = Note(kind="worry", what={"for": "17:30"}, book="mine")
    night = replace(night, jar=True, telling=telling)
    return chain(night, lambda n: (n, (note,)), lambda n: say(n, given, "help_jar", then="choosing"))


def one_more(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> another story tonight, where the Promise has room for it."""
    if _told_enough(night, given):
        return requests.ask(night, given, heard.at, "one_more")
    return tell_story(night, given, replace(heard, slots={}))


def leave_me_alone(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> always granted: silence, and nothing of the ritual any more tonight. Uncounted, noted nowhere."""
    night = replace(night, alone=True, telling=None, question=None, talk=None)
    then = "darken" if night.phase in ritual.DARK else ""
    return chain(night, lambda n: (n, (Hush(),)), lambda n: say(n, given, "alone", then=then))


def read_tonight(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> a person reads: the story that was named, or a book of their own."""
    title = str(heard.slots.get("title") or "")
    slug = shelf.find(given, title) if title else None
    return reading.begin(night, given, heard.at, slug) if slug else reading.quiet(night, given)


def you_finish(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> Max takes the book; where it was none of his, he tells a story of tonight's."""
    if night.telling and not night.telling.aloud:
        return reading.you_finish(night, given, heard.at)
    return tell_story(replace(night, reading=False), given, replace(heard, slots={}))


def call(night: Night, given: Given, at: datetime, why: str, line: str = "call") -> Outcome:
    """-> a grown-up is called. Works in every state; says what will happen and who can come."""
    if any(not c.seen for c in night.calls):
        return say(night, given, "call_again")
    night, id = named(night, "ring")
    night = replace(night, calls=(*night.calls, Call(id, at, why)))
    night, _ = tellings.stopped(night)
    doings: tuple[Doing, ...] = (Hush(), Ring(id=id, why=why), lit(night, given, ritual.STIR, 3.0), Note(kind="ring"))
    return chain(night, lambda n: (n, doings), lambda n: say(n, given, line))


def came(night: Night, id: str) -> Outcome:
    """-> a grown-up saw the call or came."""
    seen = tuple(replace(c, seen=True) if c.id == id else c for c in night.calls)
    return replace(night, calls=seen), (Unring(id=id),)


def night_light(on: bool) -> Wish:
    def wish(night: Night, given: Given, heard: Heard) -> Outcome:
        return replace(night, night_light=on), (lit(night, given, ritual.NIGHT_LIGHT if on else 0.0, 3.0),)

    return wish


def volume(step_db: float) -> Wish:
    return lambda night, given, heard: (night, (Volume(step_db=step_db),))


def line(key: str) -> Wish:
    """-> a wish that Max answers with one line and no more."""
    return lambda night, given, heard: say(night, given, key)


def what_time(night: Night, given: Given, heard: Heard) -> Outcome:
    return say(night, given, "time", time=f"{heard.at.astimezone(given.promise.zone):%H:%M}")


def promise(night: Night, given: Given, heard: Heard) -> Outcome:
    agreed = given.promise
    slots = {"bedtime": f"{plan_of(night, given).when('lights_out'):%H:%M}", "wake": f"{agreed.wake:%H:%M}"}
    return say(night, given, "promise", **slots)


def good_night(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the child may end the evening at any time."""
    night = replace(night, telling=None, done=tuple({*night.done, "check_in", "choosing", "lights_out"}))
    return ritual.lights_out(night, given, heard.at)


def _told_enough(night: Night, given: Given) -> bool:
    granted = sum(r.what == "one_more" and r.state == "yes" for r in night.requests)
    return len(night.told) >= given.promise.stories + granted


def _next(night: Night, given: Given) -> str:
    """-> the first of tonight's stories that was not told yet."""
    untold = (slug for slug in (*night.offered, *given.library) if slug not in night.told)
    return next(untold, next(iter(night.told), ""))


def too_scary(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the story is closed at once, and is not taken up again."""
    closed = night.telling.story if night.telling else ""
    places = {slug: place for slug, place in night.places.items() if slug != closed}
    night = replace(night, telling=None, question=None, places=places)
    return chain(night, lambda n: (n, (Hush(),)), lambda n: say(n, given, "too_scary", then="ask_wish"))


def from_yesterday(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> it goes on where it stopped; one that was told to its end is told again."""
    left = [slug for slug in night.places if slug not in night.told]
    slug = (*left[-1:], *night.yesterday)[-1] if left or night.yesterday else ""
    if slug in night.places and slug in given.library:
        return steering.from_place(night, given, heard.at, slug)
    title = given.library[slug].title if slug in given.library else ""
    return tell_story(night, given, replace(heard, slots={"title": title}))


def skip(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> on to the next scene; as an answer it is as good as silence."""
    if night.question or not tellings.running(night):
        return no(night, given, heard)
    return steering.skipped(night, given, heard.at)


def bedtime_pass(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> one visit, hug or drink a night; a second call asks a person all the same."""
    key = "pass_used" if any(r.what == "pass" for r in night.requests) else "pass_yes"
    night, doings = requests.note_down(night, heard.at, "pass")
    return chain(night, lambda n: (n, doings), lambda n: say(n, given, key))


def unwell(night: Night, given: Given, heard: Heard) -> Outcome:
    return call(night, given, heard.at, "unwell", line="unwell")


def light_and(key: str) -> Wish:
    """-> the little light and one line."""

    def wish(night: Night, given: Given, heard: Heard) -> Outcome:
        glow = lit(night, given, ritual.STIR, 3.0)
        then = "stay" if night.phase in ritual.DARK else ""
        return chain(night, lambda n: (n, (glow,)), lambda n: say(n, given, key, then=then))

    return wish


def sleep_sound(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> rain, the sea or a soft rushing that fades to nothing; for anything else Max says what he has."""
    name = SOUNDS.get(str(heard.slots.get("sound") or "rain"))
    if name is None:
        return say(night, given, "song_later")
    return night, (Ambience(name=name, seconds=SOUND_S),)


def how_long(night: Night, given: Given, heard: Heard) -> Outcome:
    left = plan_of(night, given).when("lights_out") - heard.at
    return say(night, given, "how_long", minutes=max(round(left.total_seconds() / 60), 1))


def no(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> "no" to a question is as good as silence."""
    return ritual.unanswered(night, given, heard.at)


def yes(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the answer to the open question, where there is only one; otherwise it stays open."""
    options = ritual.options(night, given, night.question.kind) if night.question else ()
    return choice(night, given, replace(heard, slots={"option": options[0].to})) if len(options) == 1 else (night, ())


def not_yet(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> a story's question waits; any other is left, and a story comes when it is asked for. Spends no minutes."""
    if night.question is None:
        return say(night, given, "not_yet")
    return (night, ()) if night.question.kind == "choice" else no(night, given, heard)


def put_away(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the motor is still until tomorrow, and breathing with it ends. A question of Max's stays open."""
    night = replace(night, put_away=True)
    if night.talk and night.talk.then == "breathed":
        hush = Hush(id=night.talk.id)
        return chain(night, lambda n: (n, (hush,)), lambda n: ritual.follow(n, given, heard.at, "breathed"))
    asked = night.question and night.question.kind != "wish"
    return (night, ()) if asked else say(night, given, "put_away_yes")


WISHES: dict[str, Wish] = {
    "TellStory": tell_story, "Choice": choice, "OneMore": one_more, "AnotherStory": one_more,
    "StoryFromYesterday": from_yesterday, "TooScary": too_scary, "No": no, "Yes": yes,
    "Feeling": feeling, "Helps": helps, "Scared": light_and("scared"), "Unwell": unwell,
    "Stop": lambda n, g, h: tellings.stopped(n), "Pause": lambda n, g, h: tellings.stopped(n),
    "GoOn": lambda n, g, h: steering.go_on(n, g, h.at),
    "Again": lambda n, g, h: steering.again(n, g, h.at, h.slots.get("of") == "words"),
    "Slower": lambda n, g, h: steering.slower(n, g, h.at, 1), "Faster": lambda n, g, h: steering.slower(n, g, h.at, -1),
    "Skip": skip, "WhatIf": lambda n, g, h: steering.other_way(n, g, h.at),
    "Louder": volume(STEP_DB), "Softer": volume(-STEP_DB),
    "FiveMore": lambda n, g, h: requests.five_more(n, g, h.at, int(h.slots["minutes"])),
    "NotYet": not_yet, "LeaveMeAlone": leave_me_alone, "Pass": bedtime_pass, "PutAway": put_away,
    "WeReadTonight": read_tonight, "YouFinish": you_finish, "IllFinish": lambda n, g, h: reading.ill_finish(n, g),
    "GrownUp": lambda n, g, h: call(n, g, h.at, "asked"), "BadDream": line("bad_dream"),
    "NightLightOn": night_light(True), "NightLightOff": night_light(False), "Toilet": light_and("toilet"),
    "SleepSound": sleep_sound,
    "WhatTime": what_time, "HowLong": how_long, "HowManySleeps": line("sleeps_unknown"),
    "HearPromise": promise, "WhatCanMumSee": line("what_mum_sees"), "WhatCanISay": line("what_can_i_say"),
    "GoodNight": good_night, "CantSleep": line("cant_sleep"), "Thirsty": line("thirsty"), "Song": line("song_later"),
    "ThankYou": line("thank_you"), "TellDream": line("dream"),
    "Weave": weaving.weave, "RecordStory": line("record_later"), "ProposeChange": line("propose_later"),
}  # fmt: skip
