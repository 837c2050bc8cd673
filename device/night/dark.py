"""What a heard phrase means from lights-out to dawn: only the known few are for the box."""

from __future__ import annotations

from dataclasses import replace

from device.events import Heard
from device.night import ritual, tellings
from device.night.night import Given, Night, Outcome, chain
from device.night.speech import lit, say
from device.night.wishes import WISHES, Wish, call, line


def stir(night: Night, given: Given) -> Outcome:
    """-> red light, a few words, and breathing light that stays a while. The dream is not asked for."""
    night = replace(night, phase="stirring")
    glow = lit(night, given, ritual.STIR, 3.0)
    return chain(night, lambda n: (n, (glow,)), lambda n: say(n, given, "bad_dream", then="stay"))


def yes(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> a grown-up, to a child who woke and was told who can come."""
    return call(night, given, heard.at, "asked") if night.phase == "stirring" else (night, ())


def stop(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> silence, and the light goes out as it would have by itself."""
    return chain(night, tellings.stopped, lambda n: ritual.darken(n, given, heard.at))


AS_EVER = ("Scared", "GrownUp", "Unwell", "NightLightOn", "NightLightOff", "Toilet", "Softer", "SleepSound",
           "CantSleep", "Thirsty", "LeaveMeAlone", "TellDream", "No")  # fmt: skip
FOR_THE_EVENING = ("TellStory", "OneMore", "FiveMore", "AnotherStory")
"""Heard only where words are typed."""
IN_THE_DARK: dict[str, Wish] = {
    **{name: WISHES[name] for name in AS_EVER},
    **dict.fromkeys(FOR_THE_EVENING, line("dark_later")),
    "BadDream": lambda n, g, h: stir(n, g), "Yes": yes, "Stop": stop,
    "WhatTime": line("still_night"),  # a clock keeps children awake
}  # fmt: skip
"""What the phrases mark as few."""
