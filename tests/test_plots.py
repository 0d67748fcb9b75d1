"""Figures: intervals, files that repeat byte for byte, style that stays inside."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from lsdm_stats import plots
from lsdm_stats.inference import mean_interval


def table():
    rows = [
        {
            "method": method,
            "n_paired": n,
            "n_unpaired": 0,
            "replicate": r,
            "name": "score",
            "value": n + r,
            "array": None,
            "status": "ok",
        }
        for method in ("a", "b")
        for n in (10, 20)
        for r in range(4)
    ]
    return pd.DataFrame(rows)


def test_means_are_means_with_t_intervals():
    summary = plots.means(table(), "score", ["method", "n_paired"])
    assert summary[["method", "n_paired"]].to_numpy().tolist() == [["a", 10], ["a", 20], ["b", 10], ["b", 20]]
    expected = mean_interval(np.arange(10.0, 14.0))
    assert summary.loc[0, ["mean", "lower", "upper"]].tolist() == [expected.estimate, expected.lower, expected.upper]


def test_failed_rows_do_not_enter_means():
    rows = table()
    rows.loc[0, ["status", "value"]] = ["failed", np.nan]
    assert plots.means(rows, "score", ["method", "n_paired"]).loc[0, "replicates"] == 3


def test_a_name_that_is_not_there_gives_an_empty_summary():
    assert plots.means(table(), "nothing", ["method"]).empty


def test_saved_files_repeat_byte_for_byte(tmp_path):
    def draw(folder):
        with plots.style():
            figure = plots.new_figure()
            axes = figure.subplots()
            summary = plots.means(table(), "score", ["n_paired"])
            plots.curve(axes, [10, 20], summary, label="a", index=0)
            plots.level_line(axes, summary.head(1), label="floor", index=1)
            axes.legend()
        return [path.read_bytes() for path in plots.save(figure, tmp_path / folder / "figure")]

    assert draw("one") == draw("two")
    assert (tmp_path / "one" / "figure.pdf").exists()


def test_axes_have_ticks_at_the_sizes_and_plain_numbers():
    axes = plots.new_figure().subplots()
    axes.plot([50, 800], [0.03, 6])
    plots.size_axis(axes, [800, 50, 3_200, 50])
    plots.log_values(axes)
    axes.figure.canvas.draw()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["50", "800", "3,200"]
    assert axes.get_xlabel() == "pairs $n$"
    assert {"0.1", "1"} <= {tick.get_text() for tick in axes.get_yticklabels()}
    minor = {tick.get_text() for tick in axes.get_yticklabels(minor=True)}
    assert {"0.2", "0.5", "2", "5", ""} <= minor
    assert not minor & {"0.3", "3", "4"}


def test_the_style_does_not_leak():
    before = mpl.rcParams["font.size"], mpl.rcParams["font.family"]
    with plots.style():
        assert mpl.rcParams["font.family"] == ["serif"]
        assert mpl.rcParams["font.size"] < before[0]
    assert (mpl.rcParams["font.size"], mpl.rcParams["font.family"]) == before


def test_a_picture_that_is_missing_is_named():
    with pytest.raises(ValueError, match=r"the table must hold the picture examples\.generated"):
        plots.picture_array(table(), "examples.generated")
