"""Real image data as semi-supervised sources."""

from lsdm_stats.images.digits import Digits

CATALOGUE = (Digits,)
"""Every image task.

:meta hide-value:
"""

__all__ = ["CATALOGUE", "Digits"]
