"""``lsdm report``: where the page goes, what it is made from, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest

from lsdm_stats.cli import main
from lsdm_stats.study import Store

ROOT = Path(__file__).resolve().parents[2]
FIGURE = "from lsdm_stats.plots import new_figure\n\n\ndef draw(table):\n    return new_figure()\n"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lsdm(studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command on the toy study and a store of its own; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "toy.py").write_text(FIGURE)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--studies", str(studies), "--store", "s.sqlite"])
        out, err = capsys.readouterr()
        return (caught.value.code if isinstance(caught.value.code, int) else 0), out, err

    return call


def test_the_page_goes_to_results_and_its_path_is_printed(lsdm: Call):
    lsdm("run", "--quick", "--executor", "serial")
    code, out, _ = lsdm("report", "--quick")
    assert code == 0
    assert re.fullmatch(r"results/report\.html \(0\.\d MB\)\n", out)
    assert Path("results/report.html").read_text().startswith("<!DOCTYPE html>")


def test_the_same_rows_give_the_same_page(lsdm: Call):
    lsdm("run", "--quick", "--executor", "serial")
    for name in ("a.html", "b.html"):
        lsdm("report", "--quick", "--out", name)
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()


def test_a_store_without_rows_is_one_line_and_no_page(lsdm: Call, rewrite):
    rewrite("STUDY = STUDY.replace(seed=2)")
    code, out, err = lsdm("report")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    lsdm("run", "--quick", "--executor", "serial")
    code, out, err = lsdm("report")  # rows of the quick scale alone
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].endswith(
        "it has none of toy, but rows at quick scale of toy; add --quick, or run `lsdm run`")
    assert not Path("results").exists()


def test_a_store_that_is_being_written_to_is_only_read(lsdm: Call):
    lsdm("run", "--quick", "--executor", "serial")
    before = Path("s.sqlite").read_bytes()
    with Store(Path("s.sqlite"), writable=True):
        code, _, err = lsdm("report")
    assert code == 0
    assert "toy (full): 33 of 36 cells are not in the store yet" in err
    page = Path("results/report.html").read_text()
    assert "6 fits are there; none of them failed; 54 that the studies ask for" in page
    assert "33 of 36 cells are not computed yet" in page
    assert Path("s.sqlite").read_bytes() == before


def test_an_unknown_study_is_named(lsdm: Call):
    code, _, err = lsdm("report", "toys")
    assert (code, "got 'toys'" in err) == (2, True)


def test_quick_and_published_exclude_each_other(lsdm: Call):
    code, _, err = lsdm("report", "--quick", "--published")
    assert (code, "got both" in err) == (2, True)


def test_rows_of_further_replicates_are_taken_in_on_demand(lsdm: Call):
    lsdm("run", "--quick", "--executor", "serial", "--target-mcse", "error=1e-9", "--max-replicates", "4")
    lsdm("report", "--quick", "--out", "own.html")
    lsdm("report", "--quick", "--out", "all.html", "--max-replicates", "4")
    own, taken = (Path(name).read_text() for name in ("own.html", "all.html"))
    assert "6 fits are there" in own
    assert "12 fits are there" in taken
    assert "lsdm verdicts toy --quick --store s.sqlite --max-replicates 4 --studies" in taken


def test_published_rows_make_a_page_with_their_provenance(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page.html"
    with pytest.raises(SystemExit) as caught:
        main(["report", "two_stage_bound", "--published", "--studies", str(ROOT / "simulations"), "--out", str(page)])
    capsys.readouterr()
    assert caught.value.code in (0, None)
    text = page.read_text()
    assert "read from the published full-scale rows" in text
    rows = ROOT / "figures" / "data" / "two_stage_bound.parquet"
    known = pandas.read_parquet(rows, columns=["git_commit", "started"])
    assert all(value in text for value in (*known["git_commit"].unique(), known["started"].min()))
    assert "lsdm verdicts two_stage_bound --published" in text
    assert "once it is in your store" in text
