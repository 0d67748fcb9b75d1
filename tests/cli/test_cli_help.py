"""Help and completion: every command has examples that it takes; names of studies are offered, quickly."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from lsdm_stats.cli.app import app
from lsdm_stats.cli.completing import study_names
from lsdm_stats.cli.examples import EXAMPLES, SHORT
from lsdm_stats.study import find_studies

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands
LINES = [line.strip() for text in EXAMPLES.values() for line in text.splitlines() if line.startswith("  lsdm ")]


def test_every_command_has_a_short_help_and_examples():
    assert COMMANDS.keys() <= EXAMPLES.keys() == SHORT.keys()
    for name, command in COMMANDS.items():
        assert len(SHORT[name]) <= 60
        assert command.help
        assert all(getattr(parameter, "help", None) for parameter in command.params if parameter.name != "help"), name


@pytest.mark.parametrize("line", [line for line in LINES if line.split()[1] in COMMANDS], ids=str)
def test_examples_have_options_that_the_command_takes(line: str):
    _, name, *arguments = shlex.split(line)
    assert not COMMANDS[name].make_context(name, arguments).args


def test_an_example_with_another_option_is_found():
    with pytest.raises(Exception, match="No such option"):
        COMMANDS["run"].make_context("run", ["--fast"])


def test_help_shows_examples_line_by_line(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        app(["run", "--help"])
    out = capsys.readouterr().out
    assert re.search(r"^\s+lsdm run --quick$", out, re.MULTILINE)


def complete(typed: str, **more: str) -> list[str]:
    """What a bash shell is offered for a line typed so far."""
    words = {"_LSDM_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    program = "import sys; sys.argv[0] = 'lsdm'; from lsdm_stats.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False,
                          env={**os.environ, **words, **more})
    return done.stdout.split()


def test_names_of_studies_and_commands_are_offered(tmp_path: Path, studies: Path):
    names = [file.name for file in find_studies()]
    assert complete("lsdm run ") == names
    assert complete("lsdm verdicts fa") == ["family"]
    assert complete("lsdm fig") == ["figures"]
    assert complete(f"lsdm run --studies {studies} ") == ["toy"]
    assert complete(f"lsdm run --studies {tmp_path / 'none'} ") == []


def test_a_name_is_offered_once(tmp_path: Path):
    for name in ("first", "second", "_hidden"):
        (tmp_path / f"{name}.py").touch()
    context = click.Context(COMMANDS["run"])
    context.params = {"directory": tmp_path, "studies": ["first"]}
    assert study_names(context, "") == ["second"]
    assert study_names(context, "f") == []


def test_completion_loads_neither_studies_nor_numpy():
    program = ("import sys, click; from pathlib import Path; from lsdm_stats.cli.completing import study_names\n"
               "study_names(click.Context(click.Command('run')), 'f')\n"
               "assert not {'numpy', 'pydantic', 'lsdm_stats.study'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "lsdm_stats", "--help"], capture_output=True, text=True, check=True)
    assert "--install-completion" in done.stdout
    for name in COMMANDS:
        assert f"  {name}  " in done.stdout
