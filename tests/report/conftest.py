"""A page of hostile studies, made by the command from a store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_store import run, write_studies


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of both studies at full scale, of which twin was not run yet."""
    folder = tmp_path_factory.mktemp("hostile")
    place = write_studies(folder)
    run("run", place, "toy", "--executor", "serial")
    page = folder / "report.html"
    assert run("report", place, "--out", str(page)) == 0
    return page


@pytest.fixture(scope="session")
def short(hostile: Path) -> Path:
    """The page of one of the studies, with the theorems that it checks and no others."""
    page = hostile.with_name("short.html")
    assert run("report", hostile.parent / "simulations", "toy", "--out", str(page)) == 0
    return page
