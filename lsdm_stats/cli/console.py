"""The one way in which commands print text for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_FILES = 160


def new_console() -> Console:
    """A console on stdout that prints what it is given; tables may be wide where no terminal limits them."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
    return Console(width=width, soft_wrap=True, highlight=False, markup=False)
