"""What the shell offers when a name of a study is to be completed; quick, so nothing is imported or run."""

from __future__ import annotations

from pathlib import Path

import typer

_PACKAGE = Path(__file__).parents[1]


def study_names(context: typer.Context, incomplete: str) -> list[str]:
    """Names of study files that begin as typed and are not named yet, from where the command would read them."""
    given = context.params.get("directory")
    named = context.params.get("studies") or ()
    places = [Path(given)] if given else [
        Path("simulations"), _PACKAGE / "_shipped" / "simulations", _PACKAGE.parent / "simulations"]
    place = next((place for place in places if place.is_dir()), places[0])
    names = sorted(path.stem for path in place.glob("*.py") if not path.stem.startswith("_"))
    return [name for name in names if name.startswith(incomplete) and name not in named]
