"""What keeps a figure from being read in print: letters too small, cut off, on one another or on what is drawn."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lsdm_stats.plots import SMALL

SLACK = 0.8  # points by which boxes may meet


def problems(figure: Figure) -> list[str]:
    """One line per problem of a figure that was laid out, as it is in its style."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    slack = SLACK * figure.dpi / 72
    words = [(text, _shrunk(text.get_window_extent(), slack)) for text in _texts(figure)]
    found = [f"{_name(text)}: {text.get_fontsize():.2g} pt" for text, _ in words if text.get_fontsize() < SMALL - 1e-9]
    page = Bbox.from_bounds(-slack, -slack, figure.bbox.width + 2 * slack, figure.bbox.height + 2 * slack)
    found += [f"{_name(text)}: cut off" for text, box in words if not _inside(box, page)]
    found += [f"{_name(one)} on {_name(other)}" for (one, first), (other, second) in combinations(words, 2)
              if first.overlaps(second)]
    for axes in figure.get_axes():
        own = [(_name(text), _shrunk(text.get_window_extent(), slack)) for text in axes.texts if text.get_text()]
        legend = axes.get_legend()
        if legend is not None and legend.get_visible():
            own.append(("legend", _shrunk(legend.get_window_extent(), slack)))
        found += [f"{axes.get_title()!r}: {name} on what is drawn" for name, box in own if _hides(axes, box)]
    return found


def _texts(figure: FigureBase) -> Iterator[Text]:
    candidates: list[Text] = list(figure.texts)
    if getattr(figure, "_suptitle", None) is not None and figure._suptitle not in candidates:
        candidates.append(figure._suptitle)
    legends = list(figure.legends)
    for axes in figure.get_axes() if isinstance(figure, Figure) else ():
        if not axes.get_visible():
            continue
        candidates += [axes.title, axes._left_title, axes._right_title, *axes.texts]
        if axes.get_legend() is not None:
            legends.append(axes.get_legend())
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                candidates += [axis.label, axis.offsetText]
                candidates += [tick.label1 for tick in axis._update_ticks()]
    for part in figure.subfigs:
        yield from _texts(part)
    for legend in legends:
        candidates += [legend.get_title(), *legend.get_texts()]
    yield from (text for text in candidates if text.get_visible() and text.get_text().strip())


def _hides(axes: Axes, box: Bbox) -> bool:
    box = Bbox.intersection(box, axes.bbox)
    if box is None:
        return False
    for artist in [*axes.lines, *axes.collections]:
        if not artist.get_visible() or artist.get_alpha() == 0:
            continue
        if isinstance(artist, Line2D):
            path = artist.get_path().transformed(artist.get_transform())
            points = path.vertices[np.isfinite(path.vertices).all(axis=1)]
            if len(points) and artist.get_linestyle() != "None" and path.intersects_bbox(box, filled=False):
                return True
            if artist.get_marker() not in (None, "None", "") and any(box.contains(x, y) for x, y in points):
                return True
        elif isinstance(artist, LineCollection):
            paths = [path.transformed(artist.get_transform()) for path in artist.get_paths()]
            if any(len(path.vertices) and path.intersects_bbox(box, filled=False) for path in paths):
                return True
    return False


def _shrunk(box: Bbox, slack: float) -> Bbox:
    return Bbox.from_extents(box.x0 + slack, box.y0 + slack, box.x1 - slack, box.y1 - slack)


def _inside(box: Bbox, page: Bbox) -> bool:
    return page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


def _name(text: Text) -> str:
    return repr(text.get_text())
