"""One style for every figure: colours, and the sizes and fonts of a venue, inside a ``with`` block only."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, distinguishable with every common colour vision."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Markers in the order of `COLOURS`."""

SMALL = 6.0
"""The smallest letters in print, in points."""

_LOOK: dict[str, Any] = {
    "text.usetex": False,
    "font.family": "serif",
    "font.serif": ["STIXGeneral"],  # looks like Times and comes with matplotlib: the same files on every machine
    "mathtext.fontset": "stix",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.titlepad": 4.0,
    "axes.labelpad": 2.5,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.pad": 2.5,
    "ytick.major.pad": 2.5,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.35,
    "errorbar.capsize": 1.5,
    "pdf.fonttype": 42,
    "svg.hashsalt": "lsdm_stats",
}


class Venue(StrEnum):
    """Where a figure is to appear: it is as wide as the text there, with letters to match.

    Examples
    --------
    >>> [str(venue) for venue in Venue]
    ['jmlr', 'neurips', 'icml', 'aistats']
    """

    jmlr = "jmlr"
    neurips = "neurips"
    icml = "icml"
    aistats = "aistats"


_VENUE: ContextVar[Venue] = ContextVar("venue", default=Venue.jmlr)


@contextmanager
def style(venue: Venue | None = None) -> Generator[None]:
    """The house style at the sizes of a venue, inside a ``with`` block only.

    Widths and sizes of letters are those of tueplots, letters one point smaller where that leaves `SMALL`, because the
    figures have many panels.

    Parameters
    ----------
    venue : Venue, optional
        When left out, that of the block around this one, else the Journal of Machine Learning Research.

    Returns
    -------
    context manager
        Settings are as they were after the block.

    Examples
    --------
    >>> with style(Venue.neurips):
    ...     float(new_figure().get_figwidth())
    5.5
    """
    import matplotlib as mpl

    chosen = venue or _VENUE.get()
    token = _VENUE.set(chosen)
    try:
        with mpl.rc_context(cast("dict[Any, Any]", {**_LOOK, **_letters(chosen)})):
            yield
    finally:
        _VENUE.reset(token)


def new_figure(width: float | None = None, height: float = 2.6) -> Figure:
    """An empty figure, laid out without overlaps.

    Parameters
    ----------
    width : float, optional
        In inches, at most that of the venue's text, which it is when left out.
    height : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
        Without axes.

    Examples
    --------
    >>> new_figure(3.4, 2.6).get_size_inches().tolist()
    [3.4, 2.6]
    """
    from matplotlib.figure import Figure

    text = _text_width(_VENUE.get())
    return Figure(figsize=(min(width or text, text), height), layout="constrained")


def _letters(venue: Venue) -> Mapping[str, float]:
    from tueplots import fontsizes

    match venue:
        case Venue.jmlr:
            return fontsizes.jmlr2001(default_smaller=2)
        case Venue.neurips:
            return fontsizes.neurips2024(default_smaller=2)
        case Venue.icml:
            return fontsizes.icml2024(default_smaller=1)
        case Venue.aistats:
            return fontsizes.aistats2025(default_smaller=2)


def _text_width(venue: Venue) -> float:
    """Width of the text in inches, over both columns where there are two."""
    from tueplots import figsizes

    match venue:
        case Venue.jmlr:
            found = figsizes.jmlr2001()
        case Venue.neurips:
            found = figsizes.neurips2024()
        case Venue.icml:
            found = figsizes.icml2024_full()
        case Venue.aistats:
            found = figsizes.aistats2025_full()
    width, _ = cast("tuple[float, float]", found["figure.figsize"])
    return float(width)
