"""Disk full, read-only, locked, opened by two: one line, exit code 2, and what was stored is whole."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lsdm_stats.cli import main
from lsdm_stats.study import Store, load_study, merge
from lsdm_stats.study.running.runner import run_cell
from lsdm_stats.study.storage import database, store

SMALL = "STUDY = PLAIN.replace(replicates=4, metrics=(Error(), Picture(rows=200)), n_test=400)"


@pytest.fixture
def place(studies: Path, rewrite) -> Iterator[Path]:
    """A folder that another user may enter, with a store of the quick cells of a small study."""
    path = rewrite(SMALL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "studies").mkdir()
        (folder / "studies" / "toy.py").write_text(path.read_text())
        study = load_study(path)
        with Store(folder / "s.sqlite", writable=True) as opened:
            for cell in study.cells()[:3]:
                opened.record(cell, run_cell(cell, study.metrics), label="toy")
        yield folder


def arguments(place: Path) -> list[str]:
    places = ["--studies", str(place / "studies"), "--store", str(place / "s.sqlite")]
    return ["run", *places, "--executor", "serial"]


def call(place: Path, prepare: Callable[[], None] = lambda: None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with one worker process."""
    command = [sys.executable, "-m", "lsdm_stats", *arguments(place)[:-2], "--workers", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=prepare)


def keys(path: Path) -> set[str]:
    """What is stored, after a check that the file is whole."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    found = {key for (key,) in connection.execute("SELECT key FROM cells")}
    connection.close()
    return found


def assert_one_line(err: str, *parts: str) -> None:
    assert err.startswith("lsdm: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def limit_pages(monkeypatch: pytest.MonkeyPatch, n_more: int) -> None:
    """Let a store grow by some pages only, as on a full disk."""

    def limited(path: Path, *, writable: bool) -> sqlite3.Connection:
        connection = database.connect(path, writable=writable)
        if writable:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + n_more}")
        return connection

    monkeypatch.setattr(store, "connect", limited)


@pytest.mark.parametrize("n_more", [0, 1, 4, 9])
def test_a_full_disk_stops_the_run_with_one_line_and_every_finished_block_stored(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], n_more: int
):
    before = keys(place / "s.sqlite")
    with monkeypatch.context() as patched:
        limit_pages(patched, n_more)
        with pytest.raises(SystemExit) as caught:
            main(arguments(place))
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert_one_line(err, "s.sqlite cannot be used: database or disk is full; what was stored before is kept; free")
    after = keys(place / "s.sqlite")
    assert before < after or n_more < 4
    assert len(after) == 3 + sum(line.startswith("[") and "] done" in line for line in out.splitlines())
    with pytest.raises(SystemExit) as caught:
        main(arguments(place))
    assert caught.value.code == 0
    assert len(keys(place / "s.sqlite")) == 24


def test_a_limit_on_the_size_of_files_stops_the_run_the_same_way(place: Path):
    before = keys(place / "s.sqlite")
    size = (place / "s.sqlite").stat().st_size

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))

    answer = call(place, limit)
    assert answer.returncode == 2
    assert_one_line(answer.stderr, "s.sqlite cannot be used: ", "what was stored before is kept")
    assert before <= keys(place / "s.sqlite")
    assert call(place).returncode == 0
    assert len(keys(place / "s.sqlite")) == 24


def test_a_disk_that_is_really_full_stops_the_run_the_same_way(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=220k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk")
    try:
        command = [*arguments(place)[:3], "--store", str(disk / "s.sqlite"), "--executor", "serial"]
        with pytest.raises(SystemExit) as caught:
            main(command)
        out, err = capsys.readouterr()
        assert caught.value.code == 2
        assert_one_line(err, "s.sqlite cannot be used: ", "what was stored before is kept")
        n_done = sum(line.startswith("[") and "] done" in line for line in out.splitlines())
        with Store(disk / "s.sqlite") as opened:
            assert 1 <= len(opened.cells()) == n_done < 24
        assert merge([disk / "s.sqlite"], tmp_path / "rescued.sqlite").added == n_done
        assert len(keys(tmp_path / "rescued.sqlite")) == n_done
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.parametrize("existing", [True, False])
def test_a_merge_into_a_full_disk_changes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, existing: bool
):
    study, out = load_study(place / "studies" / "toy.py"), tmp_path / "out.sqlite"
    if existing:
        with Store(out, writable=True) as opened:
            opened.record(study.cells()[5], run_cell(study.cells()[5], study.metrics), label="toy")
    limit_pages(monkeypatch, 1)
    with pytest.raises(ValueError, match="database or disk is full"):
        merge([place / "s.sqlite"], out)
    assert keys(out) == {study.cells()[5].key} if existing else not list(tmp_path.glob("out*"))


@contextmanager
def nobody() -> Iterator[None]:
    """Become another user for a while where this one is root, who may write everywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("read_only", ["file", "folder"])
def test_a_read_only_store_is_read_and_refused_for_writing_with_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], read_only: str
):
    status = ["status", *arguments(place)[1:5]]
    with pytest.raises(SystemExit):
        main(status)  # everything is imported before another user may not
    (place / "s.sqlite").chmod(0o444 if read_only == "file" else 0o666)
    place.chmod(0o777 if read_only == "file" else 0o555)
    before = (place / "s.sqlite").read_bytes()
    names = sorted(entry.name for entry in place.iterdir())
    capsys.readouterr()
    try:
        with nobody(), pytest.raises(SystemExit) as caught:
            main(arguments(place))
        assert caught.value.code == 2
        assert_one_line(capsys.readouterr().err, f"the store {place / 's.sqlite'} must be ", "another --store FILE")
        assert sorted(entry.name for entry in place.iterdir()) == names
        with nobody(), pytest.raises(SystemExit) as caught:
            main(status)
        assert caught.value.code == 0
        assert "toy" in capsys.readouterr().out
    finally:
        place.chmod(0o755)
    assert (place / "s.sqlite").read_bytes() == before


def test_a_store_that_another_program_has_locked_is_refused_with_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(place / "s.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = (place / "s.sqlite").read_bytes()
    with pytest.raises(SystemExit) as caught:
        main(arguments(place))
    assert caught.value.code == 2
    message = "cannot be used: database is locked; another process is writing to it; wait for it to end"
    assert_one_line(capsys.readouterr().err, message)
    other.execute("ROLLBACK")
    other.close()
    assert (place / "s.sqlite").read_bytes() == before
    assert len(keys(place / "s.sqlite")) == 3


def test_a_second_writer_is_refused_at_once_and_readers_are_not(place: Path, capsys: pytest.CaptureFixture[str]):
    (place / "link.sqlite").symlink_to(place / "s.sqlite")
    with Store(place / "s.sqlite", writable=True):
        clock = time.monotonic()
        for name in ("s.sqlite", "link.sqlite"):
            with pytest.raises(ValueError, match="must have one writer at a time; another run or merge is writing"):
                Store(place / name, writable=True)
        with pytest.raises(ValueError, match="must have one writer at a time"):
            merge([place / "none"], place / "s.sqlite")
        with pytest.raises(SystemExit) as caught:
            main(arguments(place))
        assert time.monotonic() - clock < 5
        assert caught.value.code == 2
        assert_one_line(capsys.readouterr().err, "another run or merge is writing to it; wait for it to end")
        with Store(place / "s.sqlite") as reader:
            assert len(reader.cells()) == 3
    with Store(place / "s.sqlite", writable=True):
        assert (place / "s.sqlite.lock").exists()
    assert not (place / "s.sqlite.lock").exists()


def test_of_two_runs_at_once_one_completes_and_the_other_is_refused(place: Path):
    toy = place / "studies" / "toy.py"
    toy.write_text(toy.read_text() + "\nSTUDY = STUDY.replace(methods=(('m', Mean(sleep=0.2)),))\n")
    command = [sys.executable, "-m", "lsdm_stats", *arguments(place)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, **pipes) for _ in range(2)]
    answers = [run.communicate(timeout=60) for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 2]
    refused = next(err for run, (_, err) in zip(runs, answers, strict=True) if run.returncode)
    assert_one_line(refused, "must have one writer at a time")
    assert len(keys(place / "s.sqlite")) == 3 + 16


def test_a_killed_run_gives_the_store_free(place: Path):
    toy = place / "studies" / "toy.py"
    toy.write_text(toy.read_text() + "\nSTUDY = STUDY.replace(methods=(('m', Mean(sleep=0.3)),))\n")
    command = [sys.executable, "-m", "lsdm_stats", *arguments(place)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "] done" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (place / "s.sqlite.lock").exists()
    with Store(place / "s.sqlite", writable=True) as again:
        assert len(again.cells()) >= 4
