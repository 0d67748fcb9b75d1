"""The pages around the package: README, citation, reference; and that the documentation builds without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lsdm_stats
from lsdm_stats.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
FLOORS = re.search(r"```floors\n(.*?)```", README, re.DOTALL)[1]
ROOMS = [room.strip() for line in FLOORS.splitlines() for room in line.split("|")]


def test_the_readme_is_short_and_says_what_the_figures_are():
    assert len(README.splitlines()) <= 200
    assert "Only the abstract of the paper was read" in README
    assert "not copies of its figures" in " ".join(README.split())


def test_commands_that_the_readme_shows_exist():
    shown = set(re.findall(r"^\.venv/bin/lsdm (\w+)", README, re.MULTILINE))
    assert {"verdicts", "figures", "run", "list"} <= shown
    assert shown <= {command.name for command in app.registered_commands}


def test_targets_that_the_readme_shows_are_in_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"study", "test", "docs"} <= set(re.findall(r"`?make ([a-z-]+)", README)) & targets


def test_the_reference_has_every_room():
    listed = set(re.findall(r"^   lsdm_stats\.(\w+)", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE))
    assert listed == set(ROOMS)


def test_examples_of_the_page_on_methods_run():
    namespace: dict = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "methods.md").read_text(), re.DOTALL):
        exec(block, namespace)
    assert namespace["transport"].lower <= namespace["transport"].value <= namespace["transport"].upper
    assert namespace["found"].certified.lower <= 0.5 <= namespace["found"].certified.upper


def test_the_citation_is_valid_and_of_this_version():
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()  # what the format requires
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["title"] == project["name"]
    assert citation["version"] == project["version"] == lsdm_stats.__version__
    assert citation["license"] == project["license"]
    assert citation["authors"] == [{"name": author["name"]} for author in project["authors"]]
    assert all(reference.keys() >= {"type", "title", "authors"} for reference in citation["references"])


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path: Path):
    pytest.importorskip("sphinx")
    pytest.importorskip("furo")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(tmp_path / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theory = (tmp_path / "html" / "theory.html").read_text()
    assert theory.count('class="math') > 1000
    text = re.sub(r"<(pre|code)\b.*?</\1>|<(span|div) class=\"math.*?</\2>|<[^>]+>", "", theory, flags=re.DOTALL)
    assert "$" not in text
