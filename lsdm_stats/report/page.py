"""The page: everything that is shown, put into one HTML text that needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from lsdm_stats import __version__
from lsdm_stats.report.about import About, about
from lsdm_stats.report.cells import CellRow, FailureRow, Surroundings, cells, failures, surroundings
from lsdm_stats.report.entries import Entry, Origin
from lsdm_stats.report.findings import Finding, Mark, findings, mark
from lsdm_stats.report.pictures import Picture, pictures
from lsdm_stats.report.summary import summary
from lsdm_stats.report.theorems import chapters, notation, place
from lsdm_stats.study import by_theorem

if TYPE_CHECKING:
    from jinja2 import Environment

_EXAMPLES = {
    "holds": mark("holds", "good"),
    "violated": mark("violated", "bad"),
    "inconclusive": mark("inconclusive", "open"),
    "flagged": mark("flagged", "good"),
    "refuted": mark("refuted", "finding"),
}
_ROLES = (("claim", "Claims"), ("prediction", "Predictions"), ("control", "Controls"))


@dataclass(frozen=True)
class StudyView:
    """One study as a page shows it."""

    name: str
    entry: Entry
    about: About
    findings: tuple[Finding, ...]
    pictures: tuple[Picture, ...]
    cells: tuple[CellRow, ...]
    failures: tuple[FailureRow, ...]
    surroundings: tuple[tuple[str, ...], tuple[Surroundings, ...]]

    @property
    def mark(self) -> Mark:
        """The outcome of the study as a whole: its worst claim or control, and then its predictions."""
        if self.entry.rows is None:
            return mark("not run yet", "none")
        proved = {finding.mark.tone for finding in self.findings if finding.verdict.role != "prediction"}
        suggested = {finding.mark.tone for finding in self.findings} - proved
        if "bad" in proved:
            return mark("theory and measurement disagree", "bad")
        if proved & {"open", "none"}:
            return mark("some claims are open", "open")
        if "finding" in suggested:
            return mark("a prediction is refuted", "finding")
        if suggested & {"open", "none"}:
            return mark("some predictions are open", "open")
        return mark("all as expected", "good")

    @property
    def groups(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Claims, predictions and controls, each under its heading."""
        named = ((title, tuple(one for one in self.findings if one.verdict.role == role)) for role, title in _ROLES)
        return tuple((title, group) for title, group in named if group)

    @cached_property
    def keys(self) -> dict[str, list[str]]:
        """Keys of the cells that are there, by setting."""
        found: dict[str, list[str]] = {}
        for cell in self.cells:
            found.setdefault(cell.setting, []).extend([cell.key] if cell.key else [])
        return found

    @property
    def missing(self) -> int:
        """Cells that are not computed yet."""
        return sum(not cell.key for cell in self.cells)


def page(entries: Sequence[Entry], origin: Origin, *, only_checked: bool = False,
         tell: Callable[[str], None] | None = None) -> str:
    """The HTML of a report: the same rows give the same text.

    Parameters
    ----------
    entries : sequence of Entry
        The studies, with rows or without.
    origin : Origin
        Where the rows were read.
    only_checked : bool
        Leave out theorems that none of the studies checks.
    tell : callable, optional
        Called with the name of each study before it is judged and drawn.

    Returns
    -------
    str
        One HTML document; every name and message in it is escaped.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, ExactTransport, JointW1, Study
    >>> study = Study(name="circle", sources={"circle": Circle(width=0.3)}, metrics=(JointW1(),), n_test=100,
    ...               methods={"pca": LSDM(latent=PCA(dim=2), matcher=ExactTransport())}, n_paired=(50,),
    ...               n_unpaired=(0,), seed=1)
    >>> text = page([Entry(study, "full")], Origin("the store s.sqlite"), only_checked=True)
    >>> "No row of this study is there yet" in text
    True
    """
    views: list[StudyView] = []
    for entry in entries:
        if tell is not None:
            tell(entry.study.name)
        views.append(_view(entry))
    found = [finding for view in views for finding in view.findings]
    verdicts = by_theorem([(entry.study.name, entry.study) for entry in entries],
                          [(finding.study, finding.verdict) for finding in found])
    parts = chapters([verdict for verdict in verdicts if verdict.studies or not only_checked], found)
    theorems = [theorem for chapter in parts for theorem in chapter.theorems]
    script, style = _text("page.js"), _text("page.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    from markupsafe import Markup

    return _environment().get_template("page.html").render(
        script=Markup(script),
        script_digest=digest,
        style=Markup(style),
        origin=origin,
        version=__version__,
        scale=entries[0].scale if entries else "full",
        summary=summary(entries, found, theorems),
        chapters=parts,
        theorems=theorems,
        labels=[theorem.label for theorem in theorems],
        marks=_EXAMPLES,
        notation=notation(),
        findings=found,
        studies=views,
    )


def _view(entry: Entry) -> StudyView:
    name = entry.study.name
    return StudyView(
        name=name,
        entry=entry,
        about=about(entry.about),
        findings=findings(entry),
        pictures=() if entry.rows is None else pictures(entry.figure, entry.rows, f"figure-{name}"),
        cells=cells(entry),
        failures=failures(entry),
        surroundings=surroundings(entry),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("lsdm_stats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"number": _number, "share": _share}
    return made


def _text(name: str) -> str:
    return (files("lsdm_stats.report") / "templates" / name).read_text(encoding="utf-8")


def _number(value: float | None, digits: int = 3, *, absent: str = "–") -> str:
    """A number with a true minus sign."""
    if value is None or math.isnan(value):
        return absent
    return f"{value:.{digits}g}".replace("-", "−")


def _share(ratio: float) -> str:
    """Place of a ratio on the axis of tightness, in percent of its width."""
    return f"{100 * place(ratio):.1f}"
