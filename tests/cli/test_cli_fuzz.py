"""Whatever the arguments and whatever the store: no traceback, one line for a refusal, and no write to the store."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import fuzzing
import pytest

from lsdm_stats.cli import main
from lsdm_stats.study import Store

SMALL = """
BOTH = (("good", Mean()), ("partly", Mean(fails_at=1)), ("bad", Mean(raises='no pairs')))
STUDY = PLAIN.replace(replicates=2, n_paired=(5,), sources=PLAIN.sources[:1], n_unpaired=(0,), methods=BOTH)
QUICK = STUDY
"""


@pytest.fixture
def words(rewrite, studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names of a complete store, its studies, a copy of it, the key of a cell, and files that are not there."""
    rewrite(SMALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LSDM_STORE", raising=False)
    store = tmp_path / "whole.sqlite"
    with pytest.raises(SystemExit):
        main(["run", "--executor", "serial", "--studies", str(studies), "--store", str(store)])
    shutil.copy(store, tmp_path / "copy.sqlite")
    with sqlite3.connect(store) as connection:
        [key] = connection.execute("SELECT key FROM cells").fetchone()
    connection.close()
    places = {"{store}": store, "{studies}": studies, "{copy}": tmp_path / "copy.sqlite"}
    places |= {"{none}": tmp_path / "none", "{out}": tmp_path / "out.sqlite"}
    return {word: str(path) for word, path in places.items()} | {"{key}": key}


def faults_of(arguments: list[str], capsys: pytest.CaptureFixture[str], unchanged: Path, *, always: bool) -> list[str]:
    """What is wrong with how a command ended, and whether it wrote to a store that it had to leave alone."""
    before = unchanged.read_bytes() if unchanged.is_file() else None
    try:
        main(arguments)
    except SystemExit as ended:
        code, problem = ended.code, ""
    except BaseException as error:
        code, problem = None, f"raised {error!r}"
    err = capsys.readouterr().err
    last = err.rstrip("\n").split("\n")[-1]
    faults = [problem] if problem else []
    if not problem and code not in (0, 1, 2, None):
        faults.append(f"exit code {code}")
    if code == 2 and not last.startswith(("lsdm: ", "Error: ")):
        faults.append(f"refused with {err!r}")
    if "Traceback" in err and arguments[0] != "replay":  # which shows where a cell fails
        faults.append(err)
    if (always or code == 2) and (unchanged.read_bytes() if unchanged.is_file() else None) != before:
        faults.append("the store was written to")
    return faults


def faults_of_arguments(words: dict[str, str], capsys: pytest.CaptureFixture[str], cases: range) -> list[str]:
    found: list[str] = []
    for case in cases:
        chosen = fuzzing.arguments(random.Random(case), words)
        faults = faults_of(chosen, capsys, Path(words["{store}"]), always=True)
        found += [f"case {case}: {chosen}: {fault}" for fault in faults]
        Path(words["{out}"]).unlink(missing_ok=True)
    return found


def faults_of_stores(words: dict[str, str], capsys: pytest.CaptureFixture[str], cases: Sequence[int]) -> list[str]:
    whole, place, studies = Path(words["{store}"]), Path("damaged"), ["--studies", words["{studies}"]]
    found: list[str] = []
    for case in cases:
        rng = random.Random(case)
        place.mkdir()
        store = place / "s.sqlite"
        shutil.copy(whole, store)
        kind = fuzzing.damage(rng, store)
        at = ["--store", str(store)]
        readers = [
            ["status", *studies, *at],
            ["status", "--json", *studies, *at],
            ["verdicts", *studies, *at],
            ["figures", *studies, *at],
            ["export", "--format", rng.choice(["csv", "parquet"]), "--out", str(place / "rows"), *studies, *at],
            ["replay", words["{key}"], *studies, *at],
            ["merge", str(store), "--store", str(place / "new.sqlite")],
            ["migrate", str(store), str(place / "newer.sqlite")],
        ]
        writers = [["merge", words["{copy}"], *at], ["run", "--executor", "serial", *studies, *at]]
        for command in [*rng.sample(readers, 2), rng.choice(writers)]:
            faults = faults_of(command, capsys, store, always=command in readers)
            if command in writers and store.is_file() and store.read_bytes() != whole.read_bytes() and not faults:
                faults = problems_after_writing(store)
            found += [f"case {case}, {kind}: {' '.join(command)}: {fault}" for fault in faults]
        shutil.rmtree(place)
    return found


def problems_after_writing(store: Path) -> list[str]:
    """What SQLite finds wrong with a store that a command has accepted for writing; nothing if it refused the file."""
    try:
        Store(store, writable=True).close()
    except ValueError:
        return []
    connection = sqlite3.connect(store)
    found = [problem for (problem,) in connection.execute("PRAGMA integrity_check") if problem != "ok"]
    connection.close()
    return found


def report(faults: list[str]) -> None:
    if faults:
        pytest.fail(f"{len(faults)} faults\n" + "\n".join(faults[:30]), pytrace=False)


def test_random_arguments(words: dict[str, str], capsys: pytest.CaptureFixture[str]):
    report(faults_of_arguments(words, capsys, range(400)))


def test_damaged_stores(words: dict[str, str], capsys: pytest.CaptureFixture[str]):
    report(faults_of_stores(words, capsys, (*range(120), 1_047)))  # the last: NULL in an index


@pytest.mark.slow
def test_more_random_arguments(words: dict[str, str], capsys: pytest.CaptureFixture[str]):
    report(faults_of_arguments(words, capsys, range(1_000, 1_700)))


@pytest.mark.slow
def test_more_damaged_stores(words: dict[str, str], capsys: pytest.CaptureFixture[str]):
    report(faults_of_stores(words, capsys, range(1_000, 1_700)))
