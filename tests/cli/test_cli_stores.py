"""The commands for several stores: shards, merge, migrate; and the dictionary of an export."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from lsdm_stats.cli import main
from lsdm_stats.study import Shard, Store
from lsdm_stats.study.storage import schema

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lsdm(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command; returns exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return (caught.value.code if isinstance(caught.value.code, int) else 0), out, err

    return call


@pytest.fixture
def run(lsdm: Call, studies: Path) -> Call:
    """Run the toy study at quick scale, in this process."""
    return lambda *options: lsdm("run", "--quick", "--executor", "serial", "--studies", studies, *options)


def rows(lsdm: Call, studies: Path, store: Path, out: Path) -> list[dict[str, str]]:
    assert lsdm("export", "--format", "csv", "--studies", studies, "--store", store, "--out", out)[0] == 0
    with out.open(newline="") as file:
        return [{**row, "seconds": "", "started": ""} for row in csv.DictReader(file)]


def test_shards_and_merge_give_the_rows_of_one_run(lsdm: Call, run: Call, studies: Path, tmp_path: Path):
    store = tmp_path / "s.sqlite"
    assert run("--store", tmp_path / "whole.sqlite")[0] == 0
    total = 0
    for number in (1, 2):
        code, out, err = run("--store", store, "--shard", f"{number}/2")
        part = tmp_path / f"s.shard-{number}-of-2.sqlite"
        assert (code, err) == (0, "")
        assert out.endswith(f"; store: {part}\n")
        total += int(out.partition(" ")[0])
    assert total == 3
    parts = [Shard(number, 2).store(store) for number in (1, 2)]
    code, out, _ = lsdm("merge", *parts, "--store", store)
    assert (code, out) == (
        0, f"3 cells added, 0 failed ones replaced, 0 with further metrics, 0 known before; store: {store}\n"
    )
    merged, whole = (rows(lsdm, studies, tmp_path / name, tmp_path / "r.csv") for name in ("s.sqlite", "whole.sqlite"))
    assert merged == whole
    assert lsdm("merge", *parts, "--store", store)[1].startswith("0 cells added, ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--shard", "3/2"), "a shard must be i/N with 1 <= i <= N; got 3/2; number shards from 1"),
        (("run", "--shard", "half"), "a shard must be i/N, as 2/8; got 'half'; correct it"),
        (("merge", "none.sqlite"), "the store none.sqlite must exist; there is none yet"),
        (("migrate", "none.sqlite", "new.sqlite"), "the store none.sqlite must exist; there is none; correct the path"),
    ],
)
def test_refusals_are_one_line_and_make_no_file(
    lsdm: Call, tmp_path: Path, studies: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
):
    monkeypatch.chdir(tmp_path)
    places = ("--store", "s.sqlite") if arguments[0] == "merge" else ()
    places = ("--store", "s.sqlite", "--studies", str(studies)) if arguments[0] == "run" else places
    code, out, err = lsdm(*arguments, *places)
    assert (code, out) == (2, "")
    assert err.startswith(f"lsdm: {message}")
    assert err.count("\n") == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["simulations"]


def test_merge_refuses_rows_that_differ(lsdm: Call, run: Call, studies: Path, tmp_path: Path):
    assert run("--store", tmp_path / "a.sqlite")[0] == 0
    toy = studies / "toy.py"
    toy.write_text(toy.read_text().replace("1e-3 *", "2e-3 *"))
    assert run("--store", tmp_path / "b.sqlite")[0] == 0
    code, out, err = lsdm("merge", tmp_path / "a.sqlite", tmp_path / "b.sqlite", "--store", tmp_path / "c.sqlite")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "b.sqlite has " in err
    assert "error of replicate 0 differs" in err
    assert not (tmp_path / "c.sqlite").exists()


def test_migrate_writes_a_new_file(lsdm: Call, run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    assert run("--store", old)[0] == 0
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(schema, "STEPS", {1: ("CREATE INDEX by_metric ON measures (metric)",)})
    code, _, err = run("--store", old)
    assert (code, err.count("\n")) == (2, 1)
    assert f"`lsdm migrate {old} NEW`" in err
    code, out, _ = lsdm("migrate", old, new)
    assert (code, out) == (0, f"the rows of {old} (schema version 1) are in {new}; the old file is as it was\n")
    code, out, _ = run("--store", new)
    assert (code, out.splitlines()[0]) == (0, "0 blocks to run, 3 stored already")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_has_a_dictionary_of_every_column_and_name(
    lsdm: Call, run: Call, studies: Path, tmp_path: Path, kind: str
):
    from pandas import read_csv, read_parquet

    assert run("--store", tmp_path / "s.sqlite")[0] == 0
    out = tmp_path / f"rows.{kind}"
    places = ("--studies", studies, "--store", tmp_path / "s.sqlite", "--out", out)
    code, printed, _ = lsdm("export", "--format", kind, *places)
    beside = tmp_path / "rows.dictionary.csv"
    assert (code, printed) == (0, f"30 rows in {out}; its columns are explained in {beside}\n")
    table = read_csv(out) if kind == "csv" else read_parquet(out)
    with beside.open(newline="") as file:
        entries = list(csv.DictReader(file))
    assert [entry["entry"] for entry in entries if entry["kind"] == "column"] == list(table.columns)
    assert all(entry["meaning"] and entry["type"] for entry in entries if entry["kind"] == "column")
    names = {entry["entry"]: entry for entry in entries if entry["kind"] == "name"}
    assert set(names) == set(table["name"]) | {"failure"}
    assert (names["error"]["type"], names["picture"]["type"]) == ("real", "list of real")
    assert next(entry["unit"] for entry in entries if entry["entry"] == "seconds") == "s"


def test_names_of_metrics_are_explained_by_the_metric_and_times_are_in_seconds(rewrite, lsdm: Call, tmp_path: Path):
    path = rewrite(
        "class Timed(Spec):\n    '''How long it took.\n\n    More.\n    '''\n\n"
        "    def evaluate(self, evaluation):\n"
        "        return {'fit.seconds': np.ones(len(evaluation.replicates))}\n\n"
        "QUICK = QUICK.replace(metrics=(Timed(),))"
    )
    places = ("--studies", path.parent, "--store", tmp_path / "s.sqlite")
    lsdm("run", "--quick", "--executor", "serial", *places)
    lsdm("export", *places, "--out", tmp_path / "rows.parquet")
    text = (tmp_path / "rows.dictionary.csv").read_text()
    assert "name,fit.seconds,real,s,Timed: How long it took.\n" in text


def test_every_shard_of_one_run_may_run_at_the_same_time_and_the_whole_store_stays(run: Call, tmp_path: Path):
    with Store(tmp_path / "s.sqlite", writable=True):
        code, out, _ = run("--store", tmp_path / "s.sqlite", "--shard", "1/1")
    assert (code, out.splitlines()[0]) == (0, "3 blocks to run, 0 stored already")
