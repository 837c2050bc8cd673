from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.errors import VoiceError
from device.events import Act, Hush, Listen, Prepare, Sentence, Sounds
from device.workshop import catalogue, voices
from device.workshop.child import Child, DiedError
from device.workshop.render import Workshop
from device.workshop.worker import Worker
from tests.workshop.conftest import JOE

KILLER = "s'" * 80
"""Kills espeak-ng 1.52 inside piper-tts 1.8 where words are not cut (160 characters)."""
GOOD_NIGHT = Sentence(text="Good night, little bear.", scale=1.6)
LONG = Sentence(text="The bear went up the hill, and the fox went down the hill, and then they both slept.", scale=1.9)


def friend(text: str) -> Sentence:
    return Sentence(text=text, voice="friend", scale=1.44)


def test_a_workshop_is_where_sounds_come_from(workshop: Workshop) -> None:
    sounds: Sounds = workshop
    act: Act = workshop
    assert sounds.rate_hz == 24000
    act.do(Hush())
    assert workshop.left() == 0


def test_a_sentence_is_rendered_once_and_kept(own: Workshop) -> None:
    assert not own.ready(GOOD_NIGHT)
    sound = own.sound(GOOD_NIGHT)
    assert sound.dtype == np.float32
    assert 1 < len(sound) / own.rate_hz < 3
    own.close()  # whatever it kept is on disk now, and no child is left to ask
    assert own.ready(GOOD_NIGHT)
    assert len(own.sound(GOOD_NIGHT)) == len(sound)


def test_the_killer_text_kills_nothing(workshop: Workshop) -> None:
    assert len(workshop.sound(Sentence(text=KILLER, scale=1.6)))
    assert len(workshop.sound(GOOD_NIGHT))
    assert workshop.trouble == ""


def test_nothing_to_say_is_a_moment_of_silence(workshop: Workshop) -> None:
    for text in ("", "...", "\0", "月が出た", "]]] [[["):
        sound = workshop.sound(friend(text))
        assert 0 < len(sound) < 0.3 * workshop.rate_hz
        assert not sound.any()


def test_the_first_clause_comes_before_the_rest(workshop: Workshop) -> None:
    chunks = list(workshop.stream(LONG))
    assert len(chunks) > 3
    assert len(chunks[0]) < 0.5 * workshop.rate_hz


def test_a_listener_who_leaves_does_not_cost_the_child_its_life(workshop: Workshop) -> None:
    stream = workshop.stream(LONG)
    next(stream)
    before = workshop._child.pid
    stream.close()
    assert len(workshop.sound(friend("Good night.")))
    assert workshop._child.pid == before


def test_what_is_rendered_ahead_is_ready_afterwards(workshop: Workshop) -> None:
    sentences = [friend(f"The frog counted {number} clouds.") for number in ("two", "three", "four")]
    workshop.do(Prepare(sentences=(*sentences, sentences[0])))
    assert workshop.wait(60)
    assert all(workshop.ready(sentence) for sentence in sentences)


def test_what_was_queued_is_let_go_where_the_night_says_so(own: Workshop) -> None:
    own.prepare([Sentence(text=f"{LONG.text} And {number} stars.", scale=1.9) for number in range(30)])
    own.do(Prepare(sentences=(friend("Good night."),), instead=True))
    assert own.left() <= 2
    assert own.wait(60)
    assert own.ready(friend("Good night."))


def test_somebody_who_waits_is_served_first(own: Workshop) -> None:
    own.prepare([Sentence(text=f"{LONG.text} And {number} stars.", scale=1.9) for number in range(30)])
    assert len(own.sound(GOOD_NIGHT))
    assert own.left() > 20


def test_a_corrupted_cache_file_is_rendered_again(own: Workshop, data_dir: Path) -> None:
    own.prepare([GOOD_NIGHT])
    assert own.wait(60)
    (file,) = (data_dir / "cache" / "speech").rglob("*.opus")
    file.write_bytes(file.read_bytes()[:100])
    assert len(own.sound(GOOD_NIGHT)) > own.rate_hz


def test_where_nothing_can_be_kept_the_voice_still_speaks(own: Workshop, data_dir: Path) -> None:
    (data_dir / "cache").write_text("a file where the folder should be")
    own.prepare([GOOD_NIGHT, LONG])
    assert own.wait(60)
    assert "cannot be kept" in own.trouble
    assert len(own.sound(GOOD_NIGHT)) > own.rate_hz


def test_a_disk_that_fills_in_the_middle_is_reported_and_so_is_its_end(data_dir: Path) -> None:
    reports: list[str] = []
    own = Workshop(data_dir, report=reports.append)
    try:
        own.prepare([friend("Good night.")])
        assert own.wait(60)
        _, most = resource.prlimit(own._child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(own._child.pid, resource.RLIMIT_FSIZE, (100, most))  # to the child, a disk without room
        own.prepare([friend("The frog slept."), friend("The fox slept.")])
        assert own.wait(60)
        assert len(own.sound(friend("The hare slept."))) > own.rate_hz / 2
        assert not own.ready(friend("The fox slept."))
        resource.prlimit(own._child.pid, resource.RLIMIT_FSIZE, (most, most))
        own.prepare([friend("The fox slept.")])
        assert own.wait(60)
        assert own.ready(friend("The fox slept."))
    finally:
        own.close()
    full, end = reports
    assert "cannot be kept" in full
    assert "Make room" in full
    assert end == ""


@pytest.mark.slow  # loads the voice whole
def test_a_voice_that_could_not_be_prepared_is_used_whole_and_closing_goes_well(tmp_path: Path) -> None:
    (tmp_path / "voices" / JOE).mkdir(parents=True)
    folder = catalogue.prepared_folder(JOE, tmp_path)
    folder.with_name(f"{folder.name}.part").write_text("in the way")
    reports: list[str] = []
    workshop = Workshop(tmp_path, report=reports.append)
    try:
        assert len(workshop.sound(GOOD_NIGHT)) > workshop.rate_hz
        assert workshop._preparing.begun[JOE].wait(60) == 1
        assert len(workshop.sound(LONG)) > workshop.rate_hz
    finally:
        workshop.close()
    assert any("is used whole" in report for report in reports)


def test_a_voice_with_a_wrong_rate_in_its_config_is_left_for_the_friend(tmp_path: Path) -> None:
    model = voices.find(JOE, tmp_path)
    assert model is not None
    folder = tmp_path / "voices" / JOE
    folder.mkdir(parents=True)
    (folder / model.name).symlink_to(model)
    config = model.with_name(f"{model.name}.json").read_text()
    (folder / f"{model.name}.json").write_text(config.replace('"sample_rate": 22050', '"sample_rate": 16000'))
    reports: list[str] = []
    workshop = Workshop(tmp_path, report=reports.append)
    try:
        assert len(workshop.sound(GOOD_NIGHT)) > workshop.rate_hz
        assert workshop.in_use() == f"Max speaks with heart (heart) because {JOE} is damaged."
    finally:
        workshop.close()
    assert len(reports) == 1
    assert f"{JOE}.onnx.json is not the published one" in reports[0]


def test_a_child_killed_in_the_middle_costs_one_sentence(own: Workshop) -> None:
    stream = own.stream(LONG)
    next(stream)
    os.kill(own._child.pid, signal.SIGKILL)
    with pytest.raises(VoiceError, match="ended with -9"):
        list(stream)
    assert len(own.sound(LONG)) > own.rate_hz


def test_a_damaged_voice_is_left_for_the_friend(tmp_path: Path) -> None:
    model = voices.find(JOE, tmp_path)
    assert model is not None
    half = tmp_path / "voices" / JOE / f"{JOE}.onnx"
    half.parent.mkdir(parents=True)
    half.write_bytes(model.read_bytes()[:1_000_000])
    workshop = Workshop(tmp_path)
    try:
        assert len(workshop.sound(GOOD_NIGHT)) > workshop.rate_hz
        assert workshop.in_use() == f"Max speaks with heart (heart) because {JOE} is damaged."
        assert "MD5" in workshop.trouble
    finally:
        workshop.close()


def test_espeak_speaks_where_all_else_is_broken(own: Workshop) -> None:
    own._casting.broken |= {JOE: "damaged", "heart": "damaged"}
    assert len(own.sound(GOOD_NIGHT)) > own.rate_hz
    assert "espeak" in own.in_use()


@pytest.fixture
def dying(data_dir: Path) -> Iterator[Workshop]:
    """-> a workshop whose child reads every request and dies of it, and writes down that it did."""
    script = f"import sys; sys.stdin.readline(); open({str(data_dir / 'deaths')!r}, 'a').write('x'); sys.exit(9)"
    made = Workshop(data_dir, child=Child(data_dir, [sys.executable, "-c", script]))
    yield made
    made.close()


def test_a_text_that_kills_every_voice_is_skipped_from_then_on(dying: Workshop, data_dir: Path) -> None:
    for _ in range(3):
        with pytest.raises(VoiceError, match=r"Good night, little bear\."):
            dying.sound(GOOD_NIGHT)
    assert (data_dir / "deaths").read_text() == "xxx"
    assert dying.lost == 3


def test_a_listening_window_loads_the_voice_and_measures_the_board(own: Workshop, data_dir: Path) -> None:
    own.do(Listen(id="few", seconds=8, few=True))
    assert own._child.pid == 0
    own.do(Listen(id="w", seconds=8))
    with own._changed:
        assert own._changed.wait_for(lambda: own._warm_pid and not own._ahead_now, 60)
    assert own._warm_pid == own._child.pid
    assert 0 < voices.measured_pace(JOE, data_dir) < 60


def test_what_is_not_rendered_is_told_by_the_friend_where_the_board_is_too_slow(
    own: Workshop, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.prepare([GOOD_NIGHT])
    assert own.wait(60)
    monkeypatch.setattr(voices, "measured_pace", lambda model, data: 1.2 if model == JOE else 0.1)
    assert own.ready(GOOD_NIGHT)
    assert [way.model for way in own._casting.ways(LONG)] == [JOE, "heart", "espeak"]
    assert [way.model for way in own._casting.ways(LONG, live=True)] == ["heart", "espeak"]
    assert own.in_use().endswith("1.2 s of work for a second of it: what was not rendered ahead is told by heart.")


def test_the_child_ends_when_nobody_asks(data_dir: Path) -> None:
    script = "import sys; from device.workshop import worker; worker.IDLE_S = 0.1; sys.exit(worker.main(sys.argv[1]))"
    child = subprocess.Popen([sys.executable, "-c", script, str(data_dir)], stdin=subprocess.PIPE)
    assert child.wait(60) == 0
    assert child.stdin is not None
    child.stdin.close()


def test_the_core_loads_no_neural_network() -> None:
    heavy = {"onnxruntime", "onnx", "piper", "hibari", "espeakng_loader", "soxr"}
    script = f"import sys, device.workshop.render, device.workshop.install; print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow  # loads the voice whole while it is being prepared
def test_a_fresh_machine_speaks_while_the_voice_is_prepared(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    try:
        assert len(workshop.sound(GOOD_NIGHT)) > workshop.rate_hz
        assert workshop._preparing.begun[JOE].wait(100) == 0
        assert len(workshop.sound(LONG)) > workshop.rate_hz
        assert (catalogue.prepared_folder(JOE, tmp_path) / "decoder.onnx").is_file()
    finally:
        workshop.close()


@pytest.mark.slow  # loads the voice whole while it is being prepared
def test_a_damaged_prepared_voice_is_thrown_away_and_max_stays_max(joe: Path, tmp_path: Path) -> None:
    folder = catalogue.prepared_folder(JOE, tmp_path)
    shutil.copytree(catalogue.prepared_folder(JOE, joe), folder)
    flipped = folder / "decoder.onnx"
    flipped.write_bytes(flipped.read_bytes()[:-1000] + bytes(1000))  # it might still load, and sound like anything
    workshop = Workshop(tmp_path)
    try:
        assert len(workshop.sound(GOOD_NIGHT)) > workshop.rate_hz
        assert workshop.trouble == ""
        assert not folder.exists()
        assert len(workshop.sound(LONG)) > workshop.rate_hz
        assert workshop._preparing.begun[JOE].wait(100) == 0
        assert catalogue.intact(folder)
        shutil.rmtree(folder)
        workshop.sound(friend("Good night."))
        workshop.sound(Sentence(text="Once more.", scale=1.6))
        assert workshop._preparing.begun[JOE].wait(100) == 0
        assert catalogue.intact(folder), "made anew as often as it is needed"
    finally:
        workshop.close()


def test_nothing_begins_after_the_close(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.close()
    with pytest.raises(VoiceError, match="closed"):
        workshop.sound(GOOD_NIGHT)
    assert not workshop._child.alive
    assert not workshop._preparing.begun


@pytest.mark.slow  # until it writes, a voice is split and tried
def test_whoever_ends_the_preparing_finds_nothing_half_written(tmp_path: Path) -> None:
    folder = catalogue.prepared_folder(JOE, tmp_path)
    command = [sys.executable, "-m", "device.workshop.prepare", str(voices.find(JOE, tmp_path)), str(folder)]
    process = subprocess.Popen(command)
    while process.poll() is None and not list(tmp_path.rglob("*.onnx")):
        time.sleep(0.01)
    process.terminate()
    assert process.wait(60) == 143
    assert not list(folder.parent.iterdir())


def test_a_damaged_prepared_voice_that_stays_is_looked_at_once(
    joe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = catalogue.prepared_folder(JOE, tmp_path)
    folder.mkdir(parents=True)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a disk that is closed to writing
    worker = Worker(tmp_path)
    assert worker.engine("piper", JOE) is worker.engine("piper", JOE)


def test_the_killer_text_is_still_one() -> None:
    """Where this fails, the engine has been mended and KILLER proves nothing any more."""
    script = f"from device.workshop.piper import phonemes; phonemes({KILLER!r})"
    assert subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL, check=False).returncode < 0


@pytest.mark.timeout(600)
@pytest.mark.slow  # 10,000 texts through the phonemiser take a minute
def test_hostile_texts_kill_nothing() -> None:
    command = [sys.executable, "-m", "tests.workshop.hostile", "10000"]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_a_question_that_meets_the_close_is_a_death_and_no_crash(data_dir: Path) -> None:
    child = Child(data_dir, [sys.executable, "-c", "import sys; sys.stdin.read()"])
    running = child._running()
    assert running.stdin
    running.stdin.close()  # as `close` does, from another thread
    with pytest.raises(DiedError):
        next(child.say({}))
    child.close()
