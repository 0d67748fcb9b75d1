"""Real image data as semi-supervised sources."""

from lsdm_stats.images.digits import Digits

CATALOGUE = (Digits,)

__all__ = ["CATALOGUE", "Digits"]
