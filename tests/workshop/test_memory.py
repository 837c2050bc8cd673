from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.speaking import peaks_mb

MOST_MB = 190
"""What the rendering child may take of a small board's memory, whatever it is given to say."""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_text_takes_more_memory_than_the_board_can_spare_by_both_voices(data_dir: Path) -> None:
    clause, most = peaks_mb(data_dir)
    assert clause < most < MOST_MB, f"{most:.0f} MB"
