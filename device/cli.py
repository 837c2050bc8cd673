"""The commands: `sleepsync COMMAND`. Each is a few lines that hand over to the room that does the work."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from device import __version__, commands
from device.errors import SleepSyncError, UsageError
from device.settings import default_data_dir

ABOUT = """\
SleepSync: a box beside a child's bed that keeps your family's agreement about the night
and tells its stories, with no internet at all.

The first five minutes:
  sleepsync demo             one whole evening in about three minutes, at any hour, on any
                             computer: type (or say) "tell me a story about the moon"
  sleepsync run              the device itself; without GPIO pins it pretends to have some,
                             and the page for parents is at http://localhost:8080
  sleepsync doctor           what works here, what does not, and what to do about it
"""
MORE = """\
Everything the device keeps is in one folder (--data; settings are device.toml in it).
Nothing leaves this computer. Every command has its own --help.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """-> exit code: 0 fine, 1 something is wrong and was said on stderr, 2 wrong usage."""
    given = sys.argv[1:] if argv is None else argv
    wanted = parser().parse_args(given or ["--help"])
    before = signal.signal(signal.SIGTERM, _ended)
    try:
        return int(wanted.command(wanted) or 0)
    except SleepSyncError as fault:
        print(f"sleepsync: {fault}", file=sys.stderr)
        return 2 if isinstance(fault, UsageError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held goes nowhere
        return 0
    except OSError as fault:
        print(f"sleepsync: {fault.filename or 'A file'} cannot be used: {fault.strerror or fault}.", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(*_: object) -> NoReturn:
    """Whoever ends a command lets it put away what it began, as Ctrl+C does, and only once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        "sleepsync", description=ABOUT, epilog=MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--data", type=Path, default=default_data_dir(), help=argparse.SUPPRESS)  # each command shows it
    top.add_argument("--version", action="version", version=f"sleepsync {__version__}")
    names = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_run, _demo, _hear, _rehearse, _tell, _stories, _voices, _models, _doctor):
        add(names)
    return top


def _number(kind: Callable[[str], float], low: float, high: float, what: str) -> Callable[[str], float]:
    """-> a type of argument: a number from `low` to `high`, otherwise `what` is said."""

    def number(text: str) -> float:
        with suppress(ValueError):
            if low <= kind(text) <= high:
                return kind(text)
        raise argparse.ArgumentTypeError(f"{text}: {what}")

    return number


_port = _number(int, 0, 65535, "a port is a number from 1 to 65535")
_faster = _number(float, 0.001, 3600, "a clock runs up to 3600 times as fast")
_minutes = _number(float, 0.1, 600, "a telling takes 0.1 to 600 minutes")
_age = _number(int, 0, 120, "an age is a whole number of years")


def _file(*endings: str) -> Callable[[str], Path]:
    """-> a type of argument: a file that is written as its name says."""

    def file(text: str) -> Path:
        if Path(text).suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"{text}: its name has to end in {' or '.join(endings)}")
        return Path(text)

    return file


_opus, _png = _file(".opus", ".ogg"), _file(".png")


def _command(names: Any, name: str, does: str, about: str = "") -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = names.add_parser(
        name, help=does, description=about or does, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR",
                         help=f"the device's folder ({default_data_dir()})".replace("%", "%%"))  # fmt: skip
    return command


def _run(names: Any) -> None:
    run = _command(names, "run", "the device: keeps tonight", "Keeps tonight and every night, until you stop it.")
    run.add_argument("--board", choices=("real", "pretend"), help="GPIO pins or pretended ones (found out by itself)")
    run.add_argument("--port", type=_port, help="the page's port (8080)")
    run.add_argument(
        "--claim",
        type=Path,
        metavar="FILE",
        help="at first start: the parents' passphrase; with a wrong file the box goes on unclaimed",
    )
    run.add_argument("--speed", type=_faster, default=1.0, metavar="N",
                     help="pretend board: a clock N times as fast, from just before wind-down")  # fmt: skip
    run.add_argument("--no-mic", action="store_true", help="leave the microphone alone")
    run.set_defaults(command=commands.run)


def _demo(names: Any) -> None:
    about = "One whole evening. Live it takes about three minutes; --fast does not wait at all."
    demo = _command(names, "demo", "one whole evening, at any hour, on any computer", about)
    demo.add_argument("--say", metavar="WORDS", help="what the child asks for")
    demo.add_argument("--hear", type=Path, nargs="+", metavar="WAV",
                      help="the same, spoken in a sound file; further files are said after it")  # fmt: skip
    demo.add_argument("--evening", choices=commands.EVENINGS, default="ordinary", help="which evening (%(default)s)")
    demo.add_argument("--seed", type=int, default=1, help="all chance comes from it (%(default)s)")
    demo.add_argument("--no-mic", action="store_true", help="leave the microphone alone")
    demo.add_argument("--port", type=_port, help="the page's port (8080)")
    demo.add_argument("--fast", action="store_true", help="without waiting, on a clock of its own")
    demo.add_argument("--date", type=date.fromisoformat, help="the day of a fast evening (2026-03-04)")
    demo.add_argument("--json", action="store_true", help="fast: print the night as one JSON document")
    demo.add_argument("--record", type=_opus, metavar="OPUS", help="fast: write what the room would have heard")
    demo.add_argument("--frames", type=Path, metavar="CSV", help="fast: write every change of light and motor")
    demo.add_argument(
        "--plot", type=_png, metavar="PNG", help="fast: draw the evening: light, loudness, pace, breath, words"
    )
    demo.set_defaults(command=commands.demo)


def _hear(names: Any) -> None:
    hear = _command(names, "hear", "recognise sound files, one JSON line each",
                    "What Max would understand in a listening window; the wake phrase may be there.")  # fmt: skip
    hear.add_argument("files", nargs="*", type=Path, metavar="FILE")
    hear.add_argument("--stdin", action="store_true",
                      help='worker: reads {"wav", "grammar"} lines and answers each with one line')  # fmt: skip
    hear.set_defaults(command=commands.hear)


def _rehearse(names: Any) -> None:
    about = "The child says twenty phrases once, and the box learns how this child is heard. Only numbers are kept."
    rehearse = _command(names, "rehearse", "a child says twenty phrases, so that the ear knows it better", about)
    rehearse.add_argument("--hear", type=Path, nargs="+", metavar="WAV",
                          help="sound files in the phrases' order, or a folder of them")  # fmt: skip
    rehearse.add_argument("--json", action="store_true", help="print what came of it as one JSON document")
    rehearse.add_argument("--forget", action="store_true", help="forget the rehearsal that was kept")
    rehearse.set_defaults(command=commands.rehearse)


def _tell(names: Any) -> None:
    tell = _command(names, "tell", "tell a story aloud, or into a file", "A story by its slug, or any Markdown file.")
    tell.add_argument("story")
    tell.add_argument("--minutes", type=_minutes, help="how long it takes (the middle of what the story can)")
    tell.add_argument("--age", type=_age, default=12, help="of the child (%(default)s)")
    tell.add_argument("--voice", default="max", help="who tells it (%(default)s)")
    tell.add_argument("--choices", default="", metavar="A,B", help="the answers to its questions (silence)")
    tell.add_argument("--out", type=_opus, metavar="OPUS", help="write it instead of telling it aloud")
    tell.add_argument("--score", action="store_true", help="print the score as JSON and render nothing")
    tell.add_argument("--plot", type=_png, metavar="PNG",
                      help="draw its waveform, loudness and words a minute instead of telling it aloud")  # fmt: skip
    tell.set_defaults(command=commands.tell)


def _stories(names: Any) -> None:
    stories = _command(names, "stories", "the library: list it, check it")
    kinds = stories.add_subparsers(dest="what", metavar="list|check", required=True)
    for what, does in (("list", "what can be told"), ("check", "remarks about each story")):
        kind = kinds.add_parser(what, help=does)  # of its own, so that its options may stand before and after FILE
        kind.add_argument("files", nargs="*", type=Path, metavar="FILE", help="these instead of the library")
        kind.add_argument("--json", action="store_true")
        kind.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the device's folder")
    stories.set_defaults(command=commands.stories)


def _voices(names: Any) -> None:
    voices = _command(names, "voices", "what can speak here; install more; say something")
    voices.add_argument("what", choices=("list", "install", "say"))
    voices.add_argument("name", nargs="?", help="a voice's name, or for say: what is said")
    voices.add_argument("--voice", default="max", help="say: who (%(default)s)")
    voices.add_argument("--out", type=_opus, metavar="OPUS", help="say: write it instead")
    voices.set_defaults(command=commands.voices)


def _models(names: Any) -> None:
    models = _command(names, "models", "recognition models: list them, install one")
    models.add_argument("what", choices=("list", "install"))
    models.add_argument("name", nargs="?")
    models.set_defaults(command=commands.models)


def _doctor(names: Any) -> None:
    doctor = _command(names, "doctor", "what works here, what does not, and what to do")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=commands.doctor)
