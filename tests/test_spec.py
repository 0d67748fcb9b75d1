"""Specs: validation, equality and digests."""

from enum import Enum
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdm_stats import LSDM, PCA, Autoencoder, EnergyScore
from lsdm_stats.spec import Spec, canonical


class Colour(Enum):
    RED = 1
    BLUE = 2


class Leaf(Spec):
    size: float
    count: int = 1
    name: str = "a"
    flag: bool = False
    colour: Colour = Colour.RED


class Tree(Spec):
    left: Spec
    right: Spec | None = None
    weights: tuple[float, ...] = ()


numbers = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.builds(
    Leaf,
    size=numbers,
    count=st.integers(),
    name=st.text(max_size=3),
    flag=st.booleans(),
    colour=st.sampled_from(Colour),
)
specs = st.recursive(
    leaves,
    lambda children: st.builds(
        Tree, left=children, right=st.none() | children, weights=st.lists(numbers, max_size=3).map(tuple)
    ),
    max_leaves=6,
)


def plain(spec):
    """Field by field comparison that does not go through the digest."""
    return (
        type(spec),
        *(plain(v) if isinstance(v, Spec) else v for v in (getattr(spec, f) for f in type(spec).model_fields)),
    )


@given(specs, specs)
def test_equal_specs_and_only_they_have_equal_digests(a, b):
    assert (a == b) == (a.digest == b.digest) == (plain(a) == plain(b))


@given(specs)
def test_rebuilding_a_spec_keeps_its_digest(spec):
    assert spec.replace() == spec
    assert spec.replace() is not spec
    assert hash(spec.replace()) == hash(spec)


@given(leaves, st.integers(1, 5))
def test_a_change_in_any_field_at_any_depth_changes_the_digest(leaf, depth):
    def wrapped(inner):
        for _ in range(depth):
            inner = Tree(left=inner)
        return inner

    changes = {
        "size": 2.0 if leaf.size == 1 else 1.0,
        "count": leaf.count + 1,
        "name": leaf.name + "x",
        "flag": not leaf.flag,
    }
    changes["colour"] = Colour.BLUE if leaf.colour is Colour.RED else Colour.RED
    digests = {wrapped(leaf.replace(**{field: value})).digest for field, value in changes.items()}
    assert len(digests | {wrapped(leaf).digest}) == len(changes) + 1


def test_golden_digest():

    assert PCA(dim=2).digest == "18cdfe1532881725f50473fdb2f29a9d0b27a6874368611c1ef00f5f418e74bc"
    assert canonical(PCA(dim=2)) == {"class": "PCA", "revision": 1, "fields": {"dim": 2}}


def test_nested_methods_have_different_digests():
    assert LSDM(latent=Autoencoder(dim=2)).digest != LSDM(latent=Autoencoder(dim=2, hidden=(64, 65))).digest


def test_a_revision_changes_the_digest():
    first = Leaf(size=1.0)
    revised = type("Leaf", (Leaf,), {"revision": 2, "__module__": Leaf.__module__, "__qualname__": "Leaf"})(size=1.0)
    assert first != revised


def test_integral_floats_equal_integers():
    assert Leaf(size=0) == Leaf(size=0.0) == Leaf(size=-0.0)


def test_classes_outside_the_package_carry_their_module():
    assert canonical(Leaf(size=1.0))["class"].endswith("test_spec.Leaf")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Leaf(), "Leaf: size is required; pass size=…"),
        (lambda: Leaf(size="1"), "Leaf: size: input should be a valid number; got '1'"),
        (lambda: Leaf(size=float("nan")), "Leaf: size: input should be a finite number; got nan"),
        (lambda: Leaf(size=1.0, sise=2.0), "Leaf: sise is not a field of Leaf; did you mean size?"),
        (lambda: Leaf(size=1.0, other=2.0), "Leaf: other is not a field of Leaf; remove it or correct its name"),
        (lambda: Leaf(size=True), "Leaf: size: input should be a valid number; got True"),
        (lambda: Tree(left=Leaf(size=1.0), weights=[1.0]), "Tree: weights: input should be a valid tuple; got [1.0]"),
        (
            lambda: Tree(left=Leaf(size=1.0), weights=0.5),
            "Tree: weights: input should be a valid tuple; got 0.5; a tuple of one needs a comma: (0.5,)",
        ),
        (
            lambda: Tree(left=Leaf(size=1.0), weights=Tree(left=Leaf(size=1.0, name="long" * 20))),
            "Tree: weights: input should be a valid tuple; got Tree(…); a tuple of one needs a comma: (Tree(…),)",
        ),
        (lambda: Leaf(size="9" * 99), f"Leaf: size: input should be a valid number; got '{'9' * 59}…"),
        (lambda: PCA(dim=0), "PCA: dim: input should be greater than or equal to 1; got 0"),
        (
            lambda: LSDM(latent=EnergyScore()),
            "LSDM: latent: must be a latent space such as Autoencoder(dim=2); got EnergyScore",
        ),
        (
            lambda: LSDM(latent=PCA(dim=1), matcher=PCA(dim=1)),
            "LSDM: matcher: must be a matcher such as ExactTransport(); got PCA",
        ),
    ],
)
def test_bad_fields_are_refused_in_one_line(build, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        build()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_misspelt_field_is_not_also_said_to_be_missing():
    with pytest.raises(ValueError, match=r"^Leaf: sise is not a field of Leaf; did you mean size\?$"):
        Leaf(sise=1.0)


class Grown(Spec):
    size: float
    later: float | None = None
    unchanged_at = {"later": None}  # noqa: RUF012


def test_a_later_field_leaves_digests_alone_at_its_old_meaning():
    assert "later" not in canonical(Grown(size=1.0))["fields"]
    assert canonical(Grown(size=1.0, later=2.0))["fields"] == {"size": 1, "later": 2}
    assert Grown(size=1.0) != Grown(size=1.0, later=0.0)


def test_specs_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Leaf(size=1.0).size = 2.0


def test_arrays_and_lists_have_no_canonical_form():
    for value in ([1], {"a": 1}, np.zeros(2)):
        with pytest.raises(ValueError, match="a spec holds numbers"):
            canonical(value)


class Placed(Spec):
    """A field says where something lies, a property what."""

    path: str
    stands_for: ClassVar[dict[str, str]] = {"path": "content"}

    @property
    def content(self) -> str:
        """What lies there."""
        return self.path.upper()


def test_digests_take_what_lies_at_a_place_and_not_the_place():
    assert Placed(path="a") == Placed(path="A")
    assert Placed(path="a") != Placed(path="b")
    assert canonical(Placed(path="a"))["fields"] == {"path": "A"}
