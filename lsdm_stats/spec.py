"""Frozen, strictly validated value objects with a canonical form and a SHA-256 digest."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.errors import PydanticUserError

_SHOWN = 60  # characters of a value in a message


class Spec(BaseModel):
    """An immutable, validated description of one object; equal specs have equal digests and conversely.

    Fields are numbers, strings, booleans, ``None``, enums, tuples of these, or other specs. Raise the class
    variable `revision` when the meaning of a spec changes while its fields do not: what was stored under the old
    meaning then becomes stale instead of being mixed with the new.

    Parameters
    ----------
    **fields
        A value for each field without a default, and for others that are to differ from theirs.

    Raises
    ------
    ValueError
        One line, if a field is missing, unknown, of the wrong type or out of range.

    Examples
    --------
    >>> class Ball(Spec):
    ...     radius: float
    >>> Ball(radius=1) == Ball(radius=1.0), Ball(radius=2.0) == Ball(radius=1.0)
    (True, False)
    >>> Ball(radius=1.0).replace(radius=3.0)
    Ball(radius=3.0)
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=True,
        ignored_types=(cached_property,),
    )

    revision: ClassVar[int] = 1
    unchanged_at: ClassVar[Mapping[str, object]] = {}
    """Fields that came later, and the value at which a spec means what it meant without them: digests leave it out."""

    stands_for: ClassVar[Mapping[str, str]] = {}
    """Fields that say where something lies, and the property that says what: digests take the latter in its place."""

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise ValueError(_one_line(type(self), error)) from None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal: class, revision and every field at every depth."""
        text = json.dumps(canonical(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def replace(self, **changes: Any) -> Self:
        """A new, validated spec with some fields changed."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def canonical(value: object) -> object:
    """What a spec's digest is taken of: plain JSON values, integral floats written as integers.

    Parameters
    ----------
    value : object
        A spec, or what a spec may hold.

    Returns
    -------
    object
        Dicts, lists, strings, numbers, booleans and None.

    Raises
    ------
    ValueError
        If a value is of a kind that a spec may not hold (a list, a dict, an array, NaN).

    Examples
    --------
    >>> canonical((1.0, 0.5, "x", None))
    [1, 0.5, 'x', None]
    """
    match value:
        case Spec():
            fields = {name: canonical(getattr(value, type(value).stands_for.get(name, name)))
                      for name in type(value).model_fields if not _is_unchanged(value, name)}
            return {"class": _class_name(type(value)), "revision": type(value).revision, "fields": fields}
        case Enum():
            return {"enum": _class_name(type(value)), "name": value.name}
        case tuple():
            return [canonical(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case float() if value == value and abs(value) != float("inf"):
            return value
        case None | bool() | int() | str():
            return value
        case _:
            raise ValueError(
                f"a spec holds numbers, strings, tuples, enums and specs; got {type(value).__name__}; "
                "use a tuple for a list, a seed for an array"
            )


def _is_unchanged(spec: Spec, name: str) -> bool:
    later = type(spec).unchanged_at
    return name in later and getattr(spec, name) == later[name]


def _class_name(cls: type) -> str:
    """Bare for classes of this package, so that moving a file changes no digest; with the module for others."""
    if cls.__module__.split(".")[0] == __package__:
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def untyped_field(error: PydanticUserError) -> str | None:
    """What is wrong with a subclass of `Spec` that sets an attribute without a type; None for another error.

    Parameters
    ----------
    error : PydanticUserError
        Raised where the class is defined.

    Returns
    -------
    str or None
        One line.

    Examples
    --------
    >>> try:
    ...     type("Ball", (Spec,), {"radius": 0.1, "__module__": __name__})
    ... except PydanticUserError as error:
    ...     untyped_field(error)
    'radius must have a type; it has none; write `radius: float = 0.1`'
    """
    found = re.search(r"`(\w+) = (.*?)`\. ", str(error), re.DOTALL)
    if error.code != "model-field-missing-annotation" or found is None:
        return None
    name, value = found[1], " ".join(found[2].split())
    try:
        kind = type(ast.literal_eval(value)).__name__
    except (ValueError, SyntaxError):
        kind, value = "TYPE", "…"
    return f"{name} must have a type; it has none; write `{name}: {kind} = {value}`"


def _one_line(owner: type[Spec], error: ValidationError) -> str:
    problems: list[str] = []
    meant = set[str]()
    # A misspelt name comes first: it explains why another field is missing.
    for item in sorted(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden"):
        field = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        got = f"{field}: {message[0].lower()}{message[1:]}; got {_short(item['input'])}"
        match item["type"]:
            case "missing" if field in meant:
                pass
            case "missing":
                problems.append(f"{field} is required; pass {field}=…")
            case "extra_forbidden":
                near = get_close_matches(field, owner.model_fields, n=1)
                meant.update(near)
                remedy = f"did you mean {near[0]}?" if near else "remove it or correct its name"
                problems.append(f"{field} is not a field of {owner.__name__}; {remedy}")
            case "value_error" | "assertion_error":
                problems.append(f"{field}: {message}" if field else message)
            case "tuple_type" if isinstance(item["input"], list):
                problems.append(f"{got}; write (…,) for […]")
            case "tuple_type":
                problems.append(f"{got}; a tuple of one needs a comma: ({_short(item['input'])},)")
            case _:
                problems.append(got)
    return f"{owner.__name__}: " + "; ".join(problems)


def _short(value: object) -> str:
    shown = repr(value)
    if len(shown) <= _SHOWN:
        return shown
    return f"{type(value).__name__}(…)" if isinstance(value, Spec) else f"{shown[:_SHOWN]}…"
