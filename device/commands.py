"""What each command does, in a few lines that hand over to the room that does the work. Nothing is imported before."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from device.errors import StoryError, UsageError, VoiceError

EVENINGS = ("ordinary", "stormy", "late", "silent", "baddream", "alone", "away")


def run(wanted: Namespace) -> int:
    from device import live

    return live.run(wanted.data, wanted.board, wanted.port, wanted.claim, wanted.speed, not wanted.no_mic)


def demo(wanted: Namespace) -> int:
    if wanted.fast:
        return _fast(wanted)
    from device import live

    request, *later = _requests(wanted)
    return live.show(wanted.data, request, wanted.port, not wanted.no_mic, wanted.seed, later)


def _fast(wanted: Namespace) -> int:
    from device import demo, given
    from device.settings import load
    from device.workshop.voices import voice

    settings = load(wanted.data / "device.toml")
    settings = replace(settings, evening=replace(settings.evening, check_in=True))
    known = given.given(settings, wanted.data, voice(settings.sound.voice, wanted.data))
    language = given.language(settings.child, [story.title for story in known.library.values()])
    day = wanted.date or demo.DATE
    request, *later = _requests(wanted)
    record = demo.fast(known, language, day, wanted.evening, request, wanted.seed, later)
    if wanted.frames:
        demo.write_frames(record, wanted.frames)
    if wanted.plot:
        from device import plot

        plot.evening(record, f"{settings.child.name}'s evening, {day}", wanted.plot)
    if wanted.record:
        _record(record, wanted.record, wanted.data, settings.sound.voice)
    document = demo.document(record, known, day, wanted.seed, str(wanted.record) if wanted.record else None)
    if wanted.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        print("\n".join(demo.summary(record, document)))
    return 0


def _requests(wanted: Namespace) -> list[Any]:
    """-> what the child asks for: words (or None), or what was heard in each file."""
    if not wanted.hear:
        return [wanted.say]
    from datetime import UTC, datetime

    from device.errors import HearingError
    from device.events import Heard
    from device.senses.ear.hear import hear_file

    ear, again = _ears(wanted.data)
    task, requests = ear.task(), []
    for file in wanted.hear:
        line = hear_file(file, ear, task, again)
        if line["intent"] is None:
            raise HearingError(f"Nothing that Max knows was heard in {file}. {line.get('note', '')}".strip())
        known = {name: line[name] for name in ("text", "intent", "slots", "confidence", "snr_db")}
        requests.append(Heard(at=datetime.now(UTC), **known))
    return requests


def _ears(data: Path) -> tuple[Any, Any]:
    """-> the ear and the second ear, or None, as the device has them: with the child's name, the library's titles and
    what a rehearsal left. What is damaged of the second is named on stderr, and done without."""
    from device import given
    from device.bedroom import SECOND_EARS
    from device.errors import HearingError
    from device.senses.ear import rehearsed
    from device.senses.ear.hear import Ear, second
    from device.settings import load
    from device.workshop import install

    titles = [story.title for story in given.library(data).values()]
    ear = Ear(given.language(load(data / "device.toml").child, titles), slack=rehearsed.slack(data))
    try:
        return ear, second(ear, install.model(SECOND_EARS, data), gated=False)
    except HearingError as fault:
        print(f"sleepsync: {fault}", file=sys.stderr)
        return ear, None


def _record(record: Any, out: Path, data: Path, voice: str) -> None:
    from contextlib import closing

    from device import demo
    from device.acts.recording import record as write
    from device.workshop.render import Workshop

    kept = demo.until_last_word(record)
    with closing(Workshop(data, voice)) as workshop, closing(Workshop(data, voice)) as from_the_end:
        from_the_end.prepare(reversed(getattr(kept[-1][1], "sentences", ())))  # two cores meet in the middle
        write(kept, workshop, out)


def hear(wanted: Namespace) -> int:
    from device.errors import HearingError, UsageError
    from device.senses.ear.hear import hear_file, serve

    if bool(wanted.files) == wanted.stdin:
        raise UsageError(
            "Name sound files: sleepsync hear request.wav; or give --stdin and none: it works as a worker."
        )
    ear, again = _ears(wanted.data)
    if wanted.stdin:
        with open(0, encoding="utf-8", errors="surrogateescape", closefd=False) as questions:
            serve(ear, questions, sys.stdout, again)
        return 0
    task, ended = ear.task(), 0
    for file in wanted.files:
        try:
            print(json.dumps(hear_file(file, ear, task, again), ensure_ascii=False), flush=True)
        except HearingError as fault:
            print(f"sleepsync: {fault}", file=sys.stderr)
            ended = 1
    return ended


def rehearse(wanted: Namespace) -> int:
    from device import rehearse as rehearsing

    if wanted.forget:
        return rehearsing.forget(wanted.data)
    return rehearsing.rehearse(wanted.data, wanted.hear, wanted.json)


def tell(wanted: Namespace) -> int:
    from device.events import Tell
    from device.tales.score import as_json, score, span_min
    from device.workshop.voices import voice

    if wanted.score and (wanted.out or wanted.plot):
        raise UsageError("--score renders nothing: ask for --out and --plot without it.")
    story, teller = _story(wanted), voice(wanted.voice, wanted.data)
    choices = _choices(story, wanted.choices)
    shortest, longest = span_min(story, teller, wanted.age, choices)
    if wanted.minutes and not shortest <= wanted.minutes <= longest:
        print(f"{story.title} takes {shortest} to {longest} minutes; the nearest is told.", file=sys.stderr)
    minutes = wanted.minutes or (shortest + longest) / 2
    sentences = score(story, voice=teller, seconds=minutes * 60, age=wanted.age, choices=choices)
    if not sentences:
        raise StoryError(f"Nothing in {story.title} can be spoken. Write it in letters.")
    if wanted.score:
        print(json.dumps(as_json(story.title, sentences), ensure_ascii=False))
        return 0
    from device.performing import perform

    doing = Tell(id="tell", story=story.slug, title=story.title, sentences=sentences)
    return perform(doing, wanted.data, wanted.voice, wanted.out, wanted.plot)


def _choices(story: Any, text: str) -> list[str]:
    """-> the answers to its questions; what answers none of them is named on stderr."""
    from device.tales.parts import answers, way_through

    choices, unused = answers(story, text)
    asked = [scene.options for scene in way_through(story, None, choices) if scene.options]
    known = "; then ".join(" / ".join(option.words for option in options) for options in asked)
    for choice in unused:
        it_asks = f"This way asks: {known}." if known else "It asks nothing."
        print(f'"{choice}" answers no question of {story.title}. {it_asks}', file=sys.stderr)
    return choices


def _story(wanted: Namespace) -> Any:
    """-> the story of that slug, or in that file; remarks about it go to stderr. Raises StoryError."""
    from device import given
    from device.tales.check import check
    from device.tales.markdown import read
    from device.workshop.voices import voice

    path = Path(wanted.story)
    files = {file.stem: file for file in given.story_files(wanted.data)}
    file = files.get(wanted.story, path)
    if not file.is_file():
        raise StoryError(f'There is no story "{wanted.story}". There are {", ".join(files)}; or name a Markdown file.')
    text = given.text_of(file)
    for remark in check(text, str(file), voice=voice(wanted.voice, wanted.data), banned=given.banned()):
        print(remark, file=sys.stderr)
    return read(text, str(file))


def stories(wanted: Namespace) -> int:
    from device import given
    from device.tales.check import listing
    from device.workshop.voices import voice

    files = wanted.files or given.story_files(wanted.data)
    teller = voice("max", wanted.data)
    if wanted.what == "check":
        checked = list(_readable(files, lambda file: _checked(file, teller)))
        remarks = [remark for _, found in checked for remark in found]
        for remark in remarks:
            print(remark)
        errors = sum(remark.error for remark in remarks)
        if checked:
            print(f"{len(checked)} stories, {errors} errors, {len(remarks) - errors} remarks.")
        return 1 if errors or len(checked) < len(files) else 0
    rows = listing(_readable(files, given.read_story), teller, 10)
    if rows:
        _list(rows, wanted.json)
    return 1 if len(rows) < len(files) else 0


def _readable(files: Sequence[Path], read: Callable[[Path], Any]) -> Iterator[tuple[str, Any]]:
    """-> (file, what is read of it); a file that cannot be read is named on stderr and left out."""
    for file in files:
        try:
            yield str(file), read(file)
        except StoryError as fault:
            print(f"sleepsync: {fault}", file=sys.stderr)


def _list(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        (youngest, oldest), (shortest, longest) = row["ages"], row["minutes"]
        asks = ", asks" if row["branching"] else ""
        print(
            f"{row['slug']:24} {row['title']} by {row['by']}, {youngest}-{oldest} years, {shortest}-{longest} min{asks}"
        )


def _checked(file: Path, teller: Any) -> Any:
    from device import given
    from device.tales.check import check

    return check(given.text_of(file), str(file), voice=teller, banned=given.banned())


def voices(wanted: Namespace) -> int:
    from device.workshop import install

    if wanted.what == "say":
        return _say(wanted)
    return install.command("voices", wanted.what, wanted.name, wanted.data)


def _say(wanted: Namespace) -> int:
    from device.events import Tell
    from device.performing import perform
    from device.tales.score import plain
    from device.workshop.voices import voice

    words = wanted.name or "Good evening. It's Max, from next door."
    sentences = plain(words, voice(wanted.voice, wanted.data))
    if not sentences:
        raise VoiceError(f'Nothing in "{words[:60]}" can be spoken. Write it in letters.')
    doing = Tell(id="say", story="words", title=words, sentences=sentences)
    return perform(doing, wanted.data, wanted.voice, wanted.out, None)


def models(wanted: Namespace) -> int:
    from device.workshop import install

    return install.command("models", wanted.what, wanted.name, wanted.data)


def doctor(wanted: Namespace) -> int:
    from device.doctor import examine, lines

    parts = examine(wanted.data)
    ok = all(part["ok"] for part in parts)
    print(json.dumps({"ok": ok, "parts": parts}, ensure_ascii=False) if wanted.json else "\n".join(lines(parts)))
    return 0 if ok else 1
