"""Where and with what a cell was computed: recorded beside its rows, never part of what counts as equal rows."""

from __future__ import annotations

import platform
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from lsdm_stats import __version__

LIBRARIES = ("numpy", "scipy", "POT", "torch")
FIELDS = ("package", "git_commit", "python", *(name.lower() for name in LIBRARIES), "host")


@lru_cache(maxsize=1)
def provenance() -> dict[str, str]:
    """Package version, git commit ("" outside a repository), library versions ("" if absent) and host name."""
    values = (
        __version__,
        _git_commit(),
        platform.python_version(),
        *map(_version, LIBRARIES),
        platform.node(),
    )
    return dict(zip(FIELDS, values, strict=True))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _git_commit() -> str:
    """Commit of the repository that the package is run from, with ``-dirty`` if files differ from it."""
    repository = Path(__file__).parents[3]
    if not (repository / ".git").exists():
        return ""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()
