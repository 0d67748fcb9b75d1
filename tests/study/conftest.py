"""The toy study (tests/toy.py) in a directory of its own: its components are defined in the study file itself."""

from __future__ import annotations

from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "toy.py"


@pytest.fixture
def study_text() -> str:
    return TOY.read_text()


@pytest.fixture
def studies(tmp_path: Path, study_text: str) -> Path:
    """A directory with the toy study."""
    directory = tmp_path / "simulations"
    directory.mkdir()
    (directory / "toy.py").write_text(study_text)
    return directory


@pytest.fixture
def rewrite(studies: Path, study_text: str):
    """Append a definition to the toy study's file and return its path."""

    def change(definition: str) -> Path:
        path = studies / "toy.py"
        path.write_text(f"{study_text}\n\n{definition}\n")
        return path

    return change
