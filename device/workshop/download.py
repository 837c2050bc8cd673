"""Fetches a file that may be large over a line that may break: goes on where it stopped, checks size and MD5.

Nothing is ever half there: until it is whole and right it is called NAME.part.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Protocol, TypeVar

from device.errors import DownloadError
from device.workshop.catalogue import Entry, File, md5

_BLOCK_BYTES = 1 << 16
_SILENCE_S = 30.0
"""A server that says nothing for so long has gone."""
Done = TypeVar("Done")


class Progress(Protocol):
    """Is told of every block: (name, bytes so far, bytes in all or 0 where nobody knows)."""

    def __call__(self, name: str, done: int, size: int, /) -> None: ...


def unseen(_name: str, _done: int, _size: int) -> None:
    """The progress nobody looks at."""


def install(entry: Entry, folder: Path, base_url: str | None = None, progress: Progress = unseen) -> list[Path]:
    """Fetches what is missing of `entry` -> its files. `base_url` replaces the publisher's. Raises DownloadError."""
    return [fetch(_moved(file, base_url), folder / file.name, progress) for file in entry.files]


def fetch(file: File, target: Path, progress: Progress = unseen) -> Path:
    """-> `target`, there and right. Raises DownloadError; what has arrived is kept and gone on with next time."""
    if target.is_file() and md5(target) == file.md5:
        return target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _append(file, part, progress)
        _check(file, part)
        os.replace(part, target)
    except urllib.error.HTTPError as fault:
        raise DownloadError(f"{file.url} answers {fault.code} {fault.reason}. Try again later.") from fault
    except DownloadError:
        raise
    except (OSError, HTTPException) as fault:
        why = " ".join(str(fault).split())  # of garbage that was answered, with its line's end
        raise DownloadError(f"{file.name} could not be fetched whole: {why}. Run it again to go on.") from fault
    return target


def with_bar(work: Callable[[Progress], Done]) -> Done:
    """Runs `work` with a progress bar in the terminal -> what it returns."""
    from rich import progress as shown

    columns = (
        shown.TextColumn("{task.description}"),
        shown.BarColumn(),
        shown.DownloadColumn(),
        shown.TimeRemainingColumn(),
    )
    drawn = shown.Progress(*columns)
    tasks: dict[str, shown.TaskID] = {}

    def progress(name: str, done: int, size: int) -> None:
        if name not in tasks:
            drawn.start()  # not before there is something to show: a bar without a task leaves an empty line
            tasks[name] = drawn.add_task(name, total=size or None)
        drawn.update(tasks[name], completed=done)

    try:
        return work(progress)
    finally:
        if tasks:
            drawn.stop()


def _append(file: File, part: Path, progress: Progress) -> None:
    """Brings `part` to its full length, from where it is."""
    have = part.stat().st_size if part.is_file() else 0
    if file.size and have >= file.size:
        return
    asked = urllib.request.Request(file.url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(asked, timeout=_SILENCE_S) as answer, part.open("ab") as out:
            _take(file, answer, have, out, progress)
    except urllib.error.HTTPError as fault:
        if fault.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise  # else there is no more of it: whole, or wrong


def _take(file: File, answer: HTTPResponse, have: int, out: IO[bytes], progress: Progress) -> None:
    """Appends what goes beyond the bytes we have. A server that starts from the beginning takes nothing away."""
    at = have if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
    size = file.size or at + (answer.length or 0)
    while block := answer.read(_BLOCK_BYTES):
        out.write(block[max(0, have - at) :])
        at += len(block)
        if file.size and at > file.size:
            break
        progress(file.name, at, size)
    if size and at < size:
        raise DownloadError(f"{file.name} stopped after {max(at, have):,} of {size:,} bytes. Run it again to go on.")


def _check(file: File, part: Path) -> None:
    size = part.stat().st_size
    if (file.size and size != file.size) or md5(part) != file.md5:
        part.unlink()
        raise DownloadError(
            f"{file.url} is not the published {file.name} ({size:,} bytes, wrong MD5). "
            "It was thrown away; run it again."
        )


def _moved(file: File, base_url: str | None) -> File:
    if base_url is None:
        return file
    return File(f"{base_url.rstrip('/')}/{file.path}", file.path, file.size, file.md5)
