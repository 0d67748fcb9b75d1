"""Figures as files that are the same byte for byte, in print and on a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsdm_stats.plots.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 200
_SCREEN_WIDTH = 900  # pixels


def save(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write ``stem.pdf`` and ``stem.png`` without dates, so that equal figures are equal files; returns their paths.

    The layout is found once and kept, and each format is drawn once: `Figure.savefig` would do both twice.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    stem : Path
        Path without extension; its folder is made.

    Returns
    -------
    tuple of Path
        The PDF and the PNG.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.plots import new_figure
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in save(new_figure(), Path(folder) / "empty")]
    ['empty.pdf', 'empty.png']
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    stem.parent.mkdir(parents=True, exist_ok=True)
    pdf, png = stem.with_suffix(".pdf"), stem.with_suffix(".png")
    with style():
        figure.set_dpi(_DPI)
        canvas = FigureCanvasAgg(figure)
        if figure.get_layout_engine() is not None:
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        canvas.print_png(png, metadata={"Software": "lsdm_stats"})
        metadata = {"CreationDate": None, "Producer": "lsdm_stats", "Creator": "lsdm_stats"}
        FigureCanvasPdf(figure).print_pdf(pdf, metadata=metadata)
    return pdf, png


def save_for_screen(png: Path, path: Path) -> Path:
    """Write a picture that `save` has written as a small one for web pages, with at most 256 colours.

    Parameters
    ----------
    png : Path
        The picture.
    path : Path
        Where the small one goes; its folder is made.

    Returns
    -------
    Path
        `path`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from lsdm_stats.plots import new_figure
    >>> with TemporaryDirectory() as folder:
    ...     _, png = save(new_figure(), Path(folder) / "empty")
    ...     save_for_screen(png, Path(folder) / "small.png").stat().st_size < png.stat().st_size
    True
    """
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(png) as image:
        whole = image.convert("RGB")
    size = _SCREEN_WIDTH, round(whole.height * _SCREEN_WIDTH / whole.width)
    small = whole.resize(size, Image.Resampling.LANCZOS)
    # of Pillow's ways the one that keeps the colours of thin lines: by median cut, blue and green ones become one
    few = small.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path
