"""Figures of studies as SVG inside the page: no file beside it, and every identifier used once."""

from __future__ import annotations

import inspect
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree

from lsdm_stats import plots
from lsdm_stats.study import SourceFile

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure
    from pandas import DataFrame

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_HEAVY = 1_500_000  # characters; a drawing with more has its points and lines as one image


@dataclass(frozen=True)
class Picture:
    """A drawn figure, or why there is none.

    Parameters
    ----------
    svg : Markup, optional
        The drawing.
    title, caption : str
        What the figure's file and its ``draw`` say of it.
    problem : str
        Why there is no drawing.
    """

    svg: Markup | None
    title: str = ""
    caption: str = ""
    problem: str = ""


def picture(file: SourceFile | None, rows: DataFrame, name: str) -> Picture:
    """The figure that a file draws from rows; identifiers in it begin with `name`.

    An error in the file does not stop the page: a store in the middle of a run may lack what a figure needs.
    """
    from markupsafe import Markup

    if file is None:
        return Picture(None, problem="there is no figure file for this study")
    title = caption = ""
    try:
        module = file.module("lsdm_figures")
        draw = getattr(module, "draw", None)
        title, caption = _text(module.__doc__), _text(inspect.getdoc(draw))
        if not callable(draw):
            return Picture(None, title, problem=f"{file.path} must define draw(table); it does not; add it")
        return Picture(Markup(_svg(cast("Figure", draw(rows)), name)), title, caption)
    except Exception as error:
        return Picture(None, title, caption, f"it could not be drawn from these rows: {type(error).__name__}: {error}")


def _text(docstring: str | None) -> str:
    return " ".join((docstring or "").split())


def _svg(figure: Figure, name: str) -> str:
    text = _rendered(figure)
    if len(text) > _HEAVY:
        from matplotlib.collections import Collection
        from matplotlib.lines import Line2D

        for artist in figure.findobj(lambda artist: isinstance(artist, Collection | Line2D)):
            artist.set_rasterized(True)
        text = _rendered(figure)
    return _embedded(text, name)


def _rendered(figure: Figure) -> str:
    file = io.StringIO()
    with plots.style():
        figure.savefig(file, format="svg", dpi=200, metadata={"Date": None})
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
