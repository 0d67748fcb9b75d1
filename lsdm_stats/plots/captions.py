"""What stands below a figure: what is shown and found, of how much, with which verdicts, and where it comes from."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsdm_stats import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from lsdm_stats.study import Study, Verdict

COLUMNS = 100


@dataclass(frozen=True)
class Caption:
    """The parts of a caption, each a paragraph without line breaks.

    Parameters
    ----------
    name, study : str
        Name of the figure, which is that of its file without ending, and of its study.
    finding : str
        What it shows in one sentence: its headline; empty if it has none.
    shown : tuple of str
        What is drawn, in paragraphs: the docstring of the function that draws it.
    sample : str
        Sources, sizes, methods, replicates and failed fits.
    verdicts : tuple of str
        The study's claims, predictions and controls, one by one.
    origin : str
        Rows, scale, seed, and the versions and commits that computed and drew them.

    Examples
    --------
    >>> caption = Caption("toy", "toy", "Means are near 0.", ("Dots: means.",), "4 replicates.",
    ...                   ("claim holds: A1.",), "8 rows, seed 1.")
    >>> print(caption.text())
    toy
    <BLANKLINE>
    Means are near 0. Dots: means.
    <BLANKLINE>
    4 replicates.
    <BLANKLINE>
    Verdicts
      claim holds: A1.
    <BLANKLINE>
    8 rows, seed 1.
    """

    name: str
    study: str
    finding: str
    shown: tuple[str, ...]
    sample: str
    verdicts: tuple[str, ...]
    origin: str

    def text(self) -> str:
        """The whole caption, wrapped at 100 columns."""
        first, *further = self.shown or ("",)
        paragraphs = [self.name, f"{self.finding} {first}".strip(), *further, self.sample]
        blocks = [textwrap.fill(paragraph, COLUMNS, break_on_hyphens=False) for paragraph in paragraphs if paragraph]
        if self.verdicts:
            lines = [textwrap.fill(line, COLUMNS, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
                     for line in self.verdicts]
            blocks.append("\n".join(["Verdicts", *lines]))
        blocks.append(textwrap.fill(self.origin, COLUMNS, break_on_hyphens=False))
        return "\n\n".join(blocks) + "\n"


def caption(
    name: str,
    figure: Figure,
    docstring: str | None,
    *,
    study: Study,
    rows: DataFrame,
    verdicts: Sequence[Verdict],
    provenance: Mapping[str, Mapping[str, str]],
    command: str,
) -> Caption:
    """The caption of a figure that was drawn from rows of a study.

    Parameters
    ----------
    name : str
        Name of the figure.
    figure : Figure
        The figure, whose headline is the finding.
    docstring : str, optional
        Of the function that drew it.
    study : Study
        The study.
    rows : DataFrame
        Its rows, at one scale.
    verdicts : sequence of Verdict
        What they say about its claims.
    provenance : mapping from str to mapping
        By key of a cell, with what it was computed (``package``, ``git_commit``).
    command : str
        The command that draws it.

    Returns
    -------
    Caption
        Its parts.

    Examples
    --------
    >>> from lsdm_stats.plots import headline, new_figure
    >>> from lsdm_stats.study import figures_directory, find_studies, read_published
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> rows = read_published(study, figures_directory() / "data")
    >>> figure = new_figure()
    >>> headline(figure, "Joint $W_1$ is bounded")
    >>> caption("two_stage_bound", figure, "The chain.", study=study, rows=rows, verdicts=(), provenance={},
    ...         command="lsdm figures two_stage_bound").finding
    'Joint W1 is bounded.'
    """
    finding = plain(figure.get_suptitle())
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(docstring or ""))
    return Caption(
        name=name,
        study=study.name,
        finding=f"{finding}." if finding and finding[-1] not in ".?!" else finding,
        shown=tuple(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip()),
        sample=_sample(study, rows),
        verdicts=tuple(_in_words(verdict) for verdict in verdicts),
        origin=_origin(study, rows, provenance, command),
    )


def plain(text: str) -> str:
    r"""The words of a label without its mathematical marks.

    Parameters
    ----------
    text : str
        With mathematics between dollar signs.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> plain("joint $W_1$ at $m$ = 12,800,\nfrom $\\leq$ 5")
    'joint W1 at m = 12,800, from ≤ 5'
    """
    for mark, letter in ((r"\leq", "≤"), (r"\geq", "≥"), (r"\times", "×"), (r"\delta", "δ"), (r"\bar ", "mean ")):
        text = text.replace(mark, letter)
    return " ".join(re.sub(r"[${}_]|\\,", "", text).split())


def _sample(study: Study, rows: DataFrame) -> str:
    settings = rows.groupby(["source", "n_paired", "n_unpaired", "method"])["replicate"].nunique()
    counts = sorted({int(count) for count in settings})
    replicates = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    failed = rows.loc[rows["status"] == "failed", ["key", "replicate"]].drop_duplicates()
    parts = [
        f"Sources: {_listed(rows['source'].unique())}.",
        f"Pairs n: {_numbers(rows['n_paired'])}; unpaired responses m: {_numbers(rows['n_unpaired'])}.",
        f"Methods: {_listed(rows['method'].unique())}.",
        f"{len(settings):,} settings, {replicates} replicates of each"
        + (f", evaluated on {study.n_test:,} fresh points." if study.n_test else "."),
        f"Failed fits: {len(failed):,}." if len(failed) else "No fit failed.",
    ]
    asked = len(study.settings())
    if len(settings) < asked or counts[0] < study.replicates:
        parts.append(f"The study asks for {asked:,} settings and {study.replicates:,} replicates: it is incomplete.")
    return " ".join(parts)


def _in_words(verdict: Verdict) -> str:
    outcome = "refuted" if verdict.refuted else verdict.outcome
    if verdict.role == "control":
        outcome = "flagged, as it must be" if verdict.ok else f"not flagged ({outcome})"
    label = f" ({verdict.label})" if verdict.label else ""
    return f"{verdict.role} {outcome}: {verdict.title.removeprefix('control: ')}{label}: {verdict.summary}"


def _origin(study: Study, rows: DataFrame, provenance: Mapping[str, Mapping[str, str]], command: str) -> str:
    known = [provenance[key] for key in rows["key"].unique() if key in provenance]
    packages = sorted({one["package"] for one in known})
    commits = sorted({one["git_commit"] or "no repository" for one in known})
    scale = _listed(rows["scale"].unique())
    return (
        f"Provenance: {len(rows):,} rows of {rows['key'].nunique():,} cells at {scale} scale, seed {study.seed}; "
        f"computed by lsdm_stats {_listed(packages)} at commit{'s' * (len(commits) > 1)} {_listed(commits)}; "
        f"drawn by lsdm_stats {__version__} with `{command}`."
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(str, words)) or "unknown"


def _numbers(column: Iterable[int]) -> str:
    sizes = sorted({int(size) for size in column})
    if len(sizes) > 3 and sizes == list(range(sizes[0], sizes[-1] + 1)):
        return f"{sizes[0]:,} to {sizes[-1]:,}"
    return ", ".join(f"{size:,}" for size in sizes)
