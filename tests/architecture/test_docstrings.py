"""Public names explain themselves: parameters, what comes back, what is refused, and an example that runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
import textwrap
from pathlib import Path

import pytest
from test_floors import PACKAGE, floors, room_of

ROOMS = [room for floor in floors() for room in floor]
SECTION = re.compile(r"^(\w+(?: \w+)?)\n-{3,}$", re.MULTILINE)


def public_names(room: str) -> dict[str, object]:
    """What a room offers: its `__all__` or, of a room that is one file, what it defines."""
    module = importlib.import_module(f"lsdm_stats.{room}")
    names = getattr(module, "__all__", None)
    if names is None and not hasattr(module, "__path__"):
        tree = ast.parse(Path(module.__file__).read_text())
        names = [name for node in tree.body for name in defined(node) if not name.startswith("_")]
    return {name: inspect.unwrap(getattr(module, name)) for name in names or []}


def defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name()):
            return [node.target.id]
        case _:
            return []


def sections(thing: object) -> dict[str, str]:
    """Text by section of a numpy-style docstring; what stands before the first is the section ''."""
    parts = SECTION.split("\n" + inspect.cleandoc(getattr(thing, "__doc__", None) or ""))
    return dict(zip(["", *parts[1::2]], [parts[0].strip(), *(part.strip("\n") for part in parts[2::2])], strict=True))


def documented(thing: object) -> set[str]:
    """Names in the Parameters of a function, or of a class and those that it is made from."""
    owners = thing.__mro__ if inspect.isclass(thing) else [thing]
    entries = [line for owner in owners for line in sections(owner).get("Parameters", "").splitlines()]
    heads = [line.split(":")[0] for line in entries if line and not line.startswith(" ")]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def parameters(thing: object) -> list[str]:
    if inspect.isfunction(thing):
        return list(inspect.signature(thing).parameters)
    if getattr(thing, "_is_protocol", False):
        return []
    fields = getattr(thing, "model_fields", None) or getattr(thing, "__dataclass_fields__", {})
    own = fields if fields else inspect.signature(thing.__init__).parameters if "__init__" in vars(thing) else {}
    return [name for name in own if name != "self" and getattr(own[name], "init", True) is not False]


def problems(thing: object) -> list[str]:
    """What the docstring of a class or function lacks."""
    found = sections(thing)
    lacking = []
    if not found[""]:
        lacking.append("a first line")
    if not re.search(r"^>>> ", found.get("Examples", ""), re.MULTILINE):
        lacking.append("Examples")
    if missing := [name for name in parameters(thing) if name not in documented(thing)]:
        lacking.append(f"Parameters: {', '.join(missing)}")
    if inspect.isfunction(thing):
        returned = thing.__annotations__.get("return", "None")
        if returned not in (None, "None", "NoReturn") and not {"Returns", "Yields"} & found.keys():
            lacking.append("Returns")
        body = ast.parse(textwrap.dedent(inspect.getsource(thing)))
        if any(isinstance(node, ast.Raise) for node in ast.walk(body)) and "Raises" not in found:
            lacking.append("Raises")
    return lacking


@pytest.mark.parametrize("room", ROOMS)
def test_classes_and_functions_are_explained_with_an_example(room):
    found = {name: problems(thing) for name, thing in public_names(room).items()
             if inspect.isclass(thing) or inspect.isfunction(thing)}
    assert {name: lacking for name, lacking in found.items() if lacking} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_other_names_have_a_string_below_them(room):
    """Aliases and tuples have no docstring of their own; the documentation shows the string that follows."""
    others = {name for name, thing in public_names(room).items()
              if not (inspect.isclass(thing) or inspect.isfunction(thing))}
    explained = set()
    for path in PACKAGE.rglob("*.py"):
        if room_of(path, PACKAGE) == room:
            body = ast.parse(path.read_text()).body
            for node, below in itertools.pairwise(body):
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    explained.update(defined(node))
    assert others - explained == set()


def test_what_is_lacking_is_found():
    def half(x: float, *, y: float) -> float:
        """The half.

        Parameters
        ----------
        x : float
            A number.
        """
        raise ValueError(x, y)

    assert problems(half) == ["Examples", "Parameters: y", "Returns", "Raises"]
