"""Published rows and the figures drawn from them, each made once."""

from functools import cache
from pathlib import Path

from pandas import DataFrame

from lsdm_stats import plots
from lsdm_stats.study import SourceFile, find_studies, read_published

ROOT = Path(__file__).resolve().parents[2]
FILES = {file.name: file for file in find_studies(directory=ROOT / "simulations")}


@cache
def published(name: str) -> DataFrame:
    return read_published(FILES[name].study("full"), ROOT / "figures" / "data")


def draws(name: str) -> dict:
    """The functions of a figure script that draw, by the name of the figure."""
    module = SourceFile.read(ROOT / "figures" / f"{name}.py").module("lsdm_figures")
    found = {key: value for key, value in vars(module).items() if key == "draw" or key.startswith("draw_")}
    return {f"{name}{key.removeprefix('draw')}": value for key, value in sorted(found.items())}


def caption(name: str, study: str, figure, docstring: str | None) -> plots.Caption:
    return plots.caption(name, figure, docstring, study=FILES[study].study("full"), rows=published(study), verdicts=(),
                         provenance={}, command="")
