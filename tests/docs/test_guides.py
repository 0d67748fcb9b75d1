"""The guides are followed to the letter: files are written, commands run, Python runs, and what they print is compared.

A block of Python whose first line is ``# folder/file.py`` is that file; other blocks of Python share one namespace.
Blocks of shell run as they stand; a block of text after one holds lines of its output, ``…`` standing for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose command ``lsdm`` is that of this tree."""
    command = tmp_path / "bin" / "lsdm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lsdm_stats "$@"\n')
    command.chmod(0o755)
    root = str(DOCS.parent)
    return {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("guide", ["add_a_population", "add_a_theorem", "add_a_matcher"])
def test_the_guide_works(guide: str, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    namespace: dict[str, object] = {"__name__": guide}
    printed = ""
    kinds = []
    for kind, text in BLOCK.findall((DOCS / f"{guide}.md").read_text()):
        kinds.append(kind)
        match kind:
            case "sh":
                printed = shell(text, environment)
            case "text":
                assert_printed(text, printed)
            case "python" if named := re.match(r"# (\S+\.py)\n", text):
                Path(named[1]).write_text(text)
            case "python":
                exec(compile(text, f"{guide}.md", "exec"), namespace)
            case _:
                raise AssertionError(f"{guide}.md: a block of {kind} is not run by anything")
    assert {"sh", "text", "python"} <= set(kinds)


def shell(commands: str, environment: dict[str, str]) -> str:
    done = subprocess.run(["sh", "-e"], input=commands, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def assert_printed(expected: str, printed: str) -> None:
    """Every expected line is in the output, whatever the space between its words; tables pad their cells."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    for line in expected.splitlines():
        pattern = re.escape(" ".join(line.split())).replace("…", ".*")
        assert any(re.fullmatch(pattern, one) for one in lines), f"not printed: {line}\n{printed}"


def test_a_guide_that_shows_what_is_not_printed_is_found():
    assert_printed("a … b", "x\n a  1   b\n")
    with pytest.raises(AssertionError, match="not printed: a c"):
        assert_printed("a c", "a  1   b\n")


def test_no_link_of_the_documentation_is_dead():
    for page in [DOCS.parent / "README.md", *DOCS.glob("*.md")]:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
