"""The evening Nira shaped: what each moment begins, and what follows when Max has finished a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from device.events import Breathe, Buzz, Deafen, Glow, Hush, Listen, Note, Option, Phase, Prepare, Sentence
from device.night import breath, garden, requests, shelf, tellings, weaving
from device.night.night import Given, Kind, Night, Outcome, Question, Talk, chain, named, plan_of
from device.night.speech import lit, say, variants

DARK: frozenset[Phase] = frozenset({"lights_out", "settling", "asleep", "stirring"})
"""From lights-out to dawn: red light only, and no speech unless the child calls."""
AGAIN = 3
"""So often a question is asked again after something else was heard; then it goes on as after silence."""
WINDOW_S = 8.0
"""How long Max waits for an answer to a question of the ritual; a child thinks first."""
SUNSET_BEGIN, SUNSET_END, GOOD_NIGHT, STIR, NIGHT_LIGHT = 0.6, 0.5, 0.2, 0.35, 0.4
"""Ember lamp, as fractions of each phase's cap: wind-down, lights-out, good night, a child who woke, night light."""
GLOW_S = 120.0
"""The lamp takes two minutes to its first level: no more than one L* in two seconds (NUMBERS 2.4)."""
STIR_S = 300.0
"""How long the light breathes with a child who woke, before it is dark again."""
FEELINGS = ("sunny", "breezy", "rainy", "stormy", "foggy")
FEELINGS_OLDER = ("good", "okay", "tired", "sad", "angry", "worried")
PREPARED = ("opening", "greeting", "check_in", "offer", "story_yes", "good_night", "bad_dream", "call", "morning")
"""Max's lines that any evening needs; the openings first, on which a story begins that nobody foresaw."""
HELPS = (Option("listen", "listen"), Option("breathe", "breathe", ("breathing",)), Option("the jar", "jar", ("jar",)),
         Option("a person", "person", ("person",)), Option("nothing", "nothing"))  # fmt: skip


def moment(night: Night, given: Given, at: datetime, name: str) -> Outcome:
    """-> what a moment of the timetable begins; nothing where it was begun before."""
    if name in night.done:
        return night, ()
    night = replace(night, done=(*night.done, name), jar=False)
    return MOMENTS[name](night, given, at)


def wind_down(night: Night, given: Given, at: datetime) -> Outcome:
    left_s = (plan_of(night, given).when("lights_out") - at).total_seconds()
    night = replace(night, phase="wind_down")
    glow = lit(night, given, SUNSET_BEGIN, min(GLOW_S, left_s / 3))
    if night.alone or night.reading or tellings.running(night):
        return night, (glow, Prepare(sentences=(), instead=True))
    key = "away" if night.away else "late" if night.late_min else "greeting"
    # No story is rendered ahead from here on, and one nobody foresaw may be asked for.
    ours = Prepare(sentences=lines(night, given), warm_s=max(left_s, 0.0), instead=True)
    return chain(night, lambda n: (n, (glow, ours)), lambda n: say(n, given, key, minutes=max(round(left_s / 60), 1)))


def check_in(night: Night, given: Given, at: datetime) -> Outcome:
    night, sunset = _sunset(night, given, at)
    if _busy(night):
        return night, sunset
    night = replace(night, phase="check_in")
    return chain(night, lambda n: (n, sunset), lambda n: say(n, given, "check_in", then="ask_feeling"))


def choosing(night: Night, given: Given, at: datetime) -> Outcome:
    """-> Max offers three stories, unless one is on its way or he is in the middle of the check-in."""
    if _busy(night) or night.told or night.question:
        return night, ()
    return offer(night, given)


def offer(night: Night, given: Given) -> Outcome:
    titles = [given.library[slug].title for slug in night.offered]
    night = replace(night, phase="choosing")
    return say(night, given, "offer", then="ask_story", titles=_spoken_list(titles))


def lights_out(night: Night, given: Given, at: datetime) -> Outcome:
    """-> good night; a story that is in its last part is heard to its end first, any other keeps its bookmark."""
    if tellings.ending(night, given):
        return night, ()
    key, then = ("time_up", "good_night") if tellings.running(night) else ("good_night", "settle")
    read = night.telling if night.reading else None  # its page stays open, and the clock no longer turns it
    night = replace(night, phase="lights_out", telling=read and replace(read, seq=max(read.seq, 1)), question=None)
    if night.alone or night.reading:
        hush = (Hush(id=read.id),) if read else ()
        return chain(night, lambda n: (n, hush), lambda n: settle(n, given, at))
    return chain(night, lambda n: (n, (Deafen(), lit(n, given, GOOD_NIGHT, GLOW_S))),
                 lambda n: say(n, given, key, then=then))  # fmt: skip


def overdue(night: Night, given: Given, at: datetime) -> bool:
    """-> whether lights-out waited for a story that is over now."""
    waits = "lights_out" in night.done and night.phase not in DARK and night.talk is None
    return waits and plan_of(night, given).phase(at) == "settling" and not tellings.ending(night, given)


def settle(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the light breathes slowly and goes out; what was held is put away, so the motor is still."""
    pace = breath.pace(given.promise.age)
    night, id = named(replace(night, phase="settling", talk=None), "breathe")
    left_s = max((plan_of(night, given).when("asleep") - at).total_seconds(), 1.0)
    breathing = Breathe(id=id, seconds=min(STIR_S, left_s / 2), start=pace.glide_to, end=pace.glide_to, motor=False)
    return replace(night, talk=Talk(id, "darken")), (breathing,)


def asleep(night: Night, given: Given, at: datetime) -> Outcome:
    """-> dark and silent, but for a sleep sound."""
    hush = tuple(Hush(id=each.id) for each in (night.talk, night.telling) if each)
    night = replace(night, phase="asleep", talk=None, question=None, telling=None)
    return night, (*hush, Deafen(), dark(night, given, 20.0))


def dawn(night: Night, given: Given, at: datetime) -> Outcome:
    left_s = max((plan_of(night, given).when("morning") - at).total_seconds(), 10.0)
    night = replace(night, phase="dawn", talk=None, question=None, telling=None, night_light=False)
    return night, (Hush(), Glow(ember=0.3, dawn=1.0, over_s=left_s))


def morning(night: Night, given: Given, at: datetime) -> Outcome:
    """-> good morning; one thing grows, whatever kind of night it was."""
    night, id = named(replace(night, phase="morning"), "buzz")
    pillow = (Buzz(id=id, count=3, on_s=0.4, off_s=0.6, level=0.4),) if given.promise.wearable == "pillow" else ()
    thing = garden.grown(night)
    return chain(night, lambda n: (n, (*pillow, Note(kind="garden", what={"grew": thing}))),
                 lambda n: say(n, given, "morning"))  # fmt: skip


def noon(night: Night, given: Given, at: datetime) -> Outcome:
    """-> a new evening begins, with nothing of the last one but what does not work."""
    fresh = Night(
        evening=plan_of(night, given).when("noon").date(),
        seed=night.seed,
        failed=night.failed,
        yesterday=night.told,
        places=night.places,
    )
    off = (Hush(), Glow(over_s=10.0), requests.lay(fresh, given, at))
    return chain(fresh, lambda n: (n, off), lambda n: afternoon(n, given))


def afternoon(night: Night, given: Given) -> Outcome:
    """-> three stories for tonight; the workshop renders what the evening is likely to need, in the quiet."""
    night = replace(night, offered=shelf.tonight(night, given))
    return night, (Prepare(sentences=likely(night, given)),)


def likely(night: Night, given: Given) -> tuple[Sentence, ...]:
    """-> all that is likely to be said tonight: Max's own lines, then the stories he offers."""
    return (*lines(night, given), *(s for slug in night.offered for s in tellings.likely(night, given, slug)))


def lines(night: Night, given: Given) -> tuple[Sentence, ...]:
    """-> what Max himself is likely to say tonight, the openings first."""
    titles = [given.library[slug].title for slug in night.offered]
    slots = {"titles": _spoken_list(titles), "minutes": round(given.promise.wind_down.total_seconds() / 60)}
    said = dict.fromkeys(
        s
        for key in PREPARED
        for title in titles
        for way in variants(night, given, key, title=title, **slots)
        for s in way
    )
    return tuple(said)


MOMENTS: dict[str, Callable[[Night, Given, datetime], Outcome]] = {
    "wind_down": wind_down, "check_in": check_in, "choosing": choosing, "lights_out": lights_out,
    "asleep": asleep, "dawn": dawn, "morning": morning, "noon": noon,
}  # fmt: skip


def follow(night: Night, given: Given, at: datetime, then: str) -> Outcome:
    """-> what comes after Max's last word of a line."""
    then = then or requests.after(night)
    return THEN[then](night, given, at) if then else (night, ())


def ask(kind: Kind) -> Callable[[Night, Given, datetime], Outcome]:
    """-> the step that opens a question's listening window."""
    return lambda night, given, at: opened(night, given, Question("", kind))


def opened(night: Night, given: Given, question: Question) -> Outcome:
    """-> the question with a new window."""
    night, id = named(night, question.kind)
    seconds = tellings.ANSWER_S if question.kind == "choice" else WINDOW_S
    listen = Listen(id=id, seconds=seconds, options=options(night, given, question.kind),
                    words=question.kind == "weave")  # fmt: skip
    return replace(night, question=replace(question, id=id)), (listen,)


def ask_again(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the open question once more after something else was heard, or what silence leads to."""
    question = night.question
    if question and question.again < AGAIN:
        return opened(night, given, replace(question, again=question.again + 1))
    return unanswered(night, given, at)


def unanswered(night: Night, given: Given, at: datetime) -> Outcome:
    """-> what silence leads to, where a question is open."""
    question = night.question
    if question is None:
        return night, ()
    if question.kind == "choice":
        return tellings.unanswered(night, given, at)
    if question.kind == "weave":
        return to_choosing(replace(night, question=None), given, at)
    return silent(replace(night, question=None), given, question.kind)


def breathe(night: Night, given: Given, at: datetime) -> Outcome:
    pace = breath.pace(given.promise.age)
    night, id = named(night, "breathe")
    motor = not night.put_away and breath.motor_allowed(given.promise.wearable, night.phase, given.promise.age)
    doing = Breathe(id=id, seconds=pace.seconds, start=pace.start, end=pace.glide_to, motor=motor)
    return replace(night, talk=Talk(id, "breathed")), (doing,)


def silent(night: Night, given: Given, kind: Kind) -> Outcome:
    """-> nobody answered, which is an answer: the check-in ends, and stories wait until they are asked for."""
    if kind == "helps":
        return say(night, given, "help_nothing", then="choosing")
    return (replace(night, phase="choosing") if kind in ("feeling", "choose") else night), ()


def relit(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the light where it belongs at this time, after a power cut; nothing is said."""
    plan = plan_of(night, given)
    if night.phase in ("wind_down", "check_in", "choosing"):
        left_s = max((plan.when("lights_out") - at).total_seconds(), 10.0)
        return night, (lit(night, given, SUNSET_END, left_s),)
    if night.phase == "dawn":
        return night, (Glow(ember=0.3, dawn=1.0, over_s=max((plan.when("morning") - at).total_seconds(), 10.0)),)
    if night.phase in DARK:
        return night, (dark(night, given, 20.0),)
    return night, ()


def resume(night: Night, given: Given, at: datetime) -> Outcome:
    return tellings.resumed(night, given, at)


def to_choosing(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the story that was interrupted, or quiet until one is asked for."""
    return resume(night, given, at) if requests.after(night) else (replace(night, phase="choosing"), ())


def darken(night: Night, given: Given, at: datetime) -> Outcome:
    """-> dark again: after good night, or when a child who woke has been breathed with."""
    phase: Phase = "asleep" if night.phase == "stirring" else night.phase
    night = replace(night, phase=phase)
    return night, (dark(night, given, 60.0),)


def stay(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the red light breathes with a child who woke, then goes out."""
    pace = breath.pace(given.promise.age)
    night, id = named(night, "breathe")
    doing = Breathe(id=id, seconds=STIR_S, start=pace.glide_to, end=pace.glide_to, motor=False)
    return replace(night, talk=Talk(id, "darken")), (doing, Listen(id=f"few-{id}", seconds=STIR_S, few=True))


THEN: dict[str, Callable[[Night, Given, datetime], Outcome]] = {
    "ask_feeling": ask("feeling"), "ask_helps": ask("helps"), "ask_story": ask("choose"), "ask_wish": ask("wish"),
    "ask_weave": ask("weave"), "ask_again": ask_again,
    "breathe": breathe, "resume": resume, "choosing": to_choosing, "settle": settle, "darken": darken, "stay": stay,
    "ask_cards": lambda night, given, at: opened(night, given, Question("", "weave", missed=1)),
    "good_night": lambda night, given, at: say(night, given, "good_night", then="settle"),
    "breathed": lambda night, given, at: say(night, given, "breathing_end", then="choosing"),
}  # fmt: skip


def _sunset(night: Night, given: Given, at: datetime) -> tuple[Night, tuple[Glow, ...]]:
    left_s = (plan_of(night, given).when("lights_out") - at).total_seconds()
    return night, () if tellings.running(night) else (lit(night, given, SUNSET_END, max(left_s, 10.0)),)


def dark(night: Night, given: Given, over_s: float) -> Glow:
    """-> no light but the night light, where it was asked for."""
    return lit(night, given, NIGHT_LIGHT if night.night_light else 0.0, over_s)


def _busy(night: Night) -> bool:
    """Whether the ritual keeps quiet: the child wants it so, a person reads, or a story is on its way."""
    return night.alone or night.reading or night.telling is not None


def options(night: Night, given: Given, kind: Kind) -> tuple[Option, ...]:
    """-> what joins the closed language for this question."""
    match kind:
        case "choose":
            shown = [given.library[slug] for slug in night.offered]
            return tuple(Option(s.title, s.slug, (*s.themes, *(f"the {t}" for t in s.themes))) for s in shown)
        case "feeling":
            return tuple(
                Option(words=word, to=word) for word in (FEELINGS_OLDER if given.promise.age >= 10 else FEELINGS)
            )
        case "helps":
            return HELPS
        case "choice":
            return tellings.options(night, given)
        case "weave":
            return weaving.options(given)
    return ()


def _spoken_list(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f", or {names[-1]}" if len(names) > 1 else "".join(names)
