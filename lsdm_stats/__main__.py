"""``python -m lsdm_stats`` is the command ``lsdm``."""

from __future__ import annotations

if __name__ == "__main__":
    from lsdm_stats.cli import main

    main()
