"""Studies whose labels, messages and figures try to be markup, and commands on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsdm_stats.cli import main

TOY = Path(__file__).resolve().parents[1] / "toy.py"

HOSTILE = "<script>window.ran = 1</script>"
STUDY = f'''
from lsdm_stats.bounds import MasterBound, Shrunk
from lsdm_stats.study import Claim, Comparison, Selection, Trend

EVIL = {HOSTILE!r}
IMAGE = "<img src=x onerror='window.ran = 2'>"


def chain(bound=MasterBound(), **change):  # A1.pushed with the toy's value names
    terms = {{"pushed_cost": "error", "reconstruction": "error"}}
    return Claim(bound=bound, measured="error", kind="sure", terms=terms, methods=("all", "paired"), **change)


def ratio(title, **change):
    return Comparison(title=title, measured="error", of=Selection(source="shifted", method="all", n_paired=5),
                      over=Selection(source="shifted", method="all", n_paired=20), quantity="ratio", **change)


STUDY = PLAIN.replace(
    sources=((EVIL, Gaussians()), ("shifted", Gaussians(mean=1.0))),
    methods=(("all", Mean()), ("paired", Mean(uses_unpaired=False)),
             ("failing", Mean(raises="no " + EVIL)), ("half", Mean(fails_at=1, shift=0.5))),
    metrics=(Error(),), n_paired=(5, 10, 20), n_unpaired=(0,), replicates=6, block=3,
    claims=(chain(title=EVIL), chain(title="with a failure").replace(methods=("half",)),
            ratio("an open claim", at_least=1.0)),
    predictions=(ratio("a refuted prediction " + IMAGE, at_least=50.0),
                 Trend(title="falls with n", measured="error", over="n_paired", at_most=0.5,
                       among=Selection(source="shifted", method="all"))),
    controls=(chain(Shrunk(bound=MasterBound(), factor=0.25), title="control", expect="violated"),),
)
QUICK = STUDY.replace(replicates=2, block=2)
'''
FIGURE = '''
"""A figure <b>of</b> the toy."""
from lsdm_stats.plots import new_figure, style


def draw(table):
    """Errors </figcaption><script>window.ran = 3</script>."""
    with style():
        figure = new_figure()
        axes = figure.subplots()
        axes.plot(table["replicate"], table["value"], ".", label="</svg><script>window.ran = 4</script>")
        axes.set_title("</svg><script>window.ran = 5</script>")
        axes.legend()
    return figure
'''


def write_studies(folder: Path) -> Path:
    """The two studies and their figures beside them."""
    text = TOY.read_text().removeprefix('"""A toy: the mean of Gaussian data."""')
    figures, place = folder / "figures", folder / "simulations"
    for made in (figures, place):
        made.mkdir()
    about = f'"""The toy {HOSTILE}.\\n\\nAims\\n    See that {HOSTILE} is text.\\n"""\n'
    (place / "toy.py").write_text(about + text + STUDY)
    twin = "\n\nSTUDY = PLAIN.replace(name='twin', seed=2)\nQUICK = QUICK.replace(name='twin', seed=2)\n"
    (place / "twin.py").write_text(about + text + twin)
    (figures / "toy.py").write_text(FIGURE)
    return place


def run(command: str, place: Path, *arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([command, *arguments, "--studies", str(place), "--store", str(place.parent / "s.sqlite")])
    return caught.value.code if isinstance(caught.value.code, int) else 0
