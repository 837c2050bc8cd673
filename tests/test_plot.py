"""The picture of an evening: a PNG of its size, drawn from what was done, and different for different evenings."""

from __future__ import annotations

from pathlib import Path

import pygame

from device import plot
from device.demo import DATE, fast
from tests.nights.bedroom import given, language


def drawn(evening: str, out: Path) -> pygame.Surface:
    plot.evening(fast(given(), language(), DATE, evening, None, 1), f"Benny's evening, {evening}", out)
    return pygame.image.load(out)


def test_an_evening_becomes_a_picture_of_what_was_done(tmp_path: Path) -> None:
    ordinary, silent = drawn("ordinary", tmp_path / "a.png"), drawn("silent", tmp_path / "b.png")
    assert ordinary.get_size() == silent.get_size()
    assert ordinary.get_width() >= 800
    colours = {tuple(ordinary.get_at((x, y)))[:3] for x in range(0, 1000, 4) for y in range(0, 640, 4)}
    assert len(colours) > 5
    assert pygame.image.tobytes(ordinary, "RGB") != pygame.image.tobytes(silent, "RGB")
