"""A telling from the command line: aloud, into a file, or drawn."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from device.acts.recording import record
from device.errors import SleepSyncError
from device.events import Failed, Finished, Happening, Sounds, Tell
from device.workshop import voices
from device.workshop.render import Workshop


def perform(doing: Tell, data: Path, teller: str, out: Path | None, picture: Path | None) -> int:
    """Writes `out`, draws `picture`, or tells it aloud where neither is wanted; troubles go to stderr.

    -> exit code: 1 where a sentence was lost. Raises SleepSyncError.
    """
    _name_who_stands_in(teller, data)
    with closing(Workshop(data, teller, report=_complain)) as workshop:
        if out:
            _into_file(doing, workshop, out)
        if picture:
            _drawn(doing, workshop, out, picture)
        if not out and not picture:
            _aloud(doing, workshop)
    if workshop.lost:
        _complain(f"{workshop.lost} of {len(doing.sentences)} sentences could not be spoken: there it is silent.")
    return 1 if workshop.lost else 0


def _complain(trouble: str) -> None:
    if trouble:
        print(trouble, file=sys.stderr)


def _name_who_stands_in(teller: str, data: Path) -> None:
    """Says who speaks instead, and why, where the teller's own voice is missing or too slow for this board."""
    way, why = voices.in_use(teller, data)
    own = voices.voice(teller, data).own.model
    if way.model != own or voices.measured_pace(own, data) > voices.MOST_LIVE:
        _complain(why)


def _into_file(doing: Tell, sounds: Sounds, out: Path) -> None:
    length_s = record([(datetime.now(UTC), doing)], sounds, out)
    print(f"{out}: {doing.title}, {length_s / 60:.1f} minutes.")


def _drawn(doing: Tell, sounds: Sounds, recorded: Path | None, out: Path) -> None:
    """Draws the telling from its recording, or from one that is made for it and thrown away."""
    from device import plot

    with TemporaryDirectory() as folder:
        if not recorded:
            record([(datetime.now(UTC), doing)], sounds, recorded := Path(folder) / "telling.opus")
        plot.telling(recorded, doing.title, doing.sentences, out)


def _aloud(doing: Tell, sounds: Sounds) -> None:
    """Until its last word; a sentence that nobody can speak is named and passed over. Raises SleepSyncError."""
    from device.acts.speaker import Speaker
    from device.acts.telling import Telling

    inbox: SimpleQueue[Happening] = SimpleQueue()
    with closing(Telling(inbox.put, lambda: datetime.now(UTC), sounds, Speaker())) as telling:
        telling.do(doing)
        while not isinstance(happening := inbox.get(), Finished):
            if isinstance(happening, Failed) and happening.part == "voice":
                _complain(happening.reason)
            elif isinstance(happening, Failed):
                raise SleepSyncError(f"{happening.reason} With --out FILE.opus it is written into a file instead.")
