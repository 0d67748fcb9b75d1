"""``lsdm distance``: what it reads, what it prints, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lsdm_stats.cli import main
from lsdm_stats.wasserstein import exact, interval

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command in a directory of its own; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["distance", *arguments])
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def samples(n=40, m=30, dim=2):
    rng = np.random.default_rng(1)
    return rng.uniform(size=(n, dim)), rng.uniform(size=(m, dim)) + 0.5


def test_all_formats_hold_the_same_points(call):
    x, y = samples()
    np.save("a.npy", x)
    pd.DataFrame(x, columns=["u", "v"]).to_parquet("a.parquet")
    pd.DataFrame(x, columns=["u", "v"]).to_csv("a.csv", index=False)
    pd.DataFrame(x).to_csv("bare.csv", index=False, header=False)
    np.save("b.npy", y)
    expected = exact(x, y)
    for file in ("a.npy", "a.parquet", "a.csv", "bare.csv"):
        code, out, _ = call(file, "b.npy", "--json")
        assert code == 0
        found = json.loads(out)
        assert found["value"] == pytest.approx(expected.value, rel=1e-12)
        assert found["lower"] <= found["value"] <= found["upper"]
        assert found["rows"] == [40, 30]


def test_intervals(call):
    x, y = samples()
    np.save("a.npy", x)
    np.save("b.npy", y)
    expected = interval(x, y, diameter=2.2, level=0.9, rng=np.random.default_rng(7))
    _, out, _ = call("a.npy", "b.npy", "--json", "--diameter", "2.2", "--level", "0.9", "--seed", "7")
    found = json.loads(out)["intervals"]
    for name in ("certified", "asymptotic", "held_out"):
        wanted = getattr(expected, name)
        assert found[name] == {"lower": wanted.lower, "estimate": wanted.estimate, "upper": wanted.upper}
    _, text, _ = call("a.npy", "b.npy", "--diameter", "2.2")
    for part in ("W1 of the samples", "certificate", "40 and 30 points", "certified", "asymptotic", "held-out"):
        assert part in text
    assert json.loads(call("a.npy", "a.npy", "--json", "--shared")[1])["value"] == 0


def test_weights_order_and_blocks(call):
    x, y = samples(5, 5, 3)
    w = np.arange(1.0, 6.0)
    pd.DataFrame(np.column_stack([x, w]), columns=["p", "q", "r", "mass"]).to_csv("a.csv", index=False)
    pd.DataFrame(np.column_stack([y, w]), columns=["p", "q", "r", "mass"]).to_csv("b.csv", index=False)
    _, out, _ = call("a.csv", "b.csv", "--json", "--weights", "mass", "--order", "2", "--blocks", "1,2")
    found = json.loads(out)
    expected = exact(x, y, order=2, blocks=(1, 2), x_weights=w, y_weights=w)
    assert found["value"] == pytest.approx(expected.value, rel=1e-12)
    assert found["intervals"] is None
    assert "order 1" in found["no_intervals_because"]
    np.save("c.npy", np.column_stack([x, w]))
    assert json.loads(call("c.npy", "c.npy", "--json", "--weights", "4")[1])["value"] == 0


def test_one_column(call):
    np.save("a.npy", np.array([0, 1]))
    np.save("b.npy", np.array([3.0, 2.0]))
    assert json.loads(call("a.npy", "b.npy", "--json")[1])["value"] == 2


CSV = "u,v\n1,2\n3,4\n"


@pytest.mark.parametrize(("text", "options", "message"), [
    ("u,v\n1,2\n3,x\n", (), "line 3, column v is 'x'"),
    ("u,v\n1,2\n3,\n", (), "line 3, column v is empty"),
    ("u,v\n1,2\n3,nan\n", (), "line 3, column v"),
    ("u,v\n1,2,3\n", (), "line 2 has 3"),
    ("", (), "at least one row"),
    ("u,v\n", (), "at least one row"),
    ("u\n1\n", (), "same columns; got 1"),
    ("v,u\n1,2\n", (), "column 1 is v in a.csv, u in good.csv"),
    (CSV, ("--weights", "mass"), "one column named mass"),
    (CSV, ("--blocks", "2,x"), "--blocks must be"),
    (CSV, ("--blocks", "1,2"), "blocks must add up"),
    (CSV, ("--order", "3"), "order must be 1 or 2"),
    (CSV, ("--order", "2", "--diameter", "9"), "leave them out"),
    (CSV, ("--diameter", "9"), "at least four points"),
])
def test_a_bad_file_or_option_is_one_line_and_exit_code_2(call, text, options, message):
    Path("a.csv").write_text(text)
    Path("good.csv").write_text(CSV)
    code, out, err = call("a.csv", "good.csv", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_files_that_are_no_points(call, tmp_path):
    np.save("good.npy", np.zeros((2, 2)))
    np.save("cube.npy", np.zeros((2, 2, 2)))
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    Path("torn.npy").write_bytes(b"\x93NUMPY")
    Path("torn.parquet").write_bytes(b"PAR1")
    Path("folder.csv").mkdir()
    Path("points.txt").write_text("1")
    pd.DataFrame({"u": [1.0], "v": ["x"]}).to_parquet("words.parquet")
    cases = {
        "cube.npy": "shape (n, dim)",
        "objects.npy": "numpy.save",
        "torn.npy": "numpy.save",
        "words.parquet": "v is",
        "torn.parquet": "Parquet",
        "folder.csv": "a directory",
        "points.txt": "must be a .csv",
        "none.csv": "no file",
    }
    for file, message in cases.items():
        code, _, err = call(file, "good.npy")
        assert code == 2
        assert message in err
        assert err.count("\n") == 1
