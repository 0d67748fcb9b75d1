"""Figures as files that are the same byte for byte, in print and on a screen."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from lsdm_stats.plots.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PRINT, _SCREEN = 200, 150


def save(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write ``stem.pdf`` and ``stem.png`` without dates, so that equal figures are equal files; returns their paths."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    pdf, png = stem.with_suffix(".pdf"), stem.with_suffix(".png")
    with style():
        _lay_out(figure)
        figure.savefig(pdf, metadata={"CreationDate": None, "Producer": "lsdm_stats", "Creator": "lsdm_stats"})
        figure.savefig(png, dpi=_PRINT, metadata={"Software": "lsdm_stats"})
    return pdf, png


def save_for_screen(figure: Figure, path: Path) -> Path:
    """Write a small PNG for web pages, with at most 256 colours; returns its path."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = io.BytesIO()
    with style():
        _lay_out(figure)
        figure.savefig(drawn, dpi=_SCREEN, format="png")
    with Image.open(drawn) as image:
        few = image.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path


def _lay_out(figure: Figure) -> None:
    """Find the layout once, then keep it: every format would find it anew."""
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
