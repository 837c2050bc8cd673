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
HELD_OPEN_S = 0.5
"""... and one that could go on: children of 6 to 9 pause .5 s within a sentence in 7.9 % of utterances."""
END_S = 0.8
"""Quiet that ends an utterance of which a complete phrase is the best reading but not a good one."""
END_INCOMPLETE_S = 1.0
"""Quiet that ends an unfinished phrase: pauses of .8 s are in 2.2 % of children's utterances."""
LAST_PHONE_S = 0.2
"""The recogniser marks a phone where it begins: in quiet rooms the voice ends about .17 s behind the last mark."""
PEEK_S = 0.12
"""Quiet after which the end is looked at already, so that the answer is ready at QUIET_S."""
UTTERANCE_S = 10.0
"""An utterance ends here, whatever is said: the longest sentence of the language takes 4 s."""
SPOKE_S = 0.4
"""Speech that counts as an attempt: less is a cough, and the window stays open."""

LOUD_ROOM_DB = 28.0
"""Signal-to-noise ratio below which the recogniser errs without losing: quiet rooms 31-61 dB, 12 dB orders 20-25."""

_LOSS: dict[Strictness, float] = {"kind": 4.1, "normal": 3.4, "strict": 3.1}
"""Largest loss a phone, for a sentence without end. With _SHORT, 97 % of right sentences pass (194 clips of children
and adults) and 3.6 % of other talk (220); at 3.6 it is 99 and 5.5 %. The halves by name differ as
chance has it: children 99 and 91 % right, other talk 2.5 and 5 %."""
_SHORT = 1.3
"""A limit falls with the square root of the phones, as the scatter of a mean does: other talk fits a sentence of six
phones by chance, hardly one of twenty. So a word of three phones has .25 of the limit, twenty phones have .71."""
_LOUD = 0.75
"""Share of the limit that is left in a loud room."""


def largest_loss(strictness: Strictness, phones: int, snr_db: float) -> float:
    """-> the loss a phone up to which a sentence of so many phones is taken."""
    limit = _LOSS[strictness] * (1 - _SHORT / sqrt(max(phones, 2)))
    return limit * (_LOUD if snr_db < LOUD_ROOM_DB else 1.0)
