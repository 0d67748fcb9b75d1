"""The command: what it prints, what it returns, and how it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from lsdm_stats import plots, study
from lsdm_stats.cli import main
from lsdm_stats.cli.drawing import VenueName

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lsdm(studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command on the toy study and a store of its own; returns exit code, stdout and stderr."""

    def call(command: str, *arguments: str) -> tuple[int, str, str]:
        places = (
            ("--studies", str(studies))
            if command == "list"
            else ("--studies", str(studies), "--store", str(tmp_path / "s.sqlite"))
        )
        with pytest.raises(SystemExit) as caught:
            main([command, *places, *arguments])
        out, err = capsys.readouterr()
        code = caught.value.code
        return (code if isinstance(code, int) else 0), out, err

    return call


def test_run_prints_a_line_per_block_and_a_second_run_has_nothing_to_do(lsdm: Call):
    code, out, _ = lsdm("run", "toy", "--quick", "--executor", "serial")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "3 blocks to run, 0 stored already"
    assert lines[1].startswith("[1/3] done toy (quick): centred, n=5, m=0, all, replicates 0–1 (")
    assert lines[-1].startswith("3 blocks done, 0 failed, 0 refused, 0 stored before; store: ")
    code, out, _ = lsdm("run", "toy", "--quick", "--executor", "serial")
    assert (code, out.splitlines()[0]) == (0, "0 blocks to run, 3 stored already")


def test_run_says_what_failed_and_still_returns_zero_unless_it_should_stop(lsdm: Call, rewrite):
    rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='no pairs')), ('good', Mean())))")
    code, out, _ = lsdm("run", "--quick", "--executor", "serial", "--fail-fast")
    assert code == 1
    assert re.search(r"failed toy \(quick\): centred, n=5, m=0, bad, replicates 0–1 \(.* s\): no pairs", out)
    assert re.search(r"^failed: [0-9a-f]{12} toy \(quick\): centred, n=5, m=0, bad, .*: no pairs$", out, re.M)
    code, out, _ = lsdm("run", "--quick", "--executor", "serial")
    assert code == 0
    assert "1 blocks are stored as failed: see `lsdm status`; run them again with --retry-failed" in out
    assert lsdm("run", "--quick", "--executor", "serial", "--retry-failed")[1].startswith(
        "2 blocks to run, 2 stored already"
    )


def test_refused_rows_give_exit_code_one(lsdm: Call, rewrite, studies: Path):
    rewrite("QUICK = QUICK.replace(metrics=(Error(),))")
    lsdm("run", "--quick", "--executor", "serial")
    path = rewrite("")
    path.write_text(path.read_text().replace("1e-3 *", "2e-3 *"))
    code, out, _ = lsdm("run", "--quick", "--executor", "serial")
    assert code == 1
    assert "its new rows are refused" in out
    assert "3 refused" in out


def test_status_counts_cells_and_names_failed_and_stale_ones(lsdm: Call, rewrite):
    rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='no pairs')), ('good', Mean())))")
    lsdm("run", "--quick", "--executor", "serial")
    code, out, _ = lsdm("status")
    assert code == 0
    line = next(line for line in out.splitlines() if "quick" in line)
    assert " ".join(line.split()).startswith("toy quick 4 2 2 0 0 4 ")
    assert "centred, n=5, m=0, bad, replicates 0–1: no pairs" in out
    assert "stale" not in out
    assert [line.split(" ")[1:5] for line in out.splitlines() if line.startswith("failed: ")] == [
        ["2", "cells,", "the", "first"]
    ]
    rewrite("QUICK = QUICK.replace(methods=(('good', Mean()),))")
    state = json.loads(lsdm("status", "--json")[1])
    assert [entry["label"] for entry in state["stale"]] == [
        f"toy (quick): centred, n=5, m={m}, bad, replicates 0–1" for m in (0, 20)
    ]
    assert {entry["scale"]: entry["done"] for entry in state["studies"]} == {"quick": 2, "full": 2}
    out = lsdm("status")[1]
    assert "rows of 2 cells of toy are stale: of an earlier design" in out
    assert len(re.findall(r"^stale: [0-9a-f]{12} toy \(quick\): centred", out, re.M)) == 2


def test_status_of_one_scale_only(lsdm: Call):
    states = json.loads(lsdm("status", "--quick", "--json")[1])["studies"]
    assert [state["scale"] for state in states] == ["quick"]


def test_many_alike_lines_are_one_line_with_their_number(lsdm: Call, rewrite):
    rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='no pairs')),), n_paired=(5, 6, 7, 8))")
    out = lsdm("run", "--quick", "--executor", "serial")[1]
    (line,) = [line for line in out.splitlines() if line.startswith("failed: ")]
    assert re.fullmatch(r"failed: 8 cells, the first [0-9a-f]{12} toy \(quick\): centred, n=5, .*: no pairs", line)
    assert line in lsdm("status")[1].splitlines()
    rewrite("QUICK = QUICK.replace(seed=9)")
    out = lsdm("status")[1]
    line = "rows of 8 cells of toy are stale: of an earlier design, or of a study file that is not loaded; harmless"
    assert line in out.splitlines()
    assert "stale: " not in out.replace("are stale: ", "")
    assert len(json.loads(lsdm("status", "--json")[1])["stale"]) == 8


def test_status_without_a_store_shows_everything_missing_and_makes_none(lsdm: Call, tmp_path: Path):
    code, out, _ = lsdm("status")
    assert code == 0
    line = next(line for line in out.splitlines() if "full" in line)
    assert " ".join(line.split()).startswith("toy full 36 0 0 0 36 0 ")
    assert "unknown" in out
    assert not (tmp_path / "s.sqlite").exists()


def test_replay_reproduces_a_stored_cell_and_tells_when_it_does_not(lsdm: Call, rewrite, tmp_path: Path):
    lsdm("run", "--quick", "--executor", "serial")
    from lsdm_stats.study import Store

    with Store(tmp_path / "s.sqlite") as store:
        key = next(iter(store.cells()))
    code, out, _ = lsdm("replay", key[:10])
    assert code == 0
    assert "reproduces: 4 numbers and 1 arrays are equal to those stored" in out
    path = rewrite("")
    path.write_text(path.read_text().replace("1e-3 *", "2e-3 *"))
    code, out, _ = lsdm("replay", key[:10])
    assert code == 1
    assert "does not reproduce: error of replicate 0 differs" in out
    assert lsdm("replay", "zz")[0] == 2


def test_replay_of_a_failed_cell_shows_where_it_failed(lsdm: Call, rewrite):
    rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='by zero')),), n_unpaired=(0,))")
    lsdm("run", "--quick", "--executor", "serial")
    key = json.loads(lsdm("status", "--json")[1])["studies"][0]["failures"][0][0]
    code, out, err = lsdm("replay", key)
    assert code == 0
    assert "toy.py" in err
    assert "ZeroDivisionError: by zero" in err
    assert "replicate 1 failed: ZeroDivisionError: by zero" in out
    assert out.endswith("\nreproduces: the failure is the stored one\n")
    path = rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='by zero')),), n_unpaired=(0,))")
    path.write_text(path.read_text().replace("ZeroDivisionError(", "OverflowError("))
    code, out, _ = lsdm("replay", key)
    assert code == 1
    assert "does not reproduce: stored: failed (" in out


def test_export_writes_every_loaded_study(lsdm: Call, tmp_path: Path):
    from pandas import read_parquet

    lsdm("run", "--quick", "--executor", "serial")
    code, out, _ = lsdm("export", "--format", "parquet", "--out", str(tmp_path / "rows.parquet"))
    assert code == 0
    assert out.startswith(f"30 rows in {tmp_path / 'rows.parquet'}; its columns are explained in ")
    rows = read_parquet(tmp_path / "rows.parquet")
    # The quick cells are the first blocks of the full design, so they are rows of both scales.
    assert rows["scale"].value_counts().to_dict() == {"quick": 15, "full": 15}


def test_figures_are_drawn_from_the_store_and_are_the_same_bytes_twice(lsdm: Call, studies: Path, tmp_path: Path):
    lsdm("run", "--quick", "--executor", "serial")
    (studies.parent / "figures").mkdir()
    (studies.parent / "figures" / "toy.py").write_text(
        "from lsdm_stats import plots\n\ndef draw(table):\n    figure = plots.new_figure()\n"
        "    figure.subplots().plot(table.query(\"name == 'error'\")['value'].to_numpy())\n    return figure\n"
    )
    for folder in ("one", "two"):
        code, out, _ = lsdm("figures", "--quick", "--out", str(tmp_path / folder))
        assert code == 0
        assert out.split() == [str(tmp_path / folder / f"toy_quick.{kind}") for kind in ("pdf", "png", "txt")]
    for kind in ("pdf", "png", "txt"):
        assert (tmp_path / "one" / f"toy_quick.{kind}").read_bytes() == (
            tmp_path / "two" / f"toy_quick.{kind}"
        ).read_bytes()


def test_every_venue_of_the_plots_can_be_asked_for():
    assert list(get_args(VenueName)) == [str(venue) for venue in plots.Venue]


def test_figures_have_captions_venues_and_further_figures(lsdm: Call, studies: Path, rewrite, tmp_path: Path):
    (studies.parent / "figures").mkdir()
    (studies.parent / "figures" / "toy.py").write_text(
        "from lsdm_stats import plots\n\n"
        "def draw(table):\n    'Nothing.'\n    return plots.new_figure()\n\n"
        "def draw_more(table):\n    return plots.new_figure()\n\n"
        "def draw_never(table):\n    return None\n"
    )
    # A study of which a block failed lacks rows for good: what they would show is not drawn.
    rewrite("QUICK = QUICK.replace(methods=(('bad', Mean(raises='no pairs')), ('all', Mean())))")
    lsdm("run", "--quick", "--executor", "serial")
    code, out, err = lsdm("figures", "--quick", "--venue", "neurips", "--out", str(tmp_path / "out"))
    assert code == 0
    names = [f"toy{more}_quick.{kind}" for more in ("", "_more") for kind in ("pdf", "png", "txt")]
    assert out.split() == [str(tmp_path / "out" / name) for name in names]
    assert err == "toy_never: the rows that it shows are not there yet\n"
    caption = (tmp_path / "out" / "toy_quick.txt").read_text()
    assert caption.startswith("toy\n\nNothing.\n\nSources: centred. Pairs n: 5; unpaired responses m: 0, 20.")
    assert "lsdm figures toy --quick --venue neurips" in " ".join(caption.split())
    assert lsdm("figures", "--quick", "--venue", "nature")[0] == 2


def test_a_gallery_is_of_all_published_figures(lsdm: Call, studies: Path, rewrite, tmp_path: Path):
    rewrite("STUDY = QUICK.replace(seed=2)")
    lsdm("run", "--executor", "serial")
    lsdm("export", "--publish")
    (studies.parent / "figures" / "toy.py").write_text(
        "from lsdm_stats import plots\n\ndef draw(table):\n    'Nothing.'\n    return plots.new_figure()\n"
    )
    page = tmp_path / "docs" / "gallery.md"
    more = ("--out", str(tmp_path / "out"), "--gallery", str(page))
    code, out, _ = lsdm("figures", "--published", *more)
    assert code == 0
    assert out.split()[-2:] == [str(page.parent / "gallery" / "toy.png"), str(page)]
    assert "![](gallery/toy.png)\n\nNothing." in page.read_text()
    for arguments in (("toy", "--published", *more), more):
        code, _, err = lsdm("figures", *arguments)
        assert code == 2
        assert "--gallery must be used with --published and without names of studies" in err


def test_publishing_needs_a_complete_full_scale_study_and_serves_the_figures(
    lsdm: Call, studies: Path, rewrite, tmp_path: Path
):
    rewrite("STUDY = QUICK.replace(seed=2)")
    code, _, err = lsdm("figures", "--published")
    assert code == 2
    assert "published rows of toy are required" in err
    lsdm("run", "--quick", "--executor", "serial")
    code, _, err = lsdm("export", "--publish")
    assert code == 2
    assert "must be complete to be published; 3 of 3 cells are missing; run `lsdm run toy`" in err
    lsdm("run", "--executor", "serial")
    code, out, _ = lsdm("export", "--publish")
    assert (code, out.strip()) == (0, str(studies.parent / "figures" / "data" / "toy.parquet"))
    (studies.parent / "figures" / "toy.py").write_text(
        "from lsdm_stats import plots\n\ndef draw(table):\n    assert len(table) == 15\n    return plots.new_figure()\n"
    )
    assert lsdm("figures", "--published", "--out", str(tmp_path / "out"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "toyy"), "STUDY must be one of toy"),
        (("run", "--studies", "/no/such/place"), "there is none at /no/such/place; pass --studies DIR"),
        (("run", "--executor", "serial", "--workers", "2"), "workers must be 1 for the serial executor"),
        (("run", "--executor", "cluster"), "executor must be 'serial', 'process', 'dask:ADDRESS'"),
        (("run", "--executor", "dask:local:2", "--workers", "2"), "workers must be left out with Dask"),
        (("run", "--cell-timeout", "-1"), "cell-timeout must be a positive number of seconds; got -1"),
        (("run", "--executor", "serial", "--cell-timeout", "1"), "the serial executor has none that can"),
        (("run", "--store", "/proc/none/s.sqlite"), "/proc/none"),
        (("verdicts",), "the store {store} must exist; there is none yet; make it with `lsdm run`"),
        (("verdicts", "--published", "--quick"), "--published must be used without --quick"),
        (("figures",), "must exist; there is none yet"),
        (("export",), "must exist; there is none yet"),
        (("replay", ""), "KEY must be the beginning of one cell's key"),
        (("replay", "abcdefg"), "0 cells of the loaded studies have keys that begin with 'abcdefg'"),
    ],
)
def test_errors_of_the_users_making_are_one_line_and_exit_code_two(
    lsdm: Call, tmp_path: Path, arguments: tuple[str, ...], message: str
):
    code, out, err = lsdm(*arguments)
    assert code == 2
    assert out == ""
    assert message.format(store=tmp_path / "s.sqlite") in err
    assert err.startswith("lsdm: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--workers", "0"),
        ("run", "--executor", "cluster"),
        ("export", "--format", "pickle"),
        ("nothing",),
        ("run", "--nothing"),
    ],
)
def test_unknown_options_and_values_give_exit_code_two(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert caught.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "status", "verdicts", "figures", "export"])
def test_a_file_that_is_no_store_is_refused_by_every_command(lsdm: Call, tmp_path: Path, command: str):
    (tmp_path / "s.sqlite").write_text("my thesis")
    code, _, err = lsdm(command)
    assert code == 2
    assert "must be a file written by `lsdm run`; it is something else" in err
    assert (tmp_path / "s.sqlite").read_text() == "my thesis"


def test_a_broken_study_file_is_one_line_with_file_and_line(lsdm: Call, rewrite, studies: Path):
    rewrite("STUDY = PLAIN.replace(n_paired=(0,))")
    code, _, err = lsdm("run")
    assert code == 2
    assert err.startswith(f"lsdm: {studies / 'toy.py'}, line ")
    assert "n_paired: one or more distinct whole numbers from 1 are required; got (0,)" in err


def test_a_bug_is_shown_with_its_traceback(lsdm: Call, monkeypatch: pytest.MonkeyPatch):
    def broken(**_: object) -> None:
        json.loads("no JSON")

    monkeypatch.setattr(study, "find_studies", broken)
    with pytest.raises(ValueError, match="Expecting value"):
        main(["status"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def draw(table):\n    raise ValueError('a mistake')", "{file}, line 2: a mistake"),
        ("def f(x):\n    return x[0]\n\ndef draw(table):\n    return f({})", "{file}, line 2: KeyError: 0"),
        ("def draw(table):\n    return table['no']", "{file}, line 2: KeyError: 'no'"),
        ("def draw(table):\n    pass",
         "draw(table) of {file} must return a matplotlib figure; got None; end it with `return figure`"),
        ("def draw(table):\n    return 5",
         "draw(table) of {file} must return a matplotlib figure; got int; end it with `return figure`"),
        ("from lsdm_stats.plots import new_figure\ndef draw(table):\n    return new_figure()\n"
         "def draw_more(table):\n    pass",
         "draw_more(table) of {file} must return a matplotlib figure; got None; end it with `return figure`"),
    ],
    ids=["value", "function", "library", "none", "number", "further"],
)
def test_a_mistake_in_a_figure_file_is_one_line(lsdm: Call, studies: Path, tmp_path: Path, text: str, message: str):
    lsdm("run", "--quick", "--executor", "serial")
    file = studies.parent / "figures" / "toy.py"
    file.parent.mkdir()
    file.write_text(text)
    code, _, err = lsdm("figures", "--quick", "--out", str(tmp_path / "out"))
    assert (code, err) == (2, f"lsdm: {message.replace('{file}', str(file))}\n")


def test_no_figure_is_no_mistake_while_rows_are_missing(lsdm: Call, studies: Path, rewrite):
    lsdm("run", "--quick", "--executor", "serial")
    rewrite("QUICK = QUICK.replace(n_unpaired=(0, 20, 30))")
    (studies.parent / "figures").mkdir()
    (studies.parent / "figures" / "toy.py").write_text("def draw(table):\n    return None\n")
    code, _, err = lsdm("figures", "--quick")
    assert code == 0
    assert err.endswith("toy: the rows that it shows are not there yet\n")


def test_list_shows_studies_and_the_catalogue_of_every_room(lsdm: Call):
    lists = json.loads(lsdm("list", "--json")[1])
    assert lists["studies"] == {"toy": "A toy: the mean of Gaussian data."}
    rooms = {"populations", "image tasks", "image data sets", "latents", "matchers", "methods", "metrics"}
    assert set(lists) == {"studies", "theorems"} | rooms
    assert "SwissRoll" in lists["populations"]
    assert all(line for entries in lists.values() for line in entries.values())
    code, out, _ = lsdm("list")
    assert code == 0
    assert all(name in out for entries in lists.values() for name in entries)


def test_store_is_taken_from_the_environment(studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LSDM_STORE", str(tmp_path / "elsewhere.sqlite"))
    with pytest.raises(SystemExit):
        main(["run", "--quick", "--executor", "serial", "--studies", str(studies)])
    assert (tmp_path / "elsewhere.sqlite").exists()


HEAVY = ("torch", "ot", "pandas", "matplotlib", "sklearn", "scipy.stats", "distributed")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]):
    program = (
        "import sys\nfrom lsdm_stats.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert answer.stderr.strip() == "[]"
    assert "Usage" in answer.stdout


def test_module_and_real_process_return_the_exit_code(studies: Path, tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "lsdm_stats",
        "run",
        "--quick",
        "--workers",
        "1",
        "--studies",
        str(studies),
        "--store",
    ]
    good = subprocess.run([*command, str(tmp_path / "s.sqlite")], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert "3 blocks done" in good.stdout
    bad = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1


GROWING = "QUICK = QUICK.replace(replicates=20, block=10, metrics=(Error(),))"
UNTIL = ("--target-mcse", "error.signed=0.1", "--max-replicates", "60")


def test_run_until_precise_says_where_it_got_and_every_other_command_reads_it_on_request(
    lsdm: Call, rewrite, tmp_path: Path
):
    rewrite(GROWING)
    code, out, _ = lsdm("run", "--quick", "--executor", "serial", *UNTIL)
    assert code == 0
    assert "targets reached in " in out
    assert "not reached: toy: centred, n=5, m=0, " in out
    assert out.splitlines()[-1] == "for verdicts, figures and export of all replicates add --max-replicates 60"
    _, out, err = lsdm("verdicts", "--quick")
    assert "further cells are left out, of replicates beyond the 20 that the study asks for; --max-replicates N" in err
    assert "left out" not in lsdm("verdicts", "--quick", "--max-replicates", "60")[2]
    _, out, _ = lsdm("status")
    assert "further cells" in out
    assert "stale" not in out
    states = json.loads(lsdm("status", "--json")[1])["studies"]
    assert next(state["further"] for state in states if state["scale"] == "quick") > 0
    for options, more in (((), False), (("--max-replicates", "60"), True)):
        with pytest.raises(SystemExit):
            main(["export", "--format", "csv", "--out", str(tmp_path / "x.csv"), "--store", str(tmp_path / "s.sqlite"),
                  "--studies", str(tmp_path / "simulations"), *options])
        assert ((tmp_path / "x.csv").read_text().count("toy,quick") > 120) == more


@pytest.mark.parametrize(("maximum", "said"), [("8", True), ("19", True), ("4", False), ("20", False)])
def test_a_maximum_without_room_for_a_block_is_told(lsdm: Call, rewrite, maximum: str, said: bool):
    rewrite("QUICK = QUICK.replace(replicates=4, block=10, metrics=(Error(),))")
    targets = ("--target-mcse", "error.signed=0.0001", "--max-replicates", maximum)
    code, out, _ = lsdm("run", "--quick", "--executor", "serial", *targets)
    assert code == 0
    line = (f"nothing added: toy: the next block, replicates 10–19, goes beyond --max-replicates {maximum}; "
            "raise it to 20 or more, or make `block` smaller")
    assert out.splitlines().count(line) == said
    assert ("nothing added" in out) == said


def test_replay_finds_a_further_cell(lsdm: Call, rewrite, tmp_path: Path):
    rewrite(GROWING)
    lsdm("run", "--quick", "--executor", "serial", *UNTIL)
    from lsdm_stats.study import Store

    with Store(tmp_path / "s.sqlite") as store:
        key = next(key for key, cell in store.cells().items() if "replicates 20–29" in cell.label)
    code, out, _ = lsdm("replay", key)
    assert code == 0
    assert "replicates 20–29" in out
    assert "reproduces: 20 numbers" in out


def test_plan_shows_what_is_needed_and_what_is_not_known(lsdm: Call, rewrite):
    rewrite(GROWING)
    lsdm("run", "--quick", "--executor", "serial")
    rewrite(GROWING.replace("metrics", "n_unpaired=(0, 20, 30), metrics"))
    code, out, _ = lsdm("plan", "--quick", *UNTIL)
    assert code == 0
    assert "error.signed" in out
    assert "not known for 1 of 4 settings: none of their replicates are stored" in out
    assert "60 (maximum)" in lsdm("plan", "--quick", "--target-mcse", "1%", "--max-replicates", "60")[1]
    _, out, _ = lsdm("plan", "--quick")
    assert "2 blocks to add, 0 s with one worker, where it is known" in out
    rewrite("QUICK = QUICK.replace(seed=9)")
    assert "3 blocks to add, time unknown\n" in lsdm("plan", "--quick")[1]
    rewrite(GROWING.replace("metrics", "n_unpaired=(0, 20, 30), metrics"))
    plans = json.loads(lsdm("plan", "--quick", "--json", *UNTIL)[1])
    assert [one["stored"] for one in plans] == [20, 20, 0, 20]
    assert [one["needed"] is None for one in plans] == [False, False, True, False]


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target-mcse", "2%"), "--target-mcse must be used together with --max-replicates"),
        (("--max-replicates", "50"), "--max-replicates must be used together with --target-mcse"),
        (("--target-mcse", "2", "--max-replicates", "50"), "--target-mcse must be a percentage of every mean"),
        (("--target-mcse", "2%", "--max-replicates", "1"), "--max-replicates must be at least the 2 that toy asks for"),
    ],
    ids=["alone", "no target", "no percentage", "too few"],
)
def test_targets_that_cannot_be_used_are_refused(lsdm: Call, command: str, options: tuple[str, ...], message: str):
    lsdm("run", "--quick", "--executor", "serial")
    code, out, err = lsdm(command, "--quick", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
