"""Hypothesis profiles, the same examples on every run in continuous integration; the toy study of engine tests."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from loopback import LOOPBACK

settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

TOY = Path(__file__).with_name("toy.py")


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


@pytest.fixture(scope="module")
def address():
    """Address of a Dask scheduler with two worker processes, which reports the first death of a worker."""
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        made = distributed.LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=logging.CRITICAL, **LOOPBACK)
    with made:
        yield made.scheduler_address
