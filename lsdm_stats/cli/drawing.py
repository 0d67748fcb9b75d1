"""``lsdm figures``: every figure from stored rows, with its caption, and the gallery of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lsdm_stats.cli.options import (
    DEFAULT_STORE,
    MaxReplicates,
    Names,
    Published,
    Quick,
    StorePath,
    Studies,
    scale_of,
)
from lsdm_stats.cli.rows import provenance_of, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from lsdm_stats.plots import Caption
    from lsdm_stats.study import Scale, SourceFile, Study

    Draw = Callable[[DataFrame], Figure | None]

VenueName = Literal["jmlr", "neurips", "icml", "aistats"]  # those of `plots.Venue`, which loads numpy
_GALLERY_NEEDS = "--gallery must be used with --published and without names of studies; got {}; correct it"


def figures(
    studies: Names = None,
    quick: Quick = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path("results")
    / "figures",
    venue: Annotated[VenueName, typer.Option("--venue", help="Width of the text and size of letters.")] = "jmlr",
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery",
            metavar="FILE.md",
            help="Write this page with a small picture of every figure, in a folder of its name.",
            show_default=False,
        ),
    ] = None,
    published: Published = False,
    max_replicates: MaxReplicates = None,
    store: StorePath = DEFAULT_STORE,
    directory: Studies = None,
) -> None:
    """Draw every figure from stored rows, as PDF and PNG, and write its caption beside it."""
    from lsdm_stats import plots, study

    if gallery is not None and (studies or not published):
        raise ValueError(_GALLERY_NEEDS.format("names of studies" if studies else "no --published"))
    place = study.figures_directory(directory)
    found = rows_of(
        tuple(studies or ()), directory, quick=quick, published=published, store=store, max_replicates=max_replicates
    )
    options = {"--quick": quick, "--published": published, f"--venue {venue}": venue != "jmlr",
               f"--max-replicates {max_replicates}": max_replicates is not None}
    captions: list[Caption] = []
    with plots.style(plots.Venue(venue)):
        for loaded, rows in found:
            path = place / f"{loaded.name}.py"
            if not path.is_file():
                typer.echo(f"{loaded.name}: no figure, there is no {path}", err=True)
                continue
            provenance = provenance_of(loaded, directory, published=published, store=store)
            command = " ".join(["lsdm figures", loaded.name, *(option for option, on in options.items() if on)])
            all_there = partial(_all_there, loaded, rows, scale_of(quick), None if published else store)
            for figure, caption in _drawn(path, loaded, rows, provenance, command, all_there):
                _write(figure, caption, out / f"{caption.name}{'_quick' * quick}", gallery)
                captions.append(caption)
    if gallery is not None:
        gallery.write_text(plots.gallery(captions, folder=gallery.stem), encoding="utf-8")
        typer.echo(str(gallery))


def _drawn(
    path: Path,
    loaded: Study,
    rows: DataFrame,
    provenance: dict[str, dict[str, str]],
    command: str,
    all_there: Callable[[], bool],
) -> Iterator[tuple[Figure, Caption]]:
    """The figures of one study for which there are rows, with their captions."""
    from lsdm_stats import plots, study

    verdicts = study.judge(loaded, rows)
    file = study.SourceFile.read(path)
    for ending, draw in _drawings(file.module("lsdm_figures"), path):
        figure, name = _figure(file, f"draw{ending}", draw, rows, all_there), f"{loaded.name}{ending}"
        if figure is None:
            typer.echo(f"{name}: the rows that it shows are not there yet", err=True)
            continue
        yield figure, plots.caption(name, figure, draw.__doc__, study=loaded, rows=rows, verdicts=verdicts,
                                    provenance=provenance, command=command)


def _figure(
    file: SourceFile, function: str, draw: Draw, rows: DataFrame, all_there: Callable[[], bool]
) -> Figure | None:
    """What a function of a figure file draws; None where rows that it shows are missing.

    Raises
    ------
    ValueError
        One line, if it raises an error, or does not return a figure though all rows are there.
    """
    from matplotlib.figure import Figure

    try:
        figure: object = draw(rows)
    except Exception as error:
        raise ValueError(file.located(error)) from error
    if isinstance(figure, Figure) or (figure is None and not all_there()):
        return figure
    got = "None" if figure is None else type(figure).__name__
    raise ValueError(f"{function}(table) of {file.path} must return a matplotlib figure; got {got}; "
                     "end it with `return figure`")


def _all_there(loaded: Study, rows: DataFrame, scale: Scale, store: Path | None) -> bool:
    """Whether every replicate of a study is among its rows: published ones are complete but for what failed."""
    from lsdm_stats import study

    if "failure" in set(rows["name"]):
        return False
    if store is None:
        return True
    with study.Store(store) as opened:
        state = study.status(opened.cells(), loaded, scale)
    return state.done == state.total


def _write(figure: Figure, caption: Caption, stem: Path, gallery: Path | None) -> None:
    from lsdm_stats import plots

    pdf, png = plots.save(figure, stem)
    typer.echo(f"{pdf}\n{png}")
    words = stem.with_suffix(".txt")
    words.write_text(caption.text(), encoding="utf-8")
    typer.echo(str(words))
    if gallery is not None:
        typer.echo(str(plots.save_for_screen(png, gallery.with_suffix("") / f"{stem.name}.png")))


def _drawings(module: ModuleType, path: Path) -> Iterator[tuple[str, Draw]]:
    """The figure of a study, then further ones (``draw_NAME``), each with the ending of its file."""
    if not callable(getattr(module, "draw", None)):
        raise ValueError(f"{path} must define draw(table), which returns a matplotlib Figure; it does not; add it")
    yield "", module.draw
    for name in sorted(vars(module)):
        if name.startswith("draw_"):
            yield name.removeprefix("draw"), getattr(module, name)
