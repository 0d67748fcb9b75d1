"""The command ``lsdm``: thin, and quick to answer; every command imports what it needs when it is called."""

from __future__ import annotations

from lsdm_stats.cli.app import main

__all__ = ["main"]
