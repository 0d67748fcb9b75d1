"""``lsdm bounds``: what theory says of the mean distance of n points and their law, and every theorem in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsdm_stats.cli.console import new_console
from lsdm_stats.cli.options import Json

if TYPE_CHECKING:
    from lsdm_stats.bounds import Rate
    from lsdm_stats.manifolds import ModelSpace

_SPACES = ("cube:1", "cube:2", "cube:3", "cube:5", "sphere:2", "torus:1", "torus:2", "torus:3")
_SIZES = "100,1000,10000"
_LARGEST_DIM, _LARGEST_SIZE = 20, 10**9
_SMALL = 1e-3


def bounds(
    spaces: Annotated[
        list[str] | None,
        typer.Option("--space", metavar="KIND:DIM", show_default=False,
                     help="Unit cube, torus of unit circles or unit sphere, such as cube:3; may be repeated. "
                          f"By default {', '.join(_SPACES)}."),
    ] = None,
    sizes: Annotated[str, typer.Option("--n", metavar="N,N", help="Numbers of points.")] = _SIZES,
    listed: Annotated[
        bool, typer.Option("--list", help="List every theorem with its statement and where it is proved instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bounds on the mean W1 distance of n points and the law that they are drawn from, on spaces with unit lengths."""
    if listed:
        if spaces or sizes != _SIZES:
            raise ValueError("--list must be used without --space and --n; got both; theorems have no sizes")
        _print_theorems(as_json)
        return
    names = tuple(dict.fromkeys(spaces or _SPACES))
    numbers = _sizes(sizes)
    table = [row for name in names for row in _rows(name, _space(name), numbers)]
    if as_json:
        typer.echo(json.dumps(table, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(table, numbers)


def _rows(name: str, space: ModelSpace, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """One row for each rate that knows the space."""
    from lsdm_stats.bounds import RATES

    rows: list[dict[str, Any]] = []
    for rate in RATES:
        values = [_value(rate, space, n) for n in sizes]
        if any(value is not None for value in values):
            rows.append({"space": name, "label": rate.label, "title": rate.title, "side": rate.side,
                         "n": list(sizes), "values": values})
    return rows


def _value(rate: Rate, space: ModelSpace, n: int) -> float | None:
    """The bound, if it is for such a space and size."""
    try:
        return float(rate.evaluate(space, n).total)
    except ValueError:
        return None


def _space(text: str) -> ModelSpace:
    from lsdm_stats.manifolds import Box, FlatTorus, Sphere

    kinds: dict[str, Callable[[int], ModelSpace]] = {
        "cube": lambda dim: Box(sides=(1.0,) * dim),
        "torus": lambda dim: FlatTorus(lengths=(1.0,) * dim),
        "sphere": lambda dim: Sphere(dim=dim),
    }
    kind, _, dim = text.partition(":")
    if kind not in kinds or not _is_number(dim) or not 1 <= int(dim) <= _LARGEST_DIM:
        raise ValueError(f"--space must be cube:D, torus:D or sphere:D with a dimension D from 1 to {_LARGEST_DIM}; "
                         f"got {text!r}; correct it")
    return kinds[kind](int(dim))


def _sizes(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(_is_number(part) and 1 <= int(part) <= _LARGEST_SIZE for part in parts):
        raise ValueError(f"--n must be numbers of points from 1 to {_LARGEST_SIZE:,} such as {_SIZES}; "
                         f"got {text!r}; correct it")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _print(rows: Sequence[dict[str, Any]], sizes: Sequence[int]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for title in ("space", "theorem", "bound", "side"):
        table.add_column(title, no_wrap=True)
    for n in sizes:
        table.add_column(f"n = {n:,}", justify="right", no_wrap=True)
    before = None
    for row in rows:
        name = row["space"] if row["space"] != before else ""
        before = row["space"]
        table.add_row(name, row["label"], row["title"], row["side"], *map(_shown, row["values"]))
    console = new_console()
    console.print(table, soft_wrap=False)
    console.print("bounds of E W1(P_n, P); cubes have unit sides, tori unit circles, spheres radius 1")


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if value >= _SMALL else f"{value:.1e}"


def _print_theorems(as_json: bool) -> None:
    from lsdm_stats.bounds import THEOREMS

    theorems = [{"label": one.label, "title": one.title, "statement": one.statement,
                 "assumptions": list(one.assumptions), "tag": one.tag} for one in THEOREMS]
    if as_json:
        typer.echo(json.dumps(theorems, indent=2, ensure_ascii=False))
        return
    for theorem in theorems:
        typer.echo(f"{theorem['label']}  {theorem['statement']}")
        typer.echo(f"    {theorem['tag']}")
