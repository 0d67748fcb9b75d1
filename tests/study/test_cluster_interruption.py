"""A run with a Dask cluster of its own: Ctrl-C and SIGKILL leave no worker behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_interruption import (
    SLOW_CELLS,
    children,
    interrupt,
    interrupt_twice,
    left_after_three_seconds,
    needs_proc,
    start,
    wait_for_blocks,
)

pytest.importorskip("distributed")
pytestmark = needs_proc
DASK = ("--executor", "dask:local:2")


def test_ctrl_c_ends_within_five_seconds_and_says_what_is_stored(studies: Path, rewrite, tmp_path: Path):
    rewrite(SLOW_CELLS)
    interrupt(studies, tmp_path / "s.sqlite", *DASK)


def test_a_second_ctrl_c_ends_at_once(studies: Path, rewrite, tmp_path: Path):
    rewrite(SLOW_CELLS)
    interrupt_twice(studies, tmp_path / "s.sqlite", *DASK)


def test_workers_of_a_killed_run_end(studies: Path, rewrite, tmp_path: Path):
    rewrite(SLOW_CELLS)
    process = start(studies, tmp_path / "s.sqlite", *DASK)
    wait_for_blocks(process, 3)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    assert not left_after_three_seconds(workers)
