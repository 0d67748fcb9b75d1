"""The wheel, in an environment of its own: studies, figures and published rows come with it, and the command works."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from test_floors import ROOT

pytestmark = pytest.mark.slow


def call(*command: object, cwd: Path, **environment: str) -> str:
    words = [str(word) for word in command]
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LSDM_STORE")}
    done = subprocess.run(words, cwd=cwd, env={**kept, "OMP_NUM_THREADS": "1", **environment}, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path):
    """Run the installed command in an empty folder; libraries come from the environment of the tests."""
    place, folder = wheel.parent / "venv", wheel.parent / "empty"
    folder.mkdir()
    call(sys.executable, "-m", "venv", "--without-pip", place, cwd=folder)
    call(sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "--quiet", "--no-deps",
         "--no-index", wheel, cwd=folder)
    libraries = sysconfig.get_paths()["purelib"]  # as PYTHONPATH: without what an editable installation adds to it

    def run(*command: str) -> str:
        return call(place / "bin" / command[0], *command[1:], cwd=folder, PYTHONPATH=libraries)

    return run


def test_the_wheel_has_code_studies_figures_rows_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert "lsdm = lsdm_stats.cli:main" in entry_points
    shipped = {path.relative_to(ROOT) for folder in ("simulations", "figures") for path in (ROOT / folder).rglob("*")
               if path.suffix in (".py", ".parquet")}
    shipped.add(Path("docs", "theory.md"))  # the report has the statements
    assert {name for name in names if "/_shipped/" in name} == {f"lsdm_stats/_shipped/{path}" for path in shipped}
    assert all(name.startswith(("lsdm_stats/", "lsdm_stats-")) for name in names)
    assert not [name for name in names if "__pycache__" in name or "tests" in name]
    assert "lsdm_stats/py.typed" in names


def test_the_installed_command_finds_its_studies_and_rows(installed):
    where = installed("python", "-c", "import lsdm_stats; print(lsdm_stats.__file__)")
    assert "venv" in where
    assert "geometric_fidelity" in installed("lsdm", "list")
    assert "A1.pushed" in installed("lsdm", "verdicts", "two_stage_bound", "--published")
    assert "two_stage_bound.png" in installed("lsdm", "figures", "two_stage_bound", "--published")
    assert "A Inequalities" in installed("lsdm", "verdicts", "two_stage_bound", "--published", "--brief")
    installed("lsdm", "report", "two_stage_bound", "--published", "--out", "page.html")
    assert "True" in installed("python", "-c", "print('<math' in open('page.html', encoding='utf-8').read())")


def test_the_installed_command_runs_a_study(installed):
    study = ("joint_to_conditional", "--quick")
    assert "36 blocks done, 0 failed" in installed("lsdm", "run", *study, "--executor", "serial")
    assert "0 against" in installed("lsdm", "verdicts", *study)
    assert "joint_to_conditional_quick.pdf" in installed("lsdm", "figures", *study)
