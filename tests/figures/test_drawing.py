"""Figures of published rows: legible at every venue, as the gallery shows them, and drawn from parts of a study too."""

import os
import re
import subprocess
import sys

import pytest
from drawings import FILES, ROOT, caption, draws, published
from legibility import problems
from matplotlib.figure import Figure

from lsdm_stats import plots
from lsdm_stats.plots import Venue

each = pytest.mark.parametrize("name", FILES)
GALLERY = ROOT / "docs" / "gallery.md"
LARGEST = 150_000  # bytes of a picture in the gallery


@each
def test_figures_are_legible_and_the_gallery_shows_them(name):
    page = GALLERY.read_text(encoding="utf-8")
    with plots.style(Venue.jmlr):
        for label, draw in draws(name).items():
            figure = draw(published(name))
            assert isinstance(figure, Figure)
            assert any(axes.lines or axes.images for axes in figure.get_axes())
            assert problems(figure) == []
            section = plots.gallery([caption(label, name, figure, draw.__doc__)], folder="gallery")
            assert section[section.index("## ") :] in page, "run `lsdm figures --published --gallery docs/gallery.md`"
            assert 0 < (GALLERY.parent / "gallery" / f"{label}.png").stat().st_size <= LARGEST


@pytest.mark.slow
@pytest.mark.parametrize("venue", [venue for venue in Venue if venue != Venue.jmlr])
@each
def test_figures_are_legible_at_every_venue(name, venue):
    with plots.style(venue):
        for draw in draws(name).values():
            assert problems(draw(published(name))) == []


def test_the_gallery_shows_no_other_figures():
    shown = re.findall(r"^## (\w+)$", GALLERY.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert shown == [label for name in FILES for label in draws(name)]
    assert sorted(path.stem for path in (GALLERY.parent / "gallery").iterdir()) == sorted(shown)


@each
def test_figures_are_drawn_from_one_source_and_size(name):
    """A store in the middle of a run."""
    table = published(name)
    rows = table[(table["source"] == table["source"].iloc[0]) & (table["n_paired"] == table["n_paired"].min())]
    for draw in draws(name).values():
        assert isinstance(draw(rows), Figure | None)


@pytest.mark.slow
@each
def test_figures_are_drawn_from_any_cells_and_without_failed_fits(name):
    table = published(name)
    keys = table["key"].drop_duplicates()
    failed = table.assign(status=table["status"].where(table["replicate"] > 0, "failed"))
    few = [table[table["key"].isin(keys.sample(1 + len(keys) // 8, random_state=seed))] for seed in range(6)]
    for rows in (failed, *few):
        for draw in draws(name).values():
            assert isinstance(draw(rows), Figure | None)


def test_a_deleted_figure_comes_back_byte_for_byte(tmp_path):
    """In processes of their own, whose sets and dictionaries of texts have other orders."""
    names = [f"two_stage_bound.{kind}" for kind in ("pdf", "png", "txt")]
    found = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "lsdm_stats", "figures", "two_stage_bound", "--published", "--out", str(tmp_path)],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )
        assert done.stdout.split() == [str(tmp_path / name) for name in names]
        assert done.stderr == ""
        found.append([(tmp_path / name).read_bytes() for name in names])
        for name in names:
            (tmp_path / name).unlink()
    assert found[0] == found[1]
    text = found[0][2].decode()
    assert "Verdicts\n  claim holds: " in text
    assert "seed 20261121" in text
    assert "38d23b1491" in text
    assert max(map(len, text.splitlines())) <= 100
