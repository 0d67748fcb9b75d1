"""Public names: documented, and never the name of a room."""

import importlib
import inspect

import pytest
from test_floors import floors

import lsdm_stats

ROOMS = [room for floor in floors() for room in floor]


def public_names(room: str) -> list[str]:
    module = importlib.import_module(f"lsdm_stats.{room}")
    return list(getattr(module, "__all__", []))


def test_no_public_name_is_a_room():
    names = set(lsdm_stats.__all__).union(*(public_names(room) for room in ROOMS))
    assert not names & set(ROOMS)


def test_top_level_names_resolve():
    for name in lsdm_stats.__all__:
        assert getattr(lsdm_stats, name) is not None


def test_an_unknown_top_level_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = lsdm_stats.Nothing


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_documented(room):
    module = importlib.import_module(f"lsdm_stats.{room}")
    assert module.__doc__
    for name in public_names(room):
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, f"{room}.{name}"
