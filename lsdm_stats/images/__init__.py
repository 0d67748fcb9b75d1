"""Real image data as semi-supervised sources."""

from lsdm_stats.images.digits import Digits

CATALOGUE = (Digits,)
"""Every image task."""

__all__ = ["CATALOGUE", "Digits"]
