"""One self-contained HTML page of what a store says: verdicts, theorems, figures, failures and provenance."""

from __future__ import annotations

from lsdm_stats.report.entries import Entry, Origin
from lsdm_stats.report.page import page
from lsdm_stats.report.statements import theory

__all__ = ["Entry", "Origin", "page", "theory"]
