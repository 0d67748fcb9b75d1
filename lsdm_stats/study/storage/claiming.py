"""One writer per store, and new files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path


def claim(path: Path) -> Callable[[], None]:
    """Make the caller the only writer of a store, until it calls what is returned or its process ends, however.

    The claim is a lock of the operating system on ``<path>.lock``; it stops no reader.

    Raises
    ------
    ValueError
        At once, if another writer has the store, or its folder may not be written to.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path.resolve()}.lock", timeout=0, thread_local=False)
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"the store {path} must have one writer at a time; another run or merge is writing to it; wait for it to "
            "end, or pass another --store FILE and `lsdm merge` them later"
        ) from None
    except OSError as error:
        raise ValueError(
            f"the store {path} must be in a folder that may be written to; {error.strerror or error}; "
            "pass another --store FILE"
        ) from None

    def release() -> None:
        # Removed while it is held: whoever waits for the removed file finds that out and takes a new one.
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()

    return release


@contextmanager
def new_file(path: Path) -> Generator[Path]:
    """A path to write to that becomes `path` when the block ends well, and is removed when it does not.

    Raises
    ------
    ValueError
        If there is a file at `path`, or another process is about to make one.
    """
    release = claim(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        if path.exists():
            raise ValueError(f"{path} must be a new file; there is one already; choose another name")
        yield partial
        if Path(f"{partial}-wal").exists():
            # SQLite keeps its log when it could not bring all of it into the file.
            raise ValueError(f"{path} must have room on its disk; it was not written; free space and try again")
        partial.rename(path)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{partial}{ending}").unlink(missing_ok=True)
        release()
