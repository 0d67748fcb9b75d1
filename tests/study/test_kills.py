"""Fifty SIGKILLs of the parent and fifty of workers at random moments: nothing is lost, nothing twice, no worker left.

``LSDM_KILLS`` sets another number than fifty; the moments are seeded and spread over the whole of a run, its start
included.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_interruption import children, exported, is_running, left_after_three_seconds, needs_proc, start

from lsdm_stats.study import SourceFile, Store, run

pytestmark = [pytest.mark.slow, needs_proc]

N_KILLS = int(os.environ.get("LSDM_KILLS", "50"))
CELLS = "STUDY = PLAIN.replace(methods=(('m', Mean(sleep=0.1)),), metrics=(Error(), Picture(), Odd()), replicates=4)"
N_CELLS = 16


def workers_of(parent: int) -> list[int]:
    """Spawned workers of a run, in the order of their start, without the process that tracks their resources."""
    found: list[int] = []
    for pid in sorted(children(parent)):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in line:
            found.append(pid)
    return found


def assert_whole(store: Path) -> None:
    if not store.exists():
        return
    connection = sqlite3.connect(store)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def n_stored(store: Path) -> int:
    if not store.exists() or not store.stat().st_size:
        return 0
    with Store(store) as opened:
        return len(opened.cells())


def moments(rng: random.Random, seconds: float) -> Iterator[tuple[int, float]]:
    """A number and a moment of each kill, one in each of as many equal parts of a run."""
    for number in rng.sample(range(N_KILLS), N_KILLS):
        yield number, seconds * (number + rng.random()) / N_KILLS


@pytest.fixture(scope="module")
def elapsed() -> list[float]:
    return []


@pytest.fixture
def uninterrupted(studies: Path, rewrite, tmp_path: Path, elapsed: list[float]) -> tuple[Path, Any, float]:
    """The study, its export when nothing happens, and the seconds that the run took."""
    path = rewrite(CELLS)
    clock = time.monotonic()
    process = start(studies, tmp_path / "whole.sqlite", "--workers", "2")
    process.communicate()
    assert process.returncode == 0
    elapsed.append(time.monotonic() - clock)
    return path, exported(path, tmp_path / "whole.sqlite", tmp_path / "whole.csv"), elapsed[-1]


def test_killed_parents(studies: Path, uninterrupted: tuple[Path, Any, float], tmp_path: Path):
    path, expected, seconds = uninterrupted
    for number, moment in moments(random.Random(1), seconds):
        store = tmp_path / f"parent{number}.sqlite"
        process = start(studies, store, "--workers", "2")
        time.sleep(moment)
        left = children(process.pid)
        process.kill()
        process.communicate()
        assert not left_after_three_seconds(left), (number, moment)
        assert_whole(store)
        n_kept = n_stored(store)
        final = run([SourceFile.read(path)], scale="full", store=store, executor="serial")
        assert (final.stored, final.counts.get("done", 0)) == (n_kept, N_CELLS - n_kept), (number, moment)
        assert exported(path, store, tmp_path / "killed.csv").equals(expected), (number, moment)
        assert_whole(store)


def test_killed_workers(studies: Path, uninterrupted: tuple[Path, Any, float], tmp_path: Path):
    path, expected, seconds = uninterrupted
    rng = random.Random(2)
    n_killed, n_lost = 0, 0
    for number, moment in moments(rng, seconds):
        store = tmp_path / f"worker{number}.sqlite"
        process = start(studies, store, "--workers", "2")
        end = time.monotonic() + moment
        while not (found := workers_of(process.pid)) and process.poll() is None:
            time.sleep(0.01)
        time.sleep(max(0.0, end - time.monotonic()))
        found = [pid for pid in workers_of(process.pid) or found if is_running(pid)]
        if found:
            subprocess.run(["kill", "-KILL", str(rng.choice(found))], check=False, stderr=subprocess.DEVNULL)
            n_killed += 1
        out, err = process.communicate(timeout=60)
        if process.returncode == 2:
            # It died before it could start: the run says so, and the same command goes on.
            assert "worker processes must be able to start" in err, (number, moment)
            process = start(studies, store, "--workers", "2")
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), (number, moment)
        n_lost += " lost " in out
        assert f"[{N_CELLS}/{N_CELLS}] done" in out, (number, moment)
        assert exported(path, store, tmp_path / "killed.csv").equals(expected), (number, moment)
        assert_whole(store)
    assert n_killed >= 0.6 * N_KILLS
    assert n_lost >= N_KILLS // 10
