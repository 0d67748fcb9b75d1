"""From tables to matplotlib figures: one style, intervals on every estimate, files that are the same byte for byte."""

from __future__ import annotations

from lsdm_stats.plots.captions import Caption, caption, plain
from lsdm_stats.plots.curves import curve, headline, level_line, log_values, shared_legend, size_axis
from lsdm_stats.plots.files import save, save_for_screen
from lsdm_stats.plots.gallery import gallery
from lsdm_stats.plots.style import COLOURS, MARKERS, SMALL, Venue, new_figure, style
from lsdm_stats.plots.summaries import fits, means, picture_array, ratio, summarise
from lsdm_stats.plots.unpaired import unpaired_gain, unpaired_panel

__all__ = [
    "COLOURS",
    "MARKERS",
    "SMALL",
    "Caption",
    "Venue",
    "caption",
    "curve",
    "fits",
    "gallery",
    "headline",
    "level_line",
    "log_values",
    "means",
    "new_figure",
    "picture_array",
    "plain",
    "ratio",
    "save",
    "save_for_screen",
    "shared_legend",
    "size_axis",
    "style",
    "summarise",
    "unpaired_gain",
    "unpaired_panel",
]
