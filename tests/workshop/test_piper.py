from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from device.errors import VoiceError
from device.workshop import catalogue, voices
from device.workshop.piper import FIRST, MARGIN, MOST_PHONEMES, Piper, decode, flowed, portions, session, windows
from device.workshop.prepare import AGREEMENT, prepare
from tests.workshop.conftest import JOE

TEXT = "Once upon a time, there was a lighthouse."


@pytest.fixture(scope="module")
def prepared(joe: Path) -> Piper:
    model = voices.find(JOE, joe)
    assert model is not None
    return Piper(model, catalogue.prepared(JOE, joe))


def test_windows_cover_every_frame_once() -> None:
    assert [frame for begin, end in windows(333) for frame in range(begin, end)] == list(range(333))


def test_phonemes_are_cut_between_words_and_none_is_lost() -> None:
    for spoken in ("", "wʌns əpˈɑːn " * 60, "ɐ" * 700):
        parts = list(portions(spoken))
        assert "".join(parts) == spoken
        assert max(map(len, parts), default=0) <= MOST_PHONEMES
    assert all(part.endswith(" ") for part in portions("wʌns əpˈɑːn " * 60))


def test_the_same_seed_gives_the_same_samples(prepared: Piper) -> None:
    one, two, other = (np.concatenate(list(prepared.stream(TEXT, 1.6, seed))) for seed in (5, 5, 6))
    assert np.array_equal(one, two)
    assert not np.array_equal(one[:20000], other[:20000])


@pytest.mark.parametrize("frames", [1, 90, 101, 250])
def test_what_is_made_in_windows_agrees_with_what_is_made_whole(joe: Path, frames: int) -> None:
    folder = catalogue.prepared(JOE, joe)
    assert folder is not None
    flow, decoder = session(folder / "flow.onnx"), session(folder / "decoder.onnx")
    drawn = np.random.default_rng(2).standard_normal((1, 192, frames), dtype=np.float32)
    latent = flow.run(None, {flow.get_inputs()[0].name: drawn})[0]
    whole = decoder.run(None, {decoder.get_inputs()[0].name: latent})[0].reshape(-1)
    assert np.abs(np.concatenate(list(decode(decoder, flowed(flow, drawn), frames))) - whole).max() < AGREEMENT


def test_the_first_window_waits_for_no_more_than_it_is_made_from(joe: Path) -> None:
    folder = catalogue.prepared(JOE, joe)
    assert folder is not None
    drawn = np.zeros((1, 192, 500), dtype=np.float32)
    first, rest = flowed(session(folder / "flow.onnx"), drawn)
    assert (first.shape, rest.shape) == ((1, 192, FIRST + MARGIN), (1, 192, 500 - FIRST - MARGIN))


def test_the_prepared_voice_speaks_as_long_as_the_whole_one(prepared: Piper, joe: Path) -> None:
    model = voices.find(JOE, joe)
    assert model is not None
    whole = Piper(model)
    lengths = [sum(map(len, voice.stream(TEXT, 1.6, 1))) for voice in (prepared, whole)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.1)  # the whole one draws its own durations
    assert (prepared.prepared, whole.prepared) == (True, False)


def test_a_voice_cut_in_half_cannot_be_prepared_or_loaded(joe: Path, tmp_path: Path) -> None:
    model = voices.find(JOE, joe)
    assert model is not None
    half = tmp_path / "half.onnx"
    half.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    half.with_name("half.onnx.json").write_bytes(model.with_name(model.name + ".json").read_bytes())
    with pytest.raises(VoiceError, match=r"half\.onnx"):
        prepare(half, tmp_path / "out")
    with pytest.raises(VoiceError, match=r"half\.onnx"):
        Piper(half)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["half.onnx", "half.onnx.json"]


@pytest.mark.parametrize("weight", ["dec.conv_pre.weight", "another.weight"])
def test_a_voice_of_another_make_is_used_whole(weight: str, tmp_path: Path) -> None:
    sound = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4, "frames"]) for name in ("x", "y")]
    node, kernel = helper.make_node("Conv", ["x", weight], ["y"]), np.ones((4, 4, 1), np.float32)
    graph = helper.make_graph([node], "other", sound[:1], sound[1:], [numpy_helper.from_array(kernel, weight)])
    onnx.save(helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(VoiceError, match=r"other\.onnx cannot be prepared and is used whole"):
        prepare(tmp_path / "other.onnx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_session_leaves_no_name_of_the_device_and_no_report(tmp_path: Path) -> None:
    """onnxruntime keeps both, and sends them, where it is not told otherwise."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (home := tmp_path / "home").mkdir()
    onnx.save(model, tmp_path / "same.onnx")
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    script = (
        f"from pathlib import Path; from device.workshop.piper import session; session(Path('{tmp_path}/same.onnx'))"
    )
    homely = {name: str(home) for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}
    subprocess.run([sys.executable, "-c", script], env={**environment, **homely}, check=True)
    assert list(home.rglob("*")) == []


def test_a_voice_without_its_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"x\.onnx\.json"):
        Piper(tmp_path / "x.onnx")


def test_a_voice_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / f"{JOE}.onnx"
    file.write_bytes(b"something else")
    with pytest.raises(VoiceError, match="MD5"):
        catalogue.verify(JOE, file, tmp_path)


def test_a_prepared_voice_knows_whether_it_is_as_it_was_written(joe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "prepared"
    shutil.copytree(catalogue.prepared_folder(JOE, joe), folder)
    assert catalogue.intact(folder)
    (folder / "flow.onnx").write_bytes(b"")
    assert not catalogue.intact(folder)
    assert not catalogue.intact(tmp_path / "nowhere")


def test_a_checksum_is_taken_once(joe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = voices.find(JOE, joe)
    assert model is not None
    catalogue.verify(JOE, model, tmp_path)
    monkeypatch.delattr(catalogue, "md5")
    catalogue.verify(JOE, model, tmp_path)
