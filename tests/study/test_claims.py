"""Claims, comparisons and trends as specs: strict, hashable, digestible."""

from __future__ import annotations

import pytest

from lsdm_stats.bounds import GeometryBound, MasterBound
from lsdm_stats.study import Setting
from lsdm_stats.study.judging.claims import Claim, Comparison, Selection, Trend

SETTING = Setting("swiss_roll", 200, 800, "autoencoder")


def claim(**changes):
    return Claim(**{"bound": MasterBound(), "measured": "joint_w1", "kind": "sure", **changes})


def comparison(**changes):
    fields = {"title": "t", "measured": "v", "of": Selection(n_unpaired=0), "over": Selection(n_unpaired=800),
              "quantity": "ratio", "at_least": 2}
    return Comparison(**{**fields, **changes})


def test_terms_may_be_a_mapping_and_stay_hashable():
    mapped = claim(terms={"reconstruction": "r", "pushed_cost": "c"})
    assert mapped.terms == (("pushed_cost", "c"), ("reconstruction", "r"))
    assert mapped == claim(terms={"pushed_cost": "c", "reconstruction": "r"})
    assert hash(mapped) == hash(mapped.replace())
    assert mapped.value_names == {"pushed_cost": "c", "reconstruction": "r"}


def test_inputs_without_a_term_are_read_under_their_own_name():
    names = claim(bound=GeometryBound(form="decoder"), terms={"distance_modulus": "L"}).value_names
    assert names == {"distance_to_manifold.reconstruction": "distance_to_manifold.reconstruction",
                     "distance_modulus": "L", "marginal_latent_w1": "marginal_latent_w1"}


@pytest.mark.parametrize("changes", [
    {"bound": MasterBound(form="plan")}, {"measured": "other"}, {"kind": "expectation"}, {"level": 0.01},
    {"terms": {"pushed_cost": "c"}}, {"sources": ("a",)}, {"methods": ("a",)}, {"expect": "violated"}, {"title": "t"},
    {"kind": "probability", "failure_probability": 0.1}, {"kind": "expectation", "measured_from_below": "low"},
])
def test_every_field_is_in_the_digest(changes):
    assert claim(**changes) != claim()
    assert claim(**changes) == claim(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"terms": {"reconstructoin": "r"}}, "terms must name inputs of A1.pushed, pushed_cost, reconstruction; got rec"),
    ({"level": 0.5}, "level: "),
    ({"level": 0.0}, "level: "),
    ({"kind": "surely"}, "kind: "),
    ({"bound": "A1"}, "bound: "),
    ({"measured_from_below": "low"}, "measured_from_below must be left out"),
    ({"expect": "fails"}, "expect: "),
    ({"method": ("a",)}, "method is not a field"),
    ({"methods": ["a"]}, "methods: "),
])
def test_a_wrong_claim_is_refused_in_one_line(changes, message):
    with pytest.raises(ValueError, match="Claim: ") as refused:
        claim(**changes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_claims_concern_the_settings_of_their_labels():
    assert claim().concerns(SETTING)
    assert claim(sources=("swiss_roll",), methods=("pca", "autoencoder")).concerns(SETTING)
    assert not claim(methods=("pca",)).concerns(SETTING)
    assert not claim(sources=("circle",)).concerns(SETTING)


@pytest.mark.parametrize(("selection", "selected"), [
    (Selection(), True), (Selection(n_unpaired=800, n_paired=200), True), (Selection(n_unpaired=0), False),
    (Selection(method="pca"), False), (Selection(source="swiss_roll", method="autoencoder"), True),
])
def test_a_selection_is_by_factors(selection, selected):
    assert selection.selects(SETTING) is selected


def test_a_selection_says_what_it_is():
    assert str(Selection(method="pca", n_paired=50, n_unpaired=0)) == "pca, n=50, m=0"
    assert str(Selection()) == "all settings"


def test_one_selection_or_several():
    one, several = comparison(), comparison(over=(Selection(method="a"), Selection(method="b")))
    assert one.over == (Selection(n_unpaired=800),)
    assert len(several.over) == 2
    assert one != several


@pytest.mark.parametrize(("changes", "message"), [
    ({"at_least": None}, "at_least or at_most must be given"),
    ({"at_least": 1.1, "at_most": 0.9}, "at_least must be below at_most"),
    ({"over": ()}, "must each select a setting"),
    ({"test_fraction": 0.4}, "test_fraction must be left out for quantity 'ratio'"),
    ({"quantity": "difference", "test_fraction": 0.0}, "test_fraction: "),
    ({"quantity": "slope"}, "against must be given for quantity 'slope'"),
    ({"against": "w"}, "against must be given for quantity 'slope' and for no other; got 'w' for 'ratio'"),
    ({"quantity": "slope", "against": "w", "test_fraction": 0.4}, "left out for quantity 'slope'"),
    ({"of": "autoencoder"}, "of: "),
])
def test_a_wrong_comparison_is_refused_in_one_line(changes, message):
    with pytest.raises(ValueError, match="Comparison: ") as refused:
        comparison(**changes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("over", "size"), [("n_paired", 200), ("n_unpaired", 800), ("n_total", 1000)])
def test_a_trend_is_over_a_sample_size(over, size):
    assert Trend(title="t", measured="v", over=over, at_most=0).size(SETTING) == size


def test_a_trend_without_a_threshold_is_refused():
    with pytest.raises(ValueError, match="Trend: at_least or at_most must be given"):
        Trend(title="t", measured="v", over="n_total")
