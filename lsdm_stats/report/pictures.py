"""Figures of studies as SVG inside the page: no file beside it, and every identifier used once."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from lsdm_stats import plots
from lsdm_stats.study import SourceFile

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure
    from pandas import DataFrame

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DPI = 200  # of images within a drawing
_HEAVY = 1_500_000  # characters; a drawing with more has its points and lines as one image


@dataclass(frozen=True)
class Picture:
    """A drawn figure, or why there is none.

    Parameters
    ----------
    name : str
        Where it stands on the page.
    svg : Markup, optional
        The drawing.
    title : str
        First paragraph of what its function says of it.
    caption : tuple of str
        Further paragraphs.
    problem : str
        Why there is no drawing.
    """

    name: str
    svg: Markup | None
    title: str = ""
    caption: tuple[str, ...] = ()
    problem: str = ""


def pictures(file: SourceFile | None, rows: DataFrame, name: str) -> tuple[Picture, ...]:
    """The figures that a file draws from rows: ``draw`` and every ``draw_…``; identifiers in them begin with `name`.

    An error in the file does not stop the page: a store in the middle of a run may lack what a figure needs.
    """
    if file is None:
        return (Picture(name, None, problem="there is no figure file for this study"),)
    try:
        module = file.module("lsdm_figures")
    except ValueError as error:
        return (Picture(name, None, problem=str(error)),)
    if not callable(getattr(module, "draw", None)):
        return (Picture(name, None, problem=f"{file.path} must define draw(table); it does not; add it"),)
    further = sorted(other for other in vars(module) if other.startswith("draw_"))
    return tuple(_picture(getattr(module, one), rows, f"{name}{one.removeprefix('draw')}")
                 for one in ("draw", *further))


def _picture(draw: Callable[[DataFrame], Figure | None], rows: DataFrame, name: str) -> Picture:
    from markupsafe import Markup

    title, *caption = [" ".join(part.split()) for part in (inspect.getdoc(draw) or "").split("\n\n")]
    try:
        with plots.style():
            figure = draw(rows)
            svg = None if figure is None else Markup(_svg(figure, name))
    except Exception as error:
        problem = f"it could not be drawn from these rows: {type(error).__name__}: {error}"
        return Picture(name, None, title, tuple(caption), problem)
    return Picture(name, svg, title, tuple(caption), "" if svg else "the rows that it shows are not there yet")


def _svg(figure: Figure, name: str) -> str:
    figure.set_dpi(_DPI)
    if figure.get_layout_engine() is not None:  # found once and kept: every drawing would find it again
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    text = _rendered(figure)
    if len(text) > _HEAVY:
        from matplotlib.collections import Collection
        from matplotlib.lines import Line2D

        for artist in figure.findobj(lambda artist: isinstance(artist, Collection | Line2D)):
            artist.set_rasterized(True)
        text = _rendered(figure)
    return _embedded(text, name)


def _rendered(figure: Figure) -> str:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.StringIO()
    FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None})
    return file.getvalue()


def _embedded(text: str, name: str) -> str:
    """The drawing for use inside a page: scalable, without metadata, hidden from readers that have the caption."""
    ElementTree.register_namespace("", _SVG[1:-1])
    root = ElementTree.fromstring(text)
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib |= {"aria-hidden": "true", "focusable": "false"}
    for element in root.iter():
        if "id" in element.attrib:
            element.attrib["id"] = f"{name}-{element.attrib['id']}"
        if target := element.attrib.pop(_LINK, ""):
            element.attrib["href"] = f"#{name}-{target[1:]}" if target.startswith("#") else target
        for key, value in element.attrib.items():
            if "url(#" in value:
                element.attrib[key] = re.sub(r"url\(#", f"url(#{name}-", value)
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode"))
