"""Pictures of a telling and of an evening, drawn by pygame without a screen: `tell --plot`, `demo --plot`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from device.acts import measuring
from device.demo import Record
from device.errors import SleepSyncError
from device.events import Breathe, Say, Sentence, Tell
from device.night.frames import frames

_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT, _BETWEEN = 1000, 76, 24, 52, 40, 14
_FINER = 2
"""Drawn so much larger and then reduced, which smooths every edge."""
_GROUND, _PANEL, _LINES, _TEXT, _QUIET = (20, 17, 27), (29, 25, 38), (52, 46, 64), (236, 226, 214), (160, 150, 162)
_EMBER, _DAWN, _SEA, _MOSS = (240, 140, 72), (250, 206, 120), (126, 178, 214), (160, 196, 128)

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """One line of a panel; `points` are (minutes, value)."""

    points: Points
    colour: tuple[int, int, int]
    steps: bool = False
    filled: bool = False
    name: str = ""


@dataclass(frozen=True)
class Panel:
    """A strip with an axis of its own."""

    title: str
    low: float
    high: float
    curves: Sequence[Curve]
    ticks: Sequence[float] = ()
    height: int = 130
    mirrored: bool = False
    """A waveform: what is above zero is below it too."""
    spans: Sequence[tuple[float, float, str]] = field(default=())
    """(begin, end, words) in minutes, as blocks."""


def telling(recording: Path, title: str, sentences: Sequence[Sentence], out: Path) -> None:
    """Draws a recorded telling: its waveform, loudness and words a minute, all read off the sound."""
    sound, rate_hz = measuring.read(recording)
    minutes = len(sound) / rate_hz / 60
    columns = (_WIDTH - _LEFT - _RIGHT) * _FINER // 2
    peaks = [(minutes * n / columns, peak) for n, peak in enumerate(measuring.waveform(sound, columns))]
    highest = max((peak for _, peak in peaks), default=1.0) or 1.0
    heard = measuring.spoken(sound, rate_hz, sentences)
    pace = measuring.words_a_minute(heard, len(sound) / rate_hz)
    levels = measuring.loudness_by_time(sound, rate_hz)
    panels = [
        Panel("the sound", -1.3 * highest, 1.3 * highest, [Curve(peaks, _EMBER)], height=150, mirrored=True),
        Panel(
            "loudness, LUFS over 30 s, pauses gated out", -38, -18, [Curve(_by_minute(levels), _DAWN)], (-36, -28, -20)
        ),
        Panel("words a minute, pauses counted in, over 60 s", 60, 150, [Curve(_by_minute(pace), _SEA)], (75, 95, 130)),
    ]
    _draw(out, title, panels, 0.0, minutes, lambda minute: f"{minute:g} min")


def evening(record: Record, title: str, out: Path) -> None:
    """Draws an evening from its first word on, for 55 minutes: light, loudness, pace, breath, words; all as scored."""
    begin = next((at for at, doing in record.doings if isinstance(doing, Say | Tell)), record.doings[0][0])
    told = [(at, doing) for at, doing in record.doings if isinstance(doing, Say | Tell) and at - begin < _EVENING]
    until = min(begin + _EVENING, record.until)
    minutes = (until - begin) / timedelta(minutes=1)

    def at_min(at: datetime) -> float:
        return (at - begin) / timedelta(minutes=1)

    light = [(at_min(at), ember, dawn) for at, ember, dawn, _ in frames(record.doings, until) if at >= begin]
    lit = _thinned([(at, _lightness(ember)) for at, ember, _ in light])
    spoken = [(at_min(at) + each.at_s / 60, each) for at, doing in told for each in doing.sentences]
    story = [
        (at_min(at) + each.at_s / 60, each)
        for at, doing in told
        if isinstance(doing, Tell) and doing.aloud
        for each in doing.sentences
    ]
    breath = [
        (at_min(at), at_min(at) + doing.seconds / 60, "") for at, doing in record.doings if isinstance(doing, Breathe)
    ]
    spans = [(at, at + each.voice_s / 60, "") for at, each in spoken]
    brightest = max([5.0, *(level for _, level in lit)]) * 1.3
    levels = Curve([(at, each.level_db) for at, each in story], _DAWN, steps=True)
    panels = [
        Panel("light, L* of the ember lamp", 0, brightest, [Curve(lit, _EMBER, steps=True, filled=True)]),
        Panel("loudness against the story's beginning, dB", -13, 2, [levels], (-12, -6, 0)),
        Panel("words a minute, over ten sentences", 60, 150, [Curve(_pace(story), _SEA)], (75, 95, 130)),
        Panel("breath", 0, 1, [], height=44, spans=[span for span in breath if span[0] < minutes]),
        Panel("words", 0, 1, [], height=44, spans=spans),
    ]
    zone = record.given.promise.zone
    _draw(
        out, title, panels, 0.0, minutes, lambda minute: f"{(begin + timedelta(minutes=minute)).astimezone(zone):%H:%M}"
    )


_EVENING = timedelta(minutes=55)


def _by_minute(rows: Points) -> list[tuple[float, float]]:
    return [(at_s / 60, value) for at_s, value in rows]


def _lightness(duty: float) -> float:
    """-> L* (CIE 1976) of a linear duty."""
    return float(116 * duty ** (1 / 3) - 16 if duty > 0.008856 else 903.3 * duty)


def _thinned(points: Points) -> list[tuple[float, float]]:
    """-> the points that are seen: where the value moved, or a quarter of a minute later."""
    kept: list[tuple[float, float]] = []
    for at, value in points:
        if not kept or abs(value - kept[-1][1]) > 0.2 or at - kept[-1][0] > 0.25:
            kept.append((at, value))
    return kept


def _pace(story: Sequence[tuple[float, Sentence]], many: int = 10) -> list[tuple[float, float]]:
    rows = []
    for first in range(len(story) - many):
        begin, end = story[first][0], story[first + many][0]
        words = sum(len(each.text.split()) for _, each in story[first : first + many])
        rows.append(((begin + end) / 2, words / max(end - begin, 1e-6)))
    return rows


def _draw(out: Path, title: str, panels: Sequence[Panel], begin: float, end: float, label: Any) -> None:
    """Raises SleepSyncError where the file cannot be written."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    pygame.font.init()
    height = _TOP + sum(panel.height + _BETWEEN for panel in panels) + _FOOT
    sheet = _Sheet(pygame, height, begin, end)
    sheet.write(title, _LEFT, 14, 22, _TEXT)
    top = _TOP
    for panel in panels:
        sheet.panel(panel, top)
        top += panel.height + _BETWEEN
    sheet.time(_TOP, top - _BETWEEN, label)
    small = pygame.transform.smoothscale(sheet.surface, (_WIDTH, height))
    try:
        pygame.image.save(small, str(out))
    except (OSError, pygame.error) as fault:
        raise SleepSyncError(f"{out} cannot be drawn: {fault}. Name a .png in a folder that can be written.") from fault


class _Sheet:
    """The picture in the making; places are in pixels of the finished one."""

    def __init__(self, pygame: Any, height: int, begin: float, end: float) -> None:
        self._pygame, self._begin, self._span = pygame, begin, max(end - begin, 1e-6)
        self.surface = pygame.Surface((_WIDTH * _FINER, height * _FINER))
        self.surface.fill(_GROUND)

    def write(
        self, text: str, x: float, y: float, size: int, colour: tuple[int, int, int], *, right: bool = False
    ) -> None:
        drawn = self._pygame.font.Font(None, size * _FINER).render(text, True, colour)
        self.surface.blit(drawn, (x * _FINER - (drawn.get_width() if right else 0), y * _FINER))

    def panel(self, panel: Panel, top: int) -> None:
        width = _WIDTH - _LEFT - _RIGHT
        self._box(_LEFT, top, width, panel.height, _PANEL)

        def y(value: float) -> float:
            part = (min(max(value, panel.low), panel.high) - panel.low) / (panel.high - panel.low)
            return top + panel.height * (1 - part)

        for tick in panel.ticks:
            self._box(_LEFT, y(tick), width, 0.5, _LINES)
            self.write(f"{tick:g}", _LEFT - 8, y(tick) - 6, 17, _QUIET, right=True)
        for curve in panel.curves:
            self._curve(curve, panel, y)
        for begin, end, _ in panel.spans:
            self._box(self._x(begin), top + 20, max(self._x(end) - self._x(begin), 1.0), panel.height - 26, _MOSS)
        self.write(panel.title, _LEFT + 10, top + 6, 17, _QUIET)

    def time(self, top: int, bottom: int, label: Any) -> None:
        every = next((step for step in (1, 2, 5, 10, 15, 30) if self._span / step <= 13), 60)
        minute = 0
        while minute <= self._span:
            x = self._x(self._begin + minute)
            self._box(x, top, 0.5, bottom - top, _LINES)
            if x < _WIDTH - 40:
                self.write(label(minute), x + 4, bottom + 8, 17, _QUIET)
            minute += every

    def _x(self, minute: float) -> float:
        part = min(max((minute - self._begin) / self._span, 0.0), 1.0)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * part

    def _box(self, x: float, y: float, width: float, height: float, colour: tuple[int, int, int]) -> None:
        self.surface.fill(colour, [round(part * _FINER) for part in (x, y, width, height)])

    def _curve(self, curve: Curve, panel: Panel, y: Any) -> None:
        points = [(self._x(at) * _FINER, y(value) * _FINER) for at, value in curve.points]
        if panel.mirrored:
            middle = y(0.0) * _FINER
            for x, height in points:
                self._pygame.draw.line(self.surface, curve.colour, (x, height), (x, 2 * middle - height), _FINER)
            return
        if curve.steps:
            points = [corner for (x, level), (after, _) in zip(points, [*points[1:], points[-1]], strict=True)
                      for corner in ((x, level), (after, level))] if points else []  # fmt: skip
        if curve.filled and len(points) > 1:
            foot = y(panel.low) * _FINER
            faint = tuple(part // 3 + 16 for part in curve.colour)
            self._pygame.draw.polygon(self.surface, faint, [(points[0][0], foot), *points, (points[-1][0], foot)])
        if len(points) > 1:
            self._pygame.draw.lines(self.surface, curve.colour, False, points, 2 * _FINER)
