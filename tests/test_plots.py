"""Figures: intervals, files that repeat byte for byte, style that stays inside, venues and captions."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from lsdm_stats import plots
from lsdm_stats.inference import mean_interval, ratio_interval
from lsdm_stats.plots import Venue
from lsdm_stats.study import Verdict


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
            "source": "line",
            "key": f"{method}{n}",
            "scale": "quick",
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


def test_summaries_of_a_column_and_of_its_rows_agree():
    rows = plots.fits(table())
    assert len(rows) == 16
    one = plots.summarise(rows, "score", ["method", "n_paired"])
    assert one.to_dict() == plots.means(table(), "score", ["method", "n_paired"]).to_dict()


def test_a_ratio_is_of_the_replicates_that_both_settings_have():
    rows = table()
    rows = rows[(rows["n_paired"] == 10) | (rows["replicate"] != 1)]
    rows.loc[rows.index[0], "status"] = "failed"
    found = plots.ratio(rows, "score", {"method": "a", "n_paired": 20}, {"method": "a", "n_paired": 10})
    assert found == ratio_interval([22.0, 23.0], [12.0, 13.0])
    assert plots.ratio(rows, "score", {"method": "a"}, {"method": "none"}) is None


@pytest.mark.parametrize(("venue", "width"), [("jmlr", 6.0), ("neurips", 5.5), ("icml", 6.75), ("aistats", 6.75)])
def test_a_figure_is_as_wide_as_the_text_of_its_venue_and_its_letters_can_be_read(venue, width):
    with plots.style(Venue(venue)):
        with plots.style():  # as in a figure script
            assert plots.new_figure().get_figwidth() == pytest.approx(width)
            assert plots.new_figure(9.0, 2.0).get_size_inches().tolist() == pytest.approx([width, 2.0])
            assert plots.new_figure(3.0).get_figwidth() == 3.0
        sizes = [mpl.rcParams[name] for name in ("font.size", "axes.titlesize", "xtick.labelsize", "legend.fontsize")]
        assert min(sizes) >= plots.SMALL
    assert plots.new_figure().get_figwidth() == 6.0


def test_fonts_are_those_that_come_with_matplotlib():
    from matplotlib.font_manager import FontProperties, findfont

    with plots.style():
        for weight in ("normal", "bold"):
            found = findfont(FontProperties(weight=weight), fallback_to_default=False)
            assert found.startswith(mpl.get_data_path())


def test_a_long_headline_is_wrapped_inside_the_figure():
    with plots.style(Venue.neurips):
        figure = plots.new_figure()
        figure.subplots()
        plots.headline(figure, "every word counts " * 12)
        figure.draw_without_rendering()
        box = figure._suptitle.get_window_extent()
    assert box.x1 <= figure.bbox.width
    assert box.height > 2 * 9


def test_a_shared_legend_has_every_label_once():
    figure = plots.new_figure()
    panels = figure.subplots(1, 3)
    plots.shared_legend(figure, panels, loc="outside lower center", ncols=2)
    assert figure.legends == []
    panels[0].plot([0, 1], label="a")
    panels[1].plot([0, 1], label="b")
    panels[2].plot([0, 1], label="a")
    plots.shared_legend(figure, panels, loc="outside lower center", ncols=2)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def verdict(**changes):
    base = {"title": "means", "label": "A1", "kind": "sure", "role": "claim", "expect": "holds", "outcome": "holds",
            "rows": 4, "settings": 1, "failed": 0, "incomplete": 0, "missing": 0, "violations": 0,
            "summary": "in 4 rows"}
    return Verdict(**{**base, **changes})


class Asked:
    """A study, as far as a caption is concerned."""

    name, n_test, replicates, seed = "toy", 1000, 5, 3

    def settings(self):
        return [None] * 4


def test_a_caption_says_what_is_shown_of_how_much_with_which_verdicts_and_where_from():
    rows = table()
    rows.loc[0, "status"] = "failed"
    flagged = verdict(role="control", expect="violated", outcome="violated", title="control: none", label="")
    verdicts = [verdict(), flagged, verdict(role="prediction", outcome="violated")]
    provenance = {key: {"package": "0.1.0", "git_commit": "abc" if key[0] == "a" else ""} for key in rows["key"]}
    with plots.style():
        figure = plots.new_figure()
        plots.headline(figure, "joint $W_1$ falls")
    caption = plots.caption("toy", figure, "Means.\n\n    Of all\n    fits.\n    ", study=Asked(), rows=rows,
                            verdicts=verdicts, provenance=provenance, command="lsdm figures toy")
    assert caption.finding == "joint W1 falls."
    assert caption.shown == ("Means.", "Of all fits.")
    assert caption.sample == (
        "Sources: line. Pairs n: 10, 20; unpaired responses m: 0. Methods: a, b. 4 settings, 4 replicates of each, "
        "evaluated on 1,000 fresh points. Failed fits: 1. The study asks for 4 settings and 5 replicates: it is "
        "incomplete."
    )
    assert caption.verdicts == ("claim holds: means (A1): in 4 rows", "control flagged, as it must be: none: in 4 rows",
                                "prediction refuted: means (A1): in 4 rows")
    assert "16 rows of 4 cells at quick scale, seed 3; computed by lsdm_stats 0.1.0 at commits abc, no repository;" in (
        caption.origin
    )
    assert max(map(len, caption.text().splitlines())) <= 100


def test_a_small_picture_has_few_colours_and_repeats(tmp_path):
    from PIL import Image

    with plots.style():
        figure = plots.new_figure()
        figure.subplots().plot([0, 1])
        _, png = plots.save(figure, tmp_path / "figure")
    one, two = (plots.save_for_screen(png, tmp_path / name / "small.png").read_bytes() for name in ("one", "two"))
    assert one == two
    with Image.open(tmp_path / "one" / "small.png") as image:
        assert image.width == 900
        assert image.mode == "P"


def test_a_small_picture_keeps_the_colours_of_lines_beside_a_map(tmp_path):
    from matplotlib.colors import to_rgb
    from PIL import Image

    with plots.style():
        figure = plots.new_figure(6.75, 3.0)
        left, right = figure.subplots(1, 2)
        left.imshow(np.linspace(0, 1, 10_000).reshape(100, 100), cmap="cividis")
        for index, colour in enumerate(plots.COLOURS):
            right.plot([0, 1], [index, index], color=colour)
        _, png = plots.save(figure, tmp_path / "figure")
    with Image.open(plots.save_for_screen(png, tmp_path / "small.png")) as image:
        shown = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(float)
    for colour in plots.COLOURS:
        assert np.abs(shown - 255 * np.array(to_rgb(colour))).max(axis=1).min() < 25, colour
