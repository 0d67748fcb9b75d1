"""Transport distances between weighted samples; the only room that calls POT.

`exact` carries its own certificate, `line` is the closed form on the real line, `assignments` serves training loops.
"""

from __future__ import annotations

from lsdm_stats.wasserstein.certified import exact
from lsdm_stats.wasserstein.closed_forms.line import line
from lsdm_stats.wasserstein.many import exact_many
from lsdm_stats.wasserstein.pairing import assignments
from lsdm_stats.wasserstein.transport import Plan, Transport

__all__ = ["Plan", "Transport", "assignments", "exact", "exact_many", "line"]
