"""When the ear is sure enough, and how long it waits: every constant, with what was measured of it."""

from __future__ import annotations

from math import sqrt

from device.night.language import Strictness

SPEECH = 0.5
"""Silero's probability from which a chunk (32 ms) is speech: its own default."""
START_CHUNKS = 3
"""Chunks of speech in a row that begin an utterance: shorter is a click."""
PRE_ROLL_S = 0.3
"""Kept from before the begin: a soft "h" or "s" comes before Silero notices. Of .3 s nothing was lost (n = 239)."""

QUIET_S = 0.28
"""Quiet that ends a complete phrase (.288 s in whole chunks). With HELD_OPEN_S and END_S: 96.6 % right, none cut early,
median .36 s after the last word, against .82 s for a plain silence of .8 s (58 orders, .3 s); without the quiet half of
them are cut early."""
HELD_S = 0.2
"""How long a complete phrase must stand."""
HELD_OPEN_S = 0.44
"""... and one that could go on: children of 6 to 9 pause .3 s within a sentence in 13.5 % of utterances, .5 s in
7.9 %. How many more are cut at .44 s than at .5 s was not measured."""
END_S = 0.8
"""Quiet that ends an utterance of which a complete phrase is the best reading but not a good one."""
END_INCOMPLETE_S = 1.0
"""Quiet that ends an unfinished phrase: pauses of .8 s are in 2.2 % of children's utterances."""
LAST_PHONE_S = 0.2
"""The recogniser marks a phone where it begins: in quiet rooms the voice ends about .17 s behind the last mark."""
LOOKS_S = (0.12, 0.25)
"""Quiet after which the end is looked at: the first has the answer ready at QUIET_S; where the last phone was not there
yet, the second spares a wait of END_INCOMPLETE_S."""
BREATH = 4.0
"""By so much (natural log) a breath or noise behind a sentence may look like the begin of another word; one frame of a
phone that was really said counts up to 7. Measured at 3, before the decoder lifted such a begin: at pauses of 75
children, 69 of 82 right sentences count as complete (at 0: 62, at 5: 72) and 2 of 27 wrong or unfinished ones (at 0: 0,
at 5: 3)."""
BREATH_LOOKED = 8.0
"""... after the last look, where nothing of the language could follow; then it must stand as one that could go on.
Of 191 right sentences the 95 of 100th is taken after .45 s of sound instead of .56, and none is lost; of 137 sentences
cut in the middle 15 instead of 11 are taken for another after .6 s of quiet."""
CONTEXT_S = 2.0
"""Heard again before what is new: the recogniser is not quite local. With 1 s (and hops of 1 s) 71 % of the orders at
12 dB are right, with 2 s 79 %, with all that was said before 81 % (n = 52 each)."""
SETTLED_S = 0.6
"""Heard behind a frame, after which its scores are final. With .4 s one of 23 clips at the limit was heard as another
sentence."""
HOP_S = 4.0
"""What is heard at once, so that most sentences are heard whole. Hops of 1, 2 and 4 s differ in what is right by chance
only, and cost less the longer they are."""
UTTERANCE_S = 10.0
"""An utterance ends here, whatever is said: the longest sentence of the language takes 4 s."""
SPOKE_S = 0.4
"""Speech that counts as an attempt: less is a cough, and the window stays open."""

BEFORE_CALL_S = 0.4
"""Talk before a wake phrase from which the sentence is looked for anew behind it; a little more than PRE_ROLL_S, with
which a sentence is heard as a whole anyway."""

LOUD_ROOM_DB = 28.0
"""Signal-to-noise ratio below which the recogniser errs without losing: quiet rooms 31-61 dB, 12 dB orders 20-25."""

ECHO_CHUNKS = 600
"""Chunks (19 s) of Max's own speaking from which it is learnt how loud he comes back to the microphone."""
ECHO_KNOWN_CHUNKS = 60
"""... and after how many (2 s) it is known."""
ECHO_PERCENTILE = 90.0
"""Of their levels: a loud moment of his, and not yet that of a child who speaks over him for 2 s."""
OVER_ECHO_DB = 6.0
"""So far above that is somebody else."""
OVER_LEAST_DB = -55.0
"""Of full scale: where the echo is cancelled, the rest of it is no voice."""
OVER_BEFORE_CHUNKS, OVER_AFTER_CHUNKS = 7, 5
"""Chunks heard before and behind a loud one: the "s" of "stop" is softer than its vowel."""
OVER_REST = 0.03
"""What is left (-30 dB) of all other sound while Max speaks."""

_LOSS: dict[Strictness, float] = {"kind": 4.7, "normal": 4.4, "strict": 4.1}
"""Largest loss a phone, for a sentence without end. Before short words had the recogniser's own ways, at 4.4 and 5.15
98.5 and 99.5 % of right sentences passed (195 clips of children and adults, decoded as a whole), and 1.4 and 2.3 % of
other talk (220)."""
_SHORT = 1.3
"""A limit falls with the square root of the phones, as the scatter of a mean does: other talk fits a sentence of six
phones by chance, hardly one of twenty: seven phones have .51 of it, twenty .71."""
_SHORTEST = 0.5
"""... and the shortest phrase has so much: ln N alone is two nats a phone of "no". Of 80 recordings of other talk none
that came near a phrase of two to five phones lost less than 2.9 nats a phone."""
_LOUD = 0.75
"""Share of the limit that is left in a loud room."""


def largest_loss(strictness: Strictness, phones: int, snr_db: float, slack: float = 0.0) -> float:
    """-> the loss a phone up to which a sentence of so many phones is taken. `slack` is the child's own."""
    limit = (_LOSS[strictness] + slack) * _share(phones)
    return limit * (_LOUD if snr_db < LOUD_ROOM_DB else 1.0)


def slack_for(loss: float, strictness: Strictness, phones: int) -> float:
    """-> the slack with which a sentence of this loss is just taken in a quiet room; below 0 where it needs none."""
    return loss / _share(phones) - _LOSS[strictness]


def _share(phones: int) -> float:
    return max(_SHORTEST, 1 - _SHORT / sqrt(max(phones, 1)))
