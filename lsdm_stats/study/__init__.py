"""Simulation studies: design → cells → stored rows → tables, verdicts and published results."""

from __future__ import annotations

from lsdm_stats.study.blocks import stored_further
from lsdm_stats.study.design import Cell, Scale, Selection, Setting, Study
from lsdm_stats.study.judging.claims import Claim, Comparison, Trend
from lsdm_stats.study.judging.theorems import TheoremVerdict, by_theorem
from lsdm_stats.study.judging.verdicts import Verdict, judge
from lsdm_stats.study.loading import (
    SourceFile,
    both_scales,
    figures_directory,
    find_studies,
    load_study,
    studies_directory,
)
from lsdm_stats.study.running.engine import Finished, Progress, default_workers, run
from lsdm_stats.study.running.planning import SettingPlan, plan
from lsdm_stats.study.running.precision import Precision, Targets
from lsdm_stats.study.running.runner import describe, failed_result, measure_cell
from lsdm_stats.study.running.sequential import Rule
from lsdm_stats.study.running.sharding import Shard
from lsdm_stats.study.storage.completeness import StudyStatus, asked_keys, stale, status
from lsdm_stats.study.storage.merging import Merged, merge
from lsdm_stats.study.storage.migrating import migrate
from lsdm_stats.study.storage.published import publish, published_provenance, read_published
from lsdm_stats.study.storage.results import Result, RowsDiffer, StoredCell, is_timing
from lsdm_stats.study.storage.store import Store
from lsdm_stats.study.storage.tables import COLUMNS, dictionary_path, export, table

__all__ = [
    "COLUMNS",
    "Cell",
    "Claim",
    "Comparison",
    "Finished",
    "Merged",
    "Precision",
    "Progress",
    "Result",
    "RowsDiffer",
    "Rule",
    "Scale",
    "Selection",
    "Setting",
    "SettingPlan",
    "Shard",
    "SourceFile",
    "Store",
    "StoredCell",
    "Study",
    "StudyStatus",
    "Targets",
    "TheoremVerdict",
    "Trend",
    "Verdict",
    "asked_keys",
    "both_scales",
    "by_theorem",
    "default_workers",
    "describe",
    "dictionary_path",
    "export",
    "failed_result",
    "figures_directory",
    "find_studies",
    "is_timing",
    "judge",
    "load_study",
    "measure_cell",
    "merge",
    "migrate",
    "plan",
    "publish",
    "published_provenance",
    "read_published",
    "run",
    "stale",
    "status",
    "stored_further",
    "studies_directory",
    "table",
]
