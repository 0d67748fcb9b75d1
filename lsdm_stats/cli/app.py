"""The application: its commands, and what happens to errors."""

from __future__ import annotations

import gc
import sys
import traceback
from typing import NoReturn

import typer

from lsdm_stats.cli.bounds import bounds
from lsdm_stats.cli.distance import distance
from lsdm_stats.cli.drawing import figures
from lsdm_stats.cli.examples import EXAMPLES, SHORT
from lsdm_stats.cli.judging import verdicts
from lsdm_stats.cli.output import export, replay
from lsdm_stats.cli.planning import plan
from lsdm_stats.cli.reporting import report
from lsdm_stats.cli.running import run
from lsdm_stats.cli.showing import list_all, status
from lsdm_stats.cli.stores import merge, migrate

_OBJECTS = 100_000  # new objects before cycles are looked for: a store has many cells, and they live to the end

app = typer.Typer(
    name="lsdm",
    help="Puts the theory of semi-supervised generative learning to the test.",
    epilog="Begin with `lsdm list` and `lsdm run --quick`; `lsdm COMMAND --help` has examples.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(list_all)
app.command("run")(run)
app.command("plan")(plan)
app.command("status")(status)
app.command("verdicts")(verdicts)
app.command("figures")(figures)
app.command("report")(report)
app.command("export")(export)
app.command("replay")(replay)
app.command("merge")(merge)
app.command("migrate")(migrate)
app.command("distance")(distance)
app.command("bounds")(bounds)
for _command in app.registered_commands:
    _command.short_help, _command.epilog = SHORT.get(str(_command.name)), EXAMPLES.get(str(_command.name))


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; an error of the user's making is one line on stderr and exit code 2.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments of the command; those of the process by default.

    Raises
    ------
    SystemExit
        Always: with 0, with 1 where the command says so, with 2 after an error of the user's making.

    Examples
    --------
    >>> main(["verdicts", "--quick", "--published"])
    Traceback (most recent call last):
        ...
    SystemExit: 2
    """
    gc.set_threshold(_OBJECTS)
    try:
        app(arguments)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        _give_up(f"{problem}; check the path and your permissions")
    except ValueError as error:
        if not _is_ours(error):
            raise
        _give_up(str(error))
    sys.exit(0)


def _give_up(problem: str) -> NoReturn:
    print(f"lsdm: {' '.join(problem.split())}", file=sys.stderr)
    sys.exit(2)


def _is_ours(error: ValueError) -> bool:
    """Whether this package raised it, in words for a user; one from a library or a figure file is a bug to be seen."""
    frame, _ = list(traceback.walk_tb(error.__traceback__))[-1]
    return str(frame.f_globals.get("__name__", "")).startswith("lsdm_stats.")
