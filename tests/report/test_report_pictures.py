"""Figures inside the page: unique identifiers, no metadata, the same each time, and errors that are told."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pandas
import pytest

from lsdm_stats.report.pictures import pictures
from lsdm_stats.study import SourceFile

DRAW = '''"""A file."""
from lsdm_stats.plots import new_figure


def draw(table):
    """What  it
    shows.

    Left to   right.
    """
    figure = new_figure()
    axes = figure.subplots()
    axes.plot({points}, label="a < b & c")
    axes.legend()
    axes.set_title("$W_1$")
    return figure
'''
ROWS = pandas.DataFrame()


def drawn(name: str, points: str = "[1, 2, 3]") -> str:
    (found,) = pictures(SourceFile("toy.py", DRAW.replace("{points}", points)), ROWS, name)
    assert (found.title, found.caption, found.problem) == ("What it shows.", ("Left to right.",), "")
    return str(found.svg)


def test_identifiers_are_the_figures_own_and_every_reference_finds_one():
    text = drawn("figure-toy")
    identifiers = re.findall(r'\bid="([^"]*)"', text)
    assert len(identifiers) == len(set(identifiers))
    assert all(name.startswith("figure-toy-") for name in identifiers)
    references = set(re.findall(r'href="#([^"]*)"', text)) | set(re.findall(r"url\(#([^)]*)\)", text))
    assert references
    assert references <= set(identifiers)


def test_the_drawing_is_well_formed_scalable_and_without_metadata():
    text = drawn("a")
    root = ElementTree.fromstring(text)
    assert "viewBox" in root.attrib
    assert not {"width", "height"} & root.attrib.keys()
    assert "metadata" not in text
    assert "<!--" not in text  # texts of labels are written there
    assert root.attrib["aria-hidden"] == "true"


def test_the_same_figure_is_the_same_text():
    assert drawn("a") == drawn("a")


def test_a_heavy_figure_has_its_points_as_an_image():
    text = drawn("a", points="*__import__('numpy').random.default_rng(1).normal(size=(2, 30_000)), '.'")
    assert len(text) < 1_000_000
    assert 'href="data:image/png;base64,' in text
    assert len(drawn("a", points="*__import__('numpy').random.default_rng(1).normal(size=(2, 50)), '.'")) < 100_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def draw(table):\n    return table['value'].loc[7]", "it could not be drawn from these rows: KeyError"),
        ("1 / 0", "toy.py, line 1: ZeroDivisionError: division by zero"),
        ("drawing = 1", "toy.py must define draw(table); it does not; add it"),
        ("def draw(table):\n    return 5", "it could not be drawn from these rows: AttributeError"),
        ("def draw(table):\n    return None", "the rows that it shows are not there yet"),
    ],
    ids=["error", "file", "nothing", "no_figure", "no_rows"],
)
def test_a_figure_that_cannot_be_drawn_says_why(text: str, problem: str):
    (found,) = pictures(SourceFile("toy.py", text), ROWS, "a")
    assert found.svg is None
    assert problem in found.problem


def test_no_file_is_told():
    assert pictures(None, ROWS, "a")[0].problem == "there is no figure file for this study"


def test_further_figures_of_a_study_come_after_the_first():
    text = DRAW.replace("{points}", "[1, 2]") + "\n\ndef draw_hero(table):\n    return draw(table)\n"
    first, further = pictures(SourceFile("toy.py", text), ROWS, "figure-toy")
    assert (first.name, further.name) == ("figure-toy", "figure-toy_hero")
    identifiers = re.findall(r'\bid="([^"]*)"', f"{first.svg}{further.svg}")
    assert len(identifiers) == len(set(identifiers))
