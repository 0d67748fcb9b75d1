"""Settings, cells and keys of a study."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

import pytest

from lsdm_stats.samples import SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators
from lsdm_stats.study import Cell, Comparison, Selection, Setting, Study, Trend


class Source(Spec):
    scale: float = 1.0

    def draw(self, n_paired: int, n_unpaired: int, *, rngs: Generators) -> SemiSupervised: ...

    def held_out(self, n: int, *, rngs: Generators) -> object: ...


class Method(Spec):
    uses_unpaired: bool = True
    dim: int = 1

    def fit(self, data: SemiSupervised, *, rngs: Generators) -> object: ...


class Measure(Spec):
    rows: int = 1

    def evaluate(self, evaluation: object) -> object: ...


def study(**changes: object) -> Study:
    fields = {
        "name": "toy",
        "sources": {"a": Source()},
        "n_paired": (5,),
        "n_unpaired": (0, 10),
        "methods": {"all": Method()},
        "metrics": (Measure(),),
        "replicates": 5,
        "block": 2,
        "seed": 3,
        "n_test": 7,
    }
    return Study(**{**fields, **changes})


def test_cells_are_settings_times_blocks_with_a_short_last_block():
    cells = study().cells()
    assert [cell.replicates for cell in cells] == [(0, 1), (2, 3), (4,)] * 2
    assert [cell.setting.n_unpaired for cell in cells] == [0, 0, 0, 10, 10, 10]
    assert len({cell.key for cell in cells}) == 6


def test_method_without_unpaired_data_runs_at_the_smallest_m_only():
    settings = study(methods={"all": Method(), "paired": Method(uses_unpaired=False)}, n_unpaired=(10, 2)).settings()
    assert [(s.method, s.n_unpaired) for s in settings] == [("all", 10), ("all", 2), ("paired", 2)]


@pytest.mark.parametrize(
    "change",
    [
        {"sources": {"a": Source(scale=2.0)}},
        {"n_paired": (6,)},
        {"n_unpaired": (1, 11)},
        {"methods": {"all": Method(dim=2)}},
        {"seed": 4},
        {"n_test": 8},
        {"block": 3},
    ],
)
def test_key_changes_with_everything_that_determines_a_fit(change: dict[str, object]):
    assert not {cell.key for cell in study(**change).cells()[:2]} & {cell.key for cell in study().cells()}


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"sources": {"b": Source()}}, {"methods": {"one": Method()}}, {"metrics": (Measure(rows=2),)}],
)
def test_key_does_not_depend_on_names_and_metrics(change: dict[str, object]):
    assert [cell.key for cell in study(**change).cells()] == [cell.key for cell in study().cells()]


def test_key_is_stable_across_versions_of_this_package():
    # A golden key: if it changes, every store in the world becomes stale.
    class Fixed(Spec):
        @property
        def digest(self) -> str:
            return "0" * 64

    cell = Cell(Setting("a", 5, 0, "b"), Fixed(), Fixed(), seed=1, replicates=(0, 1), n_test=7)
    assert cell.key == "ab86ec1588f5c86b9ff1585df77ae8170ac219a3fc6b902e5b0c27968c906218"


def test_more_replicates_keep_the_keys_of_full_blocks():
    few, many = ({cell.key for cell in study(replicates=replicates).cells()} for replicates in (4, 8))
    assert few < many


def test_cell_is_found_by_key_and_an_unknown_key_is_refused():
    one = study()
    assert one.cell(one.cells()[3].key) is one.cells()[3]
    with pytest.raises(ValueError, match="it has none with key abc"):
        one.cell("abc")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Toy study"}, "lower-case letters"),
        ({"sources": {}}, "sources: at least one is required"),
        ({"methods": {"a": Method(), "b": Method()}}, "another spec"),
        ({"methods": (("a", Method()), ("a", Method(dim=2)))}, "labels must be distinct"),
        ({"n_paired": (0,)}, "n_paired: one or more distinct whole numbers from 1"),
        ({"n_unpaired": (-1,)}, "n_unpaired: one or more distinct whole numbers from 0"),
        ({"n_paired": (5, 5)}, "distinct"),
        ({"metrics": ()}, "distinct metrics are required"),
        ({"metrics": (Measure(), Measure())}, "distinct metrics are required"),
        ({"block": 0}, "block: must be at least 1; got 0; raise it"),
        ({"replicates": 0}, "replicates: must be at least 1"),
        ({"n_test": 0}, "n_test: must be at least 1"),
        ({"n_test": -1}, "n_test: must be at least 0"),
        ({"excluded": (Selection(n_paired=6),)}, "excluded must select settings of the study; got n=6"),
        ({"excluded": (Selection(method="none"),)}, "excluded must select settings of the study; got none"),
        ({"excluded": (Selection(n_unpaired=0), Selection(n_unpaired=10))}, "excluded must leave settings"),
        ({"seed": -1}, "seed: must be at least 0"),
        ({"sources": {"a": Method()}}, "sources: a must have a method draw; Method has none"),
        ({"methods": {"a": Source()}}, "methods: a must have a method fit"),
        ({"metrics": (Method(),)}, "metrics must have a method evaluate"),
        ({"repetitions": 3}, "not a field of Study"),
    ],
)
def test_bad_design_is_refused_in_one_line(change: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message) as caught:
        study(**change)
    assert "\n" not in str(caught.value)


def ratio(**labels: str) -> Comparison:
    return Comparison(
        title="half",
        measured="error",
        quantity="ratio",
        at_most=1.0,
        of=Selection(n_unpaired=0),
        over=Selection(n_unpaired=10, **labels),
    )


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (ratio(source="b"), "claims must be about a source of the study, a; 'half' is about 'b'; correct the label"),
        (ratio(method="none"), "about a method of the study, all; 'half' is about 'none'"),
        (
            Trend(title="falls", measured="error", over="n_paired", at_most=0.0, among=Selection(method="b")),
            "'falls' is about 'b'",
        ),
    ],
)
@pytest.mark.parametrize("field", ["claims", "controls"])
def test_claim_about_an_unknown_label_is_refused(claim: Spec, message: str, field: str):
    with pytest.raises(ValueError, match=message):
        study(**{field: (claim,)})
    assert study(**{field: (ratio(source="a", method="all"),)})


def falls(**changes: object) -> Trend:
    fields = {"title": "falls", "measured": "error", "over": "n_unpaired", "at_most": 0.0}
    return Trend(**{**fields, **changes})


TWO = {"sources": {"a": Source(), "b": Source(scale=2.0)}, "methods": {"all": Method(), "paired": Method(dim=2)}}


@pytest.mark.parametrize("field", ["claims", "predictions", "controls"])
@pytest.mark.parametrize(("claim", "message"), [
    (falls(), "falls: a trend must be of one source and one method; got [('a', 'all'), ('a', 'paired'), ('b', 'all'), "
              "('b', 'paired')]; name them in among"),
    (falls(among=Selection(source="b")), "falls: a trend must be of one source and one method; got [('b', 'all'), "
                                         "('b', 'paired')]; name them in among"),
    (ratio(method="all"), "half: a selection must leave one setting; got 4 for m=0; name more factors"),
])
def test_a_claim_about_too_many_settings_is_refused_when_the_study_is_made(claim: Spec, message: str, field: str):
    with pytest.raises(ValueError, match=r"^Study: ") as caught:
        study(**TWO, **{field: (claim,)})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_that_a_trend_leaves_out_and_excluded_ones_do_not_count():
    assert study(**TWO, claims=(falls(among=Selection(source="b", method="all")),))
    others = (Selection(source="a"), Selection(method="paired"))
    assert study(**TWO, claims=(falls(),), excluded=others)
    assert study(methods={"all": Method(), "paired": Method(uses_unpaired=False)}, claims=(falls(),))  # m = 0 alone


def test_excluded_settings_have_no_cells_and_change_no_other_key():
    whole = study(n_paired=(5, 6))
    part = study(n_paired=(5, 6), excluded=(Selection(n_paired=6, n_unpaired=10),))
    assert [(s.n_paired, s.n_unpaired) for s in part.settings()] == [(5, 0), (5, 10), (6, 0)]
    assert [cell.key for cell in part.cells()] == [cell.key for cell in whole.cells()[: len(part.cells())]]


def test_a_study_of_estimators_needs_no_test_sample():
    class Estimator(Method):
        needs_test_data: ClassVar[bool] = False

    assert study(methods={"one": Estimator()}, n_test=0).cells()[0].n_test == 0
    with pytest.raises(ValueError, match="n_test: must be at least 1 for the method all; got 0"):
        study(methods={"one": Estimator(), "all": Method()}, n_test=0)


def test_claims_are_not_in_the_keys():
    assert study(claims=(ratio(),)).cells()[0].key == study().cells()[0].key


def test_keys_are_those_of_sorted_json_without_spaces():
    cell = study().cells()[0]
    identity = {"source": cell.source.digest, "n_paired": cell.setting.n_paired, "n_unpaired": cell.setting.n_unpaired,
                "method": cell.method.digest, "seed": cell.seed, "replicates": list(cell.replicates),
                "n_test": cell.n_test}
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    assert cell.key == hashlib.sha256(text.encode()).hexdigest()
