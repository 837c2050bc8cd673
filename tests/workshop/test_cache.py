from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.workshop.cache import FIRST_FRAMES, RATE_HZ, Cache, key
from device.workshop.voices import Way

MAX = Way("piper", "en_US-joe-medium", 1.6, 0.0, 1.1)
TONE = (0.2 * np.sin(np.arange(RATE_HZ) * 2 * np.pi * 220 / RATE_HZ)).astype(np.float32)


def test_a_sound_comes_back_as_long_and_as_loud(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.write(name := key("Good night.", MAX), TONE)
    sound = cache.read(name)
    assert len(sound) == len(TONE)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(np.sqrt(np.mean(TONE**2)), rel=0.05)


def test_block_by_block_it_is_the_same_sound(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.write("abc", np.tile(TONE, 6))
    blocks = cache.blocks("abc")
    assert blocks is not None
    first, *rest = blocks
    assert len(first) == FIRST_FRAMES
    assert np.array_equal(np.concatenate([first, *rest]), cache.read("abc"))
    assert cache.blocks("never written") is None


def test_another_text_rate_or_pitch_is_another_sound() -> None:
    slower = Way("piper", "en_US-joe-medium", 1.7, 0.0, 1.1)
    lower = Way("piper", "en_US-joe-medium", 1.6, -0.5, 1.1)
    assert (
        len({key("Good night.", MAX), key("Good day.", MAX), key("Good night.", slower), key("Good night.", lower)})
        == 4
    )


def empty(whole: bytes) -> bytes:
    return b""


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def flipped(whole: bytes) -> bytes:
    return whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:]


def zeros(whole: bytes) -> bytes:
    return bytes(4)


def without_its_sum(whole: bytes) -> bytes:
    return whole[:-4]


@pytest.mark.parametrize("damaged", [empty, half, flipped, without_its_sum, zeros])
def test_a_damaged_file_is_removed_and_never_played_cut(tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    cache = Cache(tmp_path)
    cache.write("abc", TONE)
    whole = cache.path("abc").read_bytes()
    for read in (cache.has, cache.read, cache.blocks):
        cache.path("abc").write_bytes(damaged(whole))
        assert not read("abc")
        assert not cache.path("abc").exists()
    cache.write("abc", TONE)
    assert cache.has("abc")


def test_what_is_kept_can_be_played_by_anything(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.write("abc", TONE)
    assert np.array_equal(soundfile.read(cache.path("abc"), dtype="float32")[0], cache.read("abc"))


def test_a_folder_in_the_way_is_nothing_that_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_bytes=0)
    cache.path("abc").mkdir(parents=True)
    assert (cache.has("abc"), cache.read("abc"), cache.blocks("abc")) == (False, None, None)
    assert cache.shrink() == 0
    with pytest.raises(OSError, match="abc"):
        cache.write("abc", TONE)


def test_what_was_not_heard_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for age, name in enumerate(("new", "middle", "old")):
        cache.write(name, TONE)
        os.utime(cache.path(name), (1000 - age, 1000 - age))
    cache.read("old")
    bounded = Cache(tmp_path, most_bytes=2 * cache.path("new").stat().st_size + 100)
    assert bounded.shrink() == 1
    assert [cache.path(name).exists() for name in ("new", "middle", "old")] == [True, False, True]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(OSError, match="abc"):
            Cache(tmp_path).write("abc", TONE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
