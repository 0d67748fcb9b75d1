"""What the columns and the value names of an export mean, as a table of its own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from lsdm_stats.study.design import Scale, Study
from lsdm_stats.study.storage.provenance import FIELDS
from lsdm_stats.study.storage.results import is_timing
from lsdm_stats.study.storage.store import Store

HEADER = ("kind", "entry", "type", "unit", "meaning")

_COLUMNS = {
    "study": ("text", "", "Name of the study: of its file in the directory of studies."),
    "scale": ("text", "", "quick or full: which design of the study asks for the row; a row may be of both."),
    "source": ("text", "", "Label of the population or data set in the study."),
    "n_paired": ("integer", "pairs", "Number of pairs of condition and response that the method was fitted to."),
    "n_unpaired": ("integer", "responses", "Number of responses without a condition, in addition."),
    "method": ("text", "", "Label of the method in the study."),
    "replicate": ("integer", "", "Number of the replicate within the study, from 0; it fixes the random streams."),
    "name": ("text", "", "What was measured; the entries of kind name explain each."),
    "value": ("real", "as its name", "The measured number; empty (NaN) in a row with an array or a failure, and where "
              "the measurement itself is not a number."),
    "array": ("list of real", "as its name", "The measured array in C order, where one was measured; JSON in CSV."),
    "status": ("text", "", "ok, or failed for a replicate that has no measurements."),
    "reason": ("text", "", "Why a replicate failed; empty otherwise."),
    "key": ("text", "", "SHA-256 of what determines the cell: source, method, sizes, seed, replicates of the block."),
    "seconds": ("real", "s", "Time to compute the whole cell (all replicates of its block) once."),
    "started": ("text", "ISO 8601, UTC", "When the computation of the cell began."),
    "shape": ("list of integer", "", "Shape of the array; JSON in CSV."),
}
_PROVENANCE = {
    "package": "Version of lsdm_stats that fitted the cell.",
    "git_commit": "Commit that it was run from, -dirty if files differed; empty outside a repository.",
    "python": "Version of Python.",
    "host": "Name of the machine.",
}
_FAILURE = ("name", "failure", "", "", "The replicate failed: see the column reason.")


def explain(columns: Sequence[str]) -> list[tuple[str, ...]]:
    """One row of `HEADER` for each column of an export.

    Raises
    ------
    KeyError
        If a column has no explanation.

    Examples
    --------
    >>> explain(["seconds"])
    [('column', 'seconds', 'real', 's', 'Time to compute the whole cell (all replicates of its block) once.')]
    """
    libraries = {name: ("text", "", f"Version of {name}; empty if absent.") for name in FIELDS}
    origins = {name: ("text", "", meaning) for name, meaning in _PROVENANCE.items()}
    known = libraries | origins | _COLUMNS
    return [("column", name, *known[name]) for name in columns]


def explain_names(store: Store, studies: Sequence[tuple[Study, Scale]]) -> list[tuple[str, ...]]:
    """One row of `HEADER` for each value name that is stored of the metrics of some studies, and for failures."""
    metrics = {metric.digest: metric for study, _ in studies for metric in study.metrics}
    found: set[tuple[str, ...]] = {_FAILURE}
    for digest, name, kind in store.names(metrics):
        owner = type(metrics[digest])
        line = next(iter((owner.__doc__ or "").strip().splitlines()), "")
        meaning = f"{owner.__name__}: {line}" if line else owner.__name__
        found.add(("name", name, kind, "s" if is_timing(name) else "", meaning))
    return sorted(found)


def write_dictionary(rows: Sequence[tuple[str, ...]], path: Path) -> None:
    """Write rows of `HEADER` as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([HEADER, *rows])
