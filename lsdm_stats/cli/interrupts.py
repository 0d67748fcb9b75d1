"""Ctrl-C: the first ends a run cleanly, a second one at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def second_ends_at_once() -> Generator[None]:
    """Let a second Ctrl-C end this process; what is stored stays, and workers notice that it is gone.

    Nothing is changed where Ctrl-C is ignored or handled already.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _first)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _first:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _first(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _second)
    raise KeyboardInterrupt


def _second(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"interrupted twice: ended at once; finished blocks are stored\n")
    os._exit(130)
