"""The vocabulary of the house: what happens, and what is done about it.

Senses put Happenings into the inbox; `night.decide` answers with Doings; acts carry them out. All are frozen
dataclasses, read with `match`. Times (`at`, `due`) are aware datetimes, told and never asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

Phase: TypeAlias = Literal[
    "afternoon", "wind_down", "check_in", "choosing", "story", "lights_out",
    "settling", "asleep", "stirring", "dawn", "morning",
]  # fmt: skip
"""Where the night is; the order is the order of an ordinary evening."""

Button: TypeAlias = Literal["story", "grown_up", "light"]
"""The box has three: the big story button, the grown-up button and the night light."""


# --- what is spoken --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cue:
    """Something the room does with a sentence: `<!-- light: 0.6 -->` in a story."""

    kind: Literal["light", "breathe", "sound"]
    value: str


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question a story asks."""

    words: str
    """As Max says it: "go up the stairs"."""
    to: str
    """Slug of the scene it leads to."""
    also: tuple[str, ...] = ()
    """Other words that mean it: ("up", "climb")."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a score: what is said, when, how, and how long the silence after it is."""

    text: str
    voice: str = "max"
    """A colour of `voices/*.toml`: Max himself, or how he plays somebody else."""
    at_s: float = 0.0
    """Seconds from the score's beginning."""
    voice_s: float = 0.0
    """How long the voice is expected to take."""
    pause_s: float = 0.0
    """Silence after it; takes up what the voice took more or less."""
    scale: float = 1.0
    """Length scale it is rendered with: one of the voice's four fixed rates."""
    rate_wpm: float = 0.0
    """Words a minute, the pause that follows counted in."""
    level_db: float = 0.0
    """Loudness against the story's beginning."""
    pitch_st: float = 0.0
    """Semitones from the voice's own pitch."""
    cues: tuple[Cue, ...] = ()
    scene: str = ""
    """Slug of the scene it belongs to."""
    number: int = 0
    """Its place among the scene's sentences, whether they are told tonight or not."""


# --- happenings ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, and when."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Happening):
    """The device came up, for the first time or after a power cut."""

    seed: int
    """All chance of this night comes from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Happening):
    """A point of the timetable was reached."""

    name: str
    due: datetime
    """When it should have come; later than `at` never, earlier after a power cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Happening):
    """A button of the box."""

    button: Button
    long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Happening):
    """A complete phrase of the closed language, spoken or typed."""

    text: str
    intent: str
    """CamelCase name from `night/phrases/*.yaml`."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0
    snr_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard(Happening):
    """A listening window closed without a phrase."""

    window: str
    """`Listen.id` of the window."""
    spoke: bool
    """True where somebody spoke and was not understood, False where it stayed quiet."""
    loud: bool = False
    """Whether the room was too loud to hear well, so that asking again would help as little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiced(Happening):
    """A voice began in the dark and nothing is understood yet: by night it raises the red light and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(Happening):
    """The wall clock jumped against the monotonic one; `at` is the new time."""

    step_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Happening):
    """A wish from the page. Decided once for each id."""

    id: str
    who: Literal["parent", "child", "grown_up"]
    what: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Happening):
    """A telling began this sentence of its score."""

    id: str
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class At(Happening):
    """The page shows this sentence of a story that a person reads. Each report stands alone, and any may be lost."""

    id: str
    """`Tell.id`."""
    sentence: int
    seq: int
    """Grows with each report, through reloads too: one that came late is not taken for the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Happening):
    """A Say, Tell, Breathe or Buzz came to its end by itself."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Happening):
    """A part could not do its work; the night decides what then."""

    part: str
    reason: str
    """A sentence for a person."""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered(Happening):
    """A part that had failed works again."""

    part: str


# --- doings ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Something to be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Doing):
    """Max says a few sentences."""

    id: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell(Doing):
    """A story is told, from `begin` (an index into `sentences`) to its end."""

    id: str
    story: str
    """Slug."""
    title: str
    sentences: tuple[Sentence, ...]
    begin: int = 0
    aloud: bool = True
    """False where a person reads: the same score without a sound, for whatever follows it."""
    options: tuple[Option, ...] = ()
    """The answers to the question it ends with: a child need not wait for its last word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush(Doing):
    """Silence within 100 ms: the Say, Tell or Breathe of this id ends, or all of them where it is empty.

    A pause is a Hush too: the story goes on with a Tell that begins at the sentence it had reached.
    """

    id: str = ""
    gently: bool = False
    """The sentence that sounds is told to its end first; then comes the Tell's Finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Doing):
    """Louder or softer by this many dB, within the device's cap."""

    step_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambience(Doing):
    """A sleep sound, fading to nothing over its seconds; an empty name ends it."""

    name: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Glow(Doing):
    """The light goes to these levels (perceptual L*, 0-1 of the lamp's cap) over so many seconds, evenly in L*."""

    ember: float = 0.0
    """Red-amber lamp; the only one allowed from wind-down to dawn."""
    dawn: float = 0.0
    """Warm white lamp; locked off from wind-down to dawn."""
    over_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breathe(Doing):
    """Light (and motor, where one is held) breathe: from `start` to `end` breaths a minute over `seconds`."""

    id: str
    seconds: float
    start: float
    end: float
    motor: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Buzz(Doing):
    """Pulses of the motor: `count` times `on_s` on and `off_s` off at `level` (duty, 0-1)."""

    id: str
    count: int
    on_s: float
    off_s: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Doing):
    """Opens a listening window. It closes by itself after `seconds`, with Heard or Unheard."""

    id: str
    seconds: float
    options: tuple[Option, ...] = ()
    """A running story's choices, added to the closed language for this window."""
    few: bool = False
    """True by night: only the few night phrases are heard."""
    words: bool = False
    """Whether one or two nouns alone are an answer: what a story is to be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deafen(Doing):
    """Closes every listening window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lay(Doing):
    """Hands tonight's moments to the clock, in place of all it had."""

    moments: tuple[tuple[datetime, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare(Doing):
    """The workshop renders these ahead, in order, while nobody waits."""

    sentences: tuple[Sentence, ...]
    warm_s: float = 0.0
    """For so long it keeps the voice loaded, for what nobody could foresee."""
    instead: bool = False
    """What was to be rendered before these is let go; otherwise it comes after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Doing):
    """A line in the family's journal (*ours*, or the child's own: *mine*)."""

    kind: str
    what: Mapping[str, Any] = field(default_factory=dict)
    book: Literal["ours", "mine"] = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Doing):
    """Calls a grown-up: the phones that listen, then the box itself."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unring(Doing):
    """A grown-up came."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Doing):
    """The answer to an Asked, sent after the commit."""

    id: str
    ok: bool
    text: str = ""


# --- what house builds -----------------------------------------------------------------------------------------


class Put(Protocol):
    """How a sense or an act reports: thread-safe, never blocks."""

    def __call__(self, happening: Happening, /) -> None: ...


class Now(Protocol):
    """The time, as the house knows it (real, or a pretend clock)."""

    def __call__(self) -> datetime: ...


class Act(Protocol):
    """Carries out the doings it is for; reports Finished or Failed through the Put it was given."""

    def do(self, doing: Doing, /) -> None:
        """Begins it and returns at once. Never raises for a fault of hardware: that is a Failed."""

    def close(self) -> None:
        """Leaves sound, light and motor off."""


class Sense(Protocol):
    """Notices things and puts them into the inbox from its own thread."""

    def close(self) -> None: ...


class Sounds(Protocol):
    """Where a telling gets its sound from: dry sentences, mono float32 at `rate_hz`, edges trimmed."""

    rate_hz: int

    def ready(self, sentence: Sentence) -> bool:
        """Whether `sound` would answer at once."""

    def sound(self, sentence: Sentence) -> Any:
        """-> float32[n]. Renders where nothing is stored. Raises VoiceError."""

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        """-> the same in chunks, the first as soon as the rest can follow in time. Raises VoiceError."""
