"""A run that is killed or interrupted leaves no worker behind, loses nothing, and goes on to the same table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lsdm_stats.study import SourceFile, Store, export, load_study, run

SLOW_CELLS = (
    "STUDY = PLAIN.replace(methods=(('m', Mean(sleep=0.25)),), metrics=(Error(), Picture(), Odd()), replicates=4)"
)
N_CELLS = 16


def start(studies: Path, store: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lsdm_stats", "run", "--studies", str(studies), "--store", str(store), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )


def hear_interrupts() -> None:
    """As at a terminal: a shell that runs this suite in the background has its children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_blocks(process: subprocess.Popen[str], n: int) -> None:
    assert process.stdout is not None
    while n and (line := process.stdout.readline()):
        n -= line.startswith("[")
    assert process.poll() is None


def children(parent: int) -> set[int]:
    """Processes whose parent is `parent`."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.add(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def left_after_three_seconds(pids: set[int]) -> set[int]:
    end = time.monotonic() + 3.0
    while (left := {pid for pid in pids if is_running(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def exported(path: Path, store: Path, out: Path) -> Any:
    from pandas import read_csv

    with Store(store) as opened:
        export(opened, [(load_study(path), "full")], out, kind="csv")
    return read_csv(out).drop(columns=["seconds", "started"])


def uninterrupted(path: Path, tmp_path: Path) -> Any:
    run([SourceFile.read(path)], scale="full", store=tmp_path / "whole.sqlite", executor="process", n_workers=2)
    return exported(path, tmp_path / "whole.sqlite", tmp_path / "whole.csv")


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@needs_proc
def test_workers_of_a_killed_run_end_and_the_next_run_completes_the_same_table(studies: Path, rewrite, tmp_path: Path):
    path, store = rewrite(SLOW_CELLS), tmp_path / "killed.sqlite"
    process = start(studies, store, "--workers", "2")
    wait_for_blocks(process, 3)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    assert not left_after_three_seconds(workers)
    with Store(store) as opened:
        n_kept = len(opened.cells())
    assert 3 <= n_kept < N_CELLS
    final = run([SourceFile.read(path)], scale="full", store=store, executor="process", n_workers=2)
    assert (final.stored, final.counts) == (n_kept, {"done": N_CELLS - n_kept})
    assert exported(path, store, tmp_path / "killed.csv").equals(uninterrupted(path, tmp_path))


@needs_proc
@pytest.mark.parametrize("options", [("--workers", "2"), ("--executor", "serial")], ids=["processes", "serial"])
def test_ctrl_c_ends_within_five_seconds_and_says_what_is_stored(
    studies: Path, rewrite, tmp_path: Path, options: tuple[str, ...]
):
    rewrite(SLOW_CELLS)
    interrupt(studies, tmp_path / "s.sqlite", *options)


def interrupt(studies: Path, store: Path, *options: str) -> None:
    """Send one Ctrl-C after three blocks."""
    process = start(studies, store, *options)
    wait_for_blocks(process, 3)
    workers = children(process.pid)
    clock = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - clock < 5
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert not left_after_three_seconds(workers)
    with Store(store) as opened:
        n_kept = len(opened.cells())
    assert err.startswith(f"interrupted: {n_kept} finished blocks of this run are stored in {store}")
    assert err.count("\n") == 1


@needs_proc
def test_a_second_ctrl_c_ends_at_once(studies: Path, rewrite, tmp_path: Path):
    rewrite(SLOW_CELLS)
    interrupt_twice(studies, tmp_path / "s.sqlite", "--workers", "2")


def interrupt_twice(studies: Path, store: Path, *options: str) -> None:
    """Send Ctrl-C after three blocks until the run is gone."""
    process = start(studies, store, *options)
    wait_for_blocks(process, 3)
    workers = children(process.pid)
    clock = time.monotonic()
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
    assert time.monotonic() - clock < 1
    _, err = process.communicate()
    if process.returncode != 130:  # the first one ended it in time, and a later one hit the interpreter's own shutdown
        assert (process.returncode, "interrupted: " in err) == (-signal.SIGINT, True)
    assert "Traceback" not in err
    assert not left_after_three_seconds(workers)
    with Store(store) as opened:
        assert len(opened.cells()) >= 3


@needs_proc
def test_ctrl_c_while_workers_start_ends_cleanly(studies: Path, rewrite, tmp_path: Path):
    rewrite(SLOW_CELLS)
    process = start(studies, tmp_path / "s.sqlite", "--workers", "2")
    assert process.stdout is not None
    assert "16 blocks to run" in process.stdout.readline()
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in out + err
