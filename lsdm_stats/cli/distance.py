"""``lsdm distance``: exact Wasserstein distance of two files of points, with certificate and confidence intervals."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import Json
from lsdm_stats.cli.points import Points, read_points, require_same_columns

if TYPE_CHECKING:
    from lsdm_stats.inference import Interval

_FILE = "one observation per row: .csv, .npy or .parquet"


def distance(
    first: Annotated[Path, typer.Argument(metavar="A", help=f"Points of the first sample, {_FILE}.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Points of the second sample, with the same columns.")],
    order: Annotated[int, typer.Option(metavar="1|2", help="Order of the distance.")] = 1,
    blocks: Annotated[
        str | None,
        typer.Option(metavar="P,Q", help="Columns of blocks whose distances add up; one block by default."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of weights in both files: its name, or number from 1."),
    ] = None,
    level: Annotated[float, typer.Option(help="Coverage of the confidence intervals.")] = 0.95,
    diameter: Annotated[
        float | None, typer.Option(help="Known largest distance in both laws: gives a certified interval.")
    ] = None,
    transport_constant: Annotated[
        float | None, typer.Option(help="Known transport constant of both laws, in place of the diameter.")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Rows of both files belong together.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random halves behind the lower limits.")] = 0,
    as_json: Json = False,
) -> None:
    """Exact Wasserstein distance of two files with its certificate, and what they say of the laws they come from."""
    a, b = read_points(first, weights), read_points(second, weights)
    require_same_columns(a, b)
    answer = _answer(a, b, order, _blocks(blocks), level, diameter, transport_constant, shared, seed)
    if as_json:
        typer.echo(json.dumps(answer, indent=2, allow_nan=False))
    else:
        _print(answer)


def _answer(a: Points, b: Points, order: int, blocks: tuple[int, ...] | None, level: float, diameter: float | None,
            transport_constant: float | None, shared: bool, seed: int) -> dict[str, Any]:
    import numpy as np

    from lsdm_stats.wasserstein import exact, interval

    exact([[0.0, 0.0]], [[1.0, 0.0]])  # loading the solver is not part of the samples' time
    start = time.perf_counter()
    why_not = None
    if order != 1:
        why_not = "confidence intervals are for order 1"
    elif a.weights is not None or b.weights is not None:
        why_not = "confidence intervals are for samples of equal weights"
    elif min(len(a.values), len(b.values)) < 4:
        why_not = "confidence intervals need at least four points of each sample"
    if why_not is not None and (diameter is not None or transport_constant is not None or shared):
        raise ValueError(f"--diameter, --transport-constant and --shared ask for a confidence interval; {why_not}; "
                         "leave them out")
    if why_not is None:
        found = interval(a.values, b.values, level=level, diameter=diameter, transport_constant=transport_constant,
                         blocks=blocks, shared=shared, rng=np.random.default_rng(seed))
        transport = found.transport
        intervals = {"certified": _ends(found.certified), "asymptotic": _ends(found.asymptotic),
                     "held_out": _ends(found.held_out)}
    else:
        transport = exact(a.values, b.values, order=order, blocks=blocks, x_weights=a.weights, y_weights=b.weights)
        intervals = None
    return {
        "value": transport.value,
        "lower": transport.lower,
        "upper": transport.upper,
        "relative_gap": transport.gap / transport.value if transport.value else transport.gap,
        "order": transport.order,
        "blocks": list(transport.blocks),
        "rows": [len(a.values), len(b.values)],
        "level": level,
        "intervals": intervals,
        "no_intervals_because": why_not,
        "seconds": time.perf_counter() - start,
    }


def _blocks(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--blocks must be numbers of columns such as 2,3; got {text!r}; correct it") from None


def _ends(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {"lower": found.lower, "estimate": found.estimate, "upper": found.upper}


def _print(answer: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False)
    rows, dims = answer["rows"], " + ".join(map(str, answer["blocks"]))
    table.add_row(f"W{answer['order']} of the samples", f"{answer['value']:.12g}")
    proof = f"{answer['lower']:.12g} <= W{answer['order']} <= {answer['upper']:.12g}"
    table.add_row("certificate", f"{proof}, relative gap {answer['relative_gap']:.1e}")
    table.add_row("samples", f"{rows[0]:,} and {rows[1]:,} points, {dims} columns, {answer['seconds']:.2f} s")
    if answer["intervals"] is None:
        table.add_row("W1 of the laws", f"no interval: {answer['no_intervals_because']}")
    else:
        level = f"{100 * answer['level']:g} %"
        _add(table, f"W1 of the laws, {level}, certified", answer["intervals"]["certified"],
             "not without --diameter or --transport-constant")
        _add(table, f"W1 of the laws, {level}, asymptotic", answer["intervals"]["asymptotic"],
             note="; the lower end is too high where the samples' distance is biased")
        _add(table, f"W1 of the laws, {level}, held-out", answer["intervals"]["held_out"],
             note="; the lower end is asymptotically valid, the upper one too low")
    new_console().print(table, soft_wrap=False)


def _add(table: Any, title: str, ends: dict[str, float] | None, otherwise: str = "", note: str = "") -> None:
    table.add_row(title, otherwise if ends is None else f"[{ends['lower']:.4g}, {ends['upper']:.4g}]{note}")
