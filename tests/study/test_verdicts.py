"""Verdicts on tables whose answer is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from json import dumps

import numpy as np
import pandas as pd
import pytest

from lsdm_stats.bounds import DroppedTerm, MasterBound, PCASandwich
from lsdm_stats.study import COLUMNS
from lsdm_stats.study.judging.claims import Claim, Comparison, Selection, Trend
from lsdm_stats.study.judging.verdicts import judge


@dataclass(frozen=True)
class Said:
    claims: tuple = ()
    controls: tuple = ()
    predictions: tuple = ()


def rows(values, *, source="circle", n=50, m=0, method="pca", failed=(), first=0):
    """Rows of one setting: value name to one number per replicate; `failed` replicates come after them."""
    common = {"study": "s", "scale": "quick", "source": source, "n_paired": n, "n_unpaired": m, "method": method,
              "array": None, "key": "k", "seconds": 1.0}
    found = [{**common, "replicate": first + r, "name": name, "value": float(value), "status": "ok", "reason": None}
             for name, column in values.items() for r, value in enumerate(column)]
    found += [{**common, "replicate": r, "name": "failure", "value": np.nan, "status": "failed", "reason": "diverged"}
              for r in failed]
    return found


def table(*settings):
    return pd.DataFrame([row for setting in settings for row in setting], columns=list(COLUMNS))


def chain(joint, pushed=0.3, reconstruction=0.2, **where):
    size = len(joint)
    return rows({"joint_w1": joint, "pushed_cost": [pushed] * size, "reconstruction": [reconstruction] * size}, **where)


def one(claim, *settings):
    said = Said(controls=(claim,)) if getattr(claim, "expect", "") == "violated" else Said(claims=(claim,))
    return judge(said, table(*settings))[0]


SURE = Claim(bound=MasterBound(), measured="joint_w1", kind="sure", title="chain")
CONTROL = Claim(bound=DroppedTerm(bound=MasterBound(), term="reconstruction"), measured="joint_w1", kind="sure",
                expect="violated")


# --- sure -----------------------------------------------------------------------------------------------------------


def test_a_sure_claim_holds_if_every_row_does():
    verdict = one(SURE, chain([0.4, 0.45]), chain([0.25, 0.5], source="roll"))
    assert (verdict.outcome, verdict.ok, verdict.contradicts) == ("holds", True, False)
    assert (verdict.title, verdict.label, verdict.kind) == ("chain", "A1.pushed", "sure")
    assert (verdict.rows, verdict.settings, verdict.failed, verdict.incomplete, verdict.violations) == (4, 2, 0, 0, 0)
    assert verdict.tightness_max == pytest.approx(1.0)
    assert verdict.tightness_median == pytest.approx((0.85 + 0.75) / 2)
    assert [detail.setting for detail in verdict.details] == ["circle, n=50, m=0, pca", "roll, n=50, m=0, pca"]


def test_one_violated_row_refutes_a_sure_claim_and_is_named():
    verdict = one(SURE, chain([0.4, 0.4]), chain([0.4, 0.51], source="roll"))
    assert (verdict.outcome, verdict.ok, verdict.contradicts, verdict.violations) == ("violated", False, True, 1)
    assert "roll, n=50, m=0, pca, replicate 1: measured 0.51, bound 0.5" in verdict.summary


@pytest.mark.parametrize(("joint", "outcome"), [(0.5 + 9e-9, "holds"), (0.5 + 2e-8, "violated")])
def test_the_tolerance_is_1e_8(joint, outcome):
    assert one(SURE, chain([joint])).outcome == outcome


@pytest.mark.parametrize(("joint", "outcome"), [(1000 + 9e-6, "holds"), (1000 + 2e-5, "violated")])
def test_the_tolerance_grows_with_the_bound(joint, outcome):
    assert one(SURE, chain([joint], pushed=999.0, reconstruction=1.0)).outcome == outcome


def test_certificates_enter_with_the_end_that_favours_the_claim():
    values = {"joint_w1": [0.55], "joint_w1.lower": [0.49], "joint_w1.upper": [0.6], "latent_w1": [0.3],
              "latent_w1.upper": [0.3], "latent_w1.lower": [0.1], "reconstruction": [0.2]}
    upper = Claim(bound=PCASandwich(side="upper"), measured="joint_w1", kind="sure")
    assert one(upper, rows(values)).outcome == "holds"
    assert one(upper, rows({**values, "joint_w1.lower": [0.51]})).outcome == "violated"
    assert one(upper, rows({**values, "joint_w1.lower": [0.51], "latent_w1.upper": [0.32]})).outcome == "holds"
    latent = Claim(bound=PCASandwich(side="latent"), measured="latent_w1", kind="sure")
    assert one(latent, rows({**values, "latent_w1.lower": [0.58]})).outcome == "holds"
    assert one(latent, rows({**values, "latent_w1.lower": [0.61]})).outcome == "violated"


def test_terms_are_read_under_the_names_they_are_mapped_to():
    claim = SURE.replace(terms={"reconstruction": "r2"})
    setting = rows({"joint_w1": [0.5], "pushed_cost": [0.3], "reconstruction": [9.0], "r2": [0.1]})
    assert one(claim, setting).outcome == "violated"


def test_a_claim_reads_only_the_settings_it_is_about():
    bad = chain([0.9], method="autoencoder")
    assert one(SURE.replace(methods=("pca",)), chain([0.4]), bad).outcome == "holds"
    assert one(SURE.replace(sources=("roll",)), chain([0.4]), bad).outcome == "no data"


def test_a_failed_fit_counts_against_holds_but_not_against_violated():
    spoilt = one(SURE, chain([0.4, 0.4], failed=(2,)))
    assert (spoilt.outcome, spoilt.ok, spoilt.contradicts, spoilt.failed) == ("inconclusive", False, False, 1)
    assert "1 failed fit, against the claim" in spoilt.summary
    assert one(SURE, chain([0.9, 0.4], failed=(2,))).outcome == "violated"


def test_a_setting_in_which_everything_failed_is_not_overlooked():
    verdict = one(SURE, chain([0.4, 0.4]), chain([], source="roll", failed=(0, 1)))
    assert (verdict.outcome, verdict.settings, verdict.failed) == ("inconclusive", 2, 2)


@pytest.mark.parametrize("missing", ["joint_w1", "pushed_cost", "reconstruction"])
def test_a_row_without_one_of_its_values_is_incomplete(missing):
    whole, part = chain([0.4]), chain([0.4], first=1)
    assert one(SURE, whole + part).outcome == "holds"
    verdict = one(SURE, whole + [row for row in part if row["name"] != missing])
    assert (verdict.outcome, verdict.rows, verdict.incomplete) == ("inconclusive", 1, 1)
    assert "1 incomplete row, against the claim" in verdict.summary


def test_no_rows_are_no_data():
    for settings in ((), (rows({"other": [1.0]}),), (rows({}, failed=(0, 1)),)):
        verdict = one(SURE, *settings)
        assert (verdict.outcome, verdict.ok, verdict.contradicts, verdict.rows) == ("no data", False, False, 0)
        assert verdict.summary.startswith(("no row", "all fits of its settings failed, see `lsdm status`"))


@pytest.mark.parametrize(("claim", "values", "summary"), [
    (SURE, {"joint_w1": [0.4], "reconstruction": [0.2]},
     "no row has a value named 'pushed_cost', which A1.pushed needs; stored are joint_w1, reconstruction; add the "
     "metric that gives it to the study's metrics; 1 incomplete row"),
    (SURE, {"joint_w1": [0.4], "joint_w1.lower": [0.3]},
     "no row has a value named 'pushed_cost', which A1.pushed needs; no row has a value named 'reconstruction', which "
     "A1.pushed needs; stored are joint_w1; add the metric that gives them to the study's metrics; 1 incomplete row"),
    (SURE.replace(measured="join_w1"), {"joint_w1": [0.4], "pushed_cost": [0.3], "reconstruction": [0.2]},
     "no row has a value named 'join_w1'; did you mean 'joint_w1'?; 1 incomplete row"),
    (SURE.replace(terms={"pushed_cost": "pushd_cost"}), {"joint_w1": [0.4], "pushed_cost": [0.3],
                                                         "reconstruction": [np.nan]},
     "no row has a value named 'pushd_cost', which A1.pushed needs; did you mean 'pushed_cost'?; no row has a value "
     "named 'reconstruction', which A1.pushed needs; stored are joint_w1, pushed_cost; add the metric that gives it "
     "to the study's metrics; 1 incomplete row"),
    (Trend(title="falls", measured="distance", over="n_total", at_most=0.0), {"error": [1.0]},
     "no row has a value named 'distance'; stored are error; add the metric that gives it to the study's metrics; "
     "1 incomplete row"),
    (Comparison(title="slope", measured="error", against="distence", quantity="slope", of=Selection(n_unpaired=0),
                over=Selection(n_unpaired=0), at_most=0.0), {"error": [1.0], "distance": [1.0]},
     "no row has a value named 'distence'; did you mean 'distance'?; 1 incomplete row"),
    (SURE, {f"value_{place:02d}": [1.0] for place in range(14)}, ", value_11 and 2 more; add the metric that gives "),
    (SURE, {"picture": [np.nan]}, "; no value at all is stored; add the metric that gives them to "),
], ids=["term", "terms", "measured", "both", "trend", "comparison", "many", "none"])
@pytest.mark.parametrize("expect", ["holds", "violated"])
def test_values_that_no_row_has_are_named(claim, values, summary, expect):
    verdict = one(claim.replace(expect=expect), rows(values))
    assert (verdict.outcome, verdict.ok, verdict.rows) == ("no data", False, 0)
    assert summary in verdict.summary
    assert "\n" not in verdict.summary


def test_values_that_only_some_rows_have_are_not_said_to_be_nowhere():
    parts = [[row for row in chain([0.4], first=place) if row["name"] != name]
             for place, name in enumerate(("joint_w1", "pushed_cost"))]
    verdict = one(SURE, parts[0] + parts[1])
    assert verdict.summary == ("no rows with 'joint_w1' and 'pushed_cost' and 'reconstruction' in every setting that "
                               "needs them; 2 incomplete rows")


def test_settings_without_a_fit_are_named():
    assert one(SURE, rows({}, failed=(0, 1))).summary == (
        "all fits of its settings failed, see `lsdm status`; 2 failed fits")
    verdict = one(RATIO, *sizes({0: [1.0]}), rows({}, m=800, failed=(0,)))
    assert verdict.outcome == "no data"
    assert verdict.summary.startswith("all fits of circle, n=50, m=800, pca failed, see `lsdm status`; 1 failed fit")


def test_pictures_do_not_disturb():
    picture = {**rows({"picture": [np.nan]})[0], "array": np.ones((2, 2))}
    assert one(SURE, [*chain([0.4]), picture]).outcome == "holds"


# --- controls ---------------------------------------------------------------------------------------------------------


def test_a_control_is_flagged_only_if_every_setting_is():
    flagged = one(CONTROL, chain([0.4, 0.2]), chain([0.4, 0.4], source="roll"))
    assert (flagged.outcome, flagged.ok, flagged.contradicts) == ("violated", True, False)
    partly = one(CONTROL, chain([0.4, 0.4]), chain([0.2, 0.2], source="roll"))
    assert (partly.outcome, partly.ok, partly.contradicts) == ("inconclusive", False, True)
    never = one(CONTROL, chain([0.2, 0.2]))
    assert (never.outcome, never.ok, never.contradicts) == ("holds", False, True)
    assert "in 1 of 2 settings" in partly.summary


def test_a_control_without_data_is_not_flagged():
    verdict = one(CONTROL)
    assert (verdict.outcome, verdict.ok, verdict.contradicts) == ("no data", False, True)
    assert one(CONTROL, chain([0.4]), chain([], source="roll", failed=(0,))).ok is False


def test_failed_fits_do_not_excuse_a_flagged_control():
    verdict = one(CONTROL, chain([0.4, 0.4], failed=(2,)))
    assert (verdict.outcome, verdict.ok) == ("violated", True)
    assert "1 failed fit" in verdict.summary
    assert "against" not in verdict.summary


def test_a_control_that_expects_to_hold_is_refused():
    with pytest.raises(ValueError, match="a control must have expect='violated'; 'chain' has not"):
        judge(Said(controls=(SURE,)), table(chain([0.4])))


# --- expectation ------------------------------------------------------------------------------------------------------

MEAN = SURE.replace(kind="expectation", title="in the mean")


def noisy(rng, mean, size=20, **where):
    return chain(0.5 + mean + 0.05 * rng.normal(size=size), **where)


@pytest.mark.parametrize(("mean", "outcome"), [(-0.1, "holds"), (0.1, "violated"), (-0.005, "inconclusive")])
def test_expectations_are_of_means_not_of_rows(mean, outcome):
    verdict = one(MEAN, noisy(np.random.default_rng(1), mean))
    assert verdict.outcome == outcome
    assert verdict.p_value is not None
    assert verdict.details[0].estimate == pytest.approx(mean, abs=0.04)


def test_single_rows_above_the_bound_do_not_refute_an_expectation():
    verdict = one(MEAN, noisy(np.random.default_rng(2), -0.05))
    assert verdict.outcome == "holds"
    assert verdict.violations > 0


def test_a_mean_is_held_to_its_one_sided_limit():
    """Mean excess -1 with standard error 1 / 1.78: t = 1.78, of 1.73 needed one-sided and 2.09 two-sided."""
    standard = np.tile([-1.0, 1.0], 10) * np.sqrt(19 / 20)
    joint = 10 + 0.5 - 1 + np.sqrt(20) / 1.78 * standard
    verdict = one(MEAN, chain(joint, pushed=10.3))
    assert verdict.outcome == "holds"
    assert verdict.details[0].upper == pytest.approx(-1 + 1.7291 / 1.78, abs=1e-4)
    assert one(MEAN.replace(level=0.025), chain(joint, pushed=10.3)).outcome == "inconclusive"


def test_an_exact_equality_holds():
    assert one(MEAN, chain([0.5, 0.5, 0.5])).outcome == "holds"
    assert one(MEAN, chain([0.5 + 1e-10, 0.5 + 1e-10])).outcome == "holds"


def test_one_replicate_decides_nothing():
    assert one(MEAN, chain([0.9])).outcome == "inconclusive"


def test_a_violation_needs_the_measurement_from_below_where_one_is_named():
    claim = MEAN.replace(measured_from_below="low")
    rng = np.random.default_rng(3)
    upward, downward = 0.6 + 0.02 * rng.normal(size=(2, 20))
    terms = {"pushed_cost": [0.3] * 20, "reconstruction": [0.2] * 20}
    assert one(claim, rows({"joint_w1": upward, "low": downward, **terms})).outcome == "violated"
    assert one(claim, rows({"joint_w1": upward, "low": downward - 0.2, **terms})).outcome == "inconclusive"
    assert one(claim, rows({"joint_w1": upward - 0.2, "low": downward - 0.3, **terms})).outcome == "holds"


def test_holm_is_over_all_tests_of_the_study():
    rng = np.random.default_rng(4)
    settings = [noisy(rng, -0.2, source=f"source {index}") for index in range(9)]
    values = 0.5 + 0.05 * rng.normal(size=20)
    values += 0.5 + 0.05 * 0.42 - values.mean()
    suspicious = chain(values, source="suspicious")
    alone = one(MEAN, suspicious)
    assert alone.outcome == "violated"
    assert 0.005 < alone.p_value < 0.05
    among = one(MEAN, suspicious, *settings)
    assert among.outcome == "inconclusive"
    assert among.p_value == pytest.approx(10 * alone.p_value)
    both = judge(Said(claims=(MEAN, MEAN.replace(title="again"))), table(suspicious))
    assert [verdict.p_value for verdict in both] == pytest.approx([2 * alone.p_value] * 2)


def test_a_true_bound_is_called_violated_as_rarely_as_the_level_says():
    """200 studies of 4 settings, each exactly at the bound, level .05.

    At most 24 false alarms: P(Binomial(200, .05) > 24) = 2e-5. Rejections are counted per study, after Holm.
    """
    rng = np.random.default_rng(5)
    outcomes = [one(MEAN, *(noisy(rng, 0.0, size=8, source=source) for source in "abcd")).outcome for _ in range(200)]
    assert outcomes.count("violated") <= 24
    assert outcomes.count("holds") <= 24, "a bound that is attained is not shown to hold either"


# --- probability ------------------------------------------------------------------------------------------------------

OFTEN = SURE.replace(kind="probability", failure_probability=0.05, title="with probability .95")


@pytest.mark.parametrize(("failures", "size", "outcome"), [
    (0, 58, "inconclusive"), (0, 59, "holds"), (1, 59, "inconclusive"), (1, 93, "holds"), (3, 20, "inconclusive"),
    (4, 20, "violated"),
])
def test_probabilities_are_judged_exactly(failures, size, outcome):
    """59 replicates without a failure are what a 5 % statement needs: .95**59 < .05 <= .95**58."""
    verdict = one(OFTEN, chain([0.9] * failures + [0.4] * (size - failures)))
    assert (verdict.outcome, verdict.violations) == (outcome, failures)
    assert verdict.details[0].estimate == pytest.approx(failures / size)


def test_a_true_probability_statement_is_called_violated_as_rarely_as_the_level_says():
    """200 studies of 3 settings whose bound fails with probability exactly .05: P(Binomial(200, .05) > 24) = 2e-5."""
    rng = np.random.default_rng(6)

    def study():
        return [chain(np.where(rng.random(40) < 0.05, 0.9, 0.4), source=source) for source in "abc"]

    outcomes = [one(OFTEN, *study()).outcome for _ in range(200)]
    assert outcomes.count("violated") <= 24


# --- comparisons ------------------------------------------------------------------------------------------------------

RATIO = Comparison(title="halved", measured="d", of=Selection(n_unpaired=0), over=Selection(n_unpaired=800),
                   quantity="ratio", at_least=2)


def sizes(values, **where):
    return [rows({"d": column}, m=m, **where) for m, column in values.items()]


@pytest.mark.parametrize(("factor", "outcome"), [(2.6, "holds"), (1.5, "violated"), (2.02, "inconclusive")])
def test_a_ratio_is_judged_by_its_interval(factor, outcome):
    rng = np.random.default_rng(7)
    verdict = one(RATIO, *sizes({0: factor * (1 + 0.1 * rng.normal(size=20)), 800: 1 + 0.1 * rng.normal(size=20)}))
    assert verdict.outcome == outcome
    assert verdict.kind == "comparison"
    assert verdict.lower < verdict.estimate < verdict.upper
    assert f"ratio {verdict.estimate:.4g}" in verdict.summary
    assert verdict.contradicts == (outcome == "violated")


@pytest.mark.parametrize(("factor", "outcome"), [(1.01, "holds"), (1.2, "violated"), (0.8, "violated"),
                                                 (1.1, "inconclusive")])
def test_an_equivalence_needs_the_interval_between_its_thresholds(factor, outcome):
    rng = np.random.default_rng(8)
    equal = RATIO.replace(at_least=0.9, at_most=1.1)
    values = 1 + 0.02 * rng.normal(size=(2, 20))
    assert one(equal, *sizes({0: factor * values[0], 800: values[1]})).outcome == outcome


def test_comparisons_are_paired_by_replicate():
    common = np.random.default_rng(9).normal(size=20)
    gain = RATIO.replace(quantity="difference", at_least=0.05)
    assert one(gain, *sizes({0: common + 0.1, 800: common + 0.001 * np.arange(20)})).outcome == "holds"
    assert one(gain, *sizes({0: common + 0.1, 800: common[::-1]})).outcome == "inconclusive"


def test_no_gain_at_all_is_no_gain():
    gain = RATIO.replace(quantity="difference", at_least=0)
    assert one(gain, *sizes({0: [1.0, 2.0, 3.0], 800: [1.0, 2.0, 3.0]})).outcome == "inconclusive"


def test_overlapping_splits_are_corrected_for():
    gain = RATIO.replace(quantity="difference", at_least=0)
    settings = sizes({0: 1.1 + 0.1 * np.tile([-1.0, 1.0], 10), 800: np.ones(20)})
    plain, corrected = one(gain, *settings), one(gain.replace(test_fraction=0.5), *settings)
    assert (corrected.upper - corrected.lower) / (plain.upper - plain.lower) == pytest.approx(np.sqrt(0.55 / 0.05))
    assert (plain.outcome, corrected.outcome) == ("holds", "inconclusive")


@pytest.mark.parametrize(("slope", "outcome"), [(0.1, "holds"), (0.5, "violated"), (0.2, "inconclusive")])
def test_a_slope_is_the_change_of_one_mean_per_change_of_another(slope, outcome):
    rng = np.random.default_rng(13)
    claim = Comparison(title="moves little", measured="d", against="w", quantity="slope", at_most=0.2,
                       of=Selection(n_unpaired=0), over=Selection(n_unpaired=800))
    w = {0: 1 + 0.02 * rng.normal(size=40), 800: 0.6 + 0.02 * rng.normal(size=40)}
    columns = {m: {"w": column, "d": 5 + slope * column + 0.002 * rng.normal(size=40)} for m, column in w.items()}
    verdict = one(claim, *(rows(values, m=m) for m, values in columns.items()))
    assert verdict.outcome == outcome
    assert verdict.estimate == pytest.approx(slope, abs=0.01)
    changes = [columns[0][name] - columns[800][name] for name in "dw"]
    assert verdict.estimate == pytest.approx(changes[0].mean() / changes[1].mean())
    assert "slope" in verdict.summary


def test_a_slope_needs_a_change_that_is_not_noise():
    rng = np.random.default_rng(14)
    claim = Comparison(title="moves little", measured="d", against="w", quantity="slope", at_most=0.2,
                       of=Selection(n_unpaired=0), over=Selection(n_unpaired=800))
    settings = [rows({"w": rng.normal(size=9), "d": rng.normal(size=9)}, m=m) for m in (0, 800)]
    verdict = one(claim, *settings)
    assert (verdict.outcome, verdict.lower, verdict.upper) == ("inconclusive", None, None)


def test_slopes_are_right_as_often_as_they_say():
    """300 studies at the threshold: violated with probability .025 each, more than 19 with probability 1e-4."""
    rng = np.random.default_rng(15)
    claim = Comparison(title="moves little", measured="d", against="w", quantity="slope", at_most=0.2,
                       of=Selection(n_unpaired=0), over=Selection(n_unpaired=800))

    def study():
        for m in (0, 800):
            w = (1.0 if m == 0 else 0.6) + 0.1 * rng.normal(size=10)
            yield rows({"w": w, "d": 5 + 0.2 * (1.0 if m == 0 else 0.6) + 0.05 * rng.normal(size=10)}, m=m)

    outcomes = [one(claim, *study()).outcome for _ in range(300)]
    assert outcomes.count("violated") <= 19


def test_two_values_of_one_setting_can_be_compared():
    rng = np.random.default_rng(16)
    common = rng.normal(size=10)
    setting = rows({"d": 3 + common, "clipped.d": 1 + common + 0.01 * rng.normal(size=10)})
    claim = Comparison(title="nearer", measured="d", measured_over="clipped.d", quantity="difference", at_least=1.9,
                       of=Selection(n_paired=50), over=Selection(n_paired=50))
    assert one(claim, setting).outcome == "holds"
    assert one(claim, setting).settings == 1


@pytest.mark.parametrize(("factor", "refuted"), [(2.6, False), (1.5, True), (2.02, False)])
def test_a_refuted_prediction_is_a_finding_and_contradicts_nothing(factor, refuted):
    rng = np.random.default_rng(7)
    settings = sizes({0: factor * (1 + 0.1 * rng.normal(size=20)), 800: 1 + 0.1 * rng.normal(size=20)})
    (as_claim,) = judge(Said(claims=(RATIO,)), table(*settings))
    (verdict,) = judge(Said(predictions=(RATIO,)), table(*settings))
    assert (verdict.role, as_claim.role) == ("prediction", "claim")
    assert (verdict.outcome, verdict.lower, verdict.ok) == (as_claim.outcome, as_claim.lower, as_claim.ok)
    assert (verdict.refuted, verdict.contradicts) == (refuted, False)
    assert (as_claim.refuted, as_claim.contradicts) == (False, refuted)


def test_a_bound_is_no_prediction():
    bound = Claim(bound=MasterBound(), measured="joint_w1", kind="sure", title="chain")
    with pytest.raises(ValueError, match="a prediction must be a Comparison or a Trend; 'chain' is a Claim"):
        judge(Said(predictions=(bound,)), table(chain([0.4])))


def test_a_gain_over_several_is_a_gain_over_each():
    gain = Comparison(title="gain over the best", measured="d", quantity="difference", at_least=0,
                      of=(Selection(method="a"), Selection(method="b")), over=Selection(method="ours"))
    noise = 0.01 * np.random.default_rng(11).normal(size=(3, 20))

    def against(a, b):
        levels = {"a": a, "b": b, "ours": 1.0}
        columns = {name: level + noise[index] for index, (name, level) in enumerate(levels.items())}
        return one(gain, *(rows({"d": column}, method=name) for name, column in columns.items()))

    assert against(1.1, 1.2).outcome == "holds"
    assert against(1.1, 1.2).estimate == pytest.approx(0.1, abs=0.01), "the better competitor decides"
    assert against(1.2, 0.9).outcome == "violated"
    assert against(1.2, 1.0).outcome == "inconclusive"
    assert len(against(1.1, 1.2).details) == 2


def test_the_interval_that_decides_is_shown():
    """The upper limit is larger against a noisy rival; against a steady one all of the interval is too large."""
    rng = np.random.default_rng(1)
    claim = Comparison(title="best", measured="d", quantity="ratio", at_most=1.05,
                       of=Selection(method="ours"), over=(Selection(method="noisy"), Selection(method="steady")))
    ours = rows({"d": np.full(10, 1.2)}, method="ours")
    noisy = rows({"d": 1.1 + rng.uniform(-0.5, 0.5, 10)}, method="noisy")
    steady = rows({"d": 1.0 + rng.uniform(-0.05, 0.05, 10)}, method="steady")
    verdict = one(claim, ours, noisy, steady)
    assert (verdict.outcome, verdict.lower > 1.05) == ("violated", True)
    assert max(detail.upper for detail in verdict.details) > verdict.upper
    assert one(claim, ours, noisy, rows({"d": np.full(10, 1.2)}, method="steady")).upper > 1.05


def test_failed_and_unpaired_replicates_count_against_a_comparison():
    rng = np.random.default_rng(12)
    values = 1 + 0.1 * rng.normal(size=20)
    failed = one(RATIO, *sizes({0: 3 * values}), rows({"d": values[:19]}, m=800, failed=(19,)))
    assert (failed.outcome, failed.rows, failed.failed, failed.incomplete) == ("inconclusive", 19, 1, 0)
    alone = one(RATIO, *sizes({0: 3 * values, 800: values[:19]}))
    assert (alone.outcome, alone.rows, alone.incomplete) == ("inconclusive", 19, 1)
    assert one(RATIO, *sizes({0: 1.5 * values}), rows({"d": values[:19]}, m=800, failed=(19,))).outcome == "violated"


def test_a_selection_that_finds_nothing_is_no_data_and_an_ambiguous_one_is_refused():
    assert one(RATIO, *sizes({0: [1.0, 2.0]})).outcome == "no data"
    with pytest.raises(ValueError, match="halved: a selection must leave one setting; got 2 for m=0"):
        one(RATIO, *sizes({0: [1.0, 2.0], 800: [1.0, 2.0]}), *sizes({0: [1.0, 2.0]}, method="autoencoder"))


def test_a_ratio_with_a_denominator_near_zero_is_unbounded_and_undecided():
    rng = np.random.default_rng(13)
    verdict = one(RATIO, *sizes({0: 5 + rng.normal(size=5), 800: rng.normal(size=5)}))
    assert (verdict.outcome, verdict.lower, verdict.upper) == ("inconclusive", None, None)
    assert "unbounded" in verdict.summary
    assert one(RATIO, *sizes({0: [1.0, 2.0], 800: [0.0, 0.0]})).outcome == "inconclusive"
    assert "needs 2 paired replicates" in one(RATIO, *sizes({0: [1.0], 800: [1.0]})).summary


# --- trends -----------------------------------------------------------------------------------------------------------

FALLS = Trend(title="falls", measured="d", over="n_total", among=Selection(n_paired=50, method="pca"), at_most=-0.3)


@pytest.mark.parametrize(("power", "outcome"), [(-0.5, "holds"), (-0.1, "violated"), (-0.3, "inconclusive")])
def test_a_trend_is_the_slope_of_logarithms(power, outcome):
    rng = np.random.default_rng(14)
    values = {m: (50 + m) ** power * np.exp(0.1 * rng.normal(size=20)) for m in (0, 200, 800, 3200)}
    verdict = one(FALLS, *sizes(values), *sizes({0: [9.0, 9.0]}, n=200))
    assert verdict.outcome == outcome
    assert verdict.lower <= power <= verdict.upper
    assert (verdict.settings, verdict.rows, verdict.kind) == (4, 20, "trend")
    assert "n_total from 50 to 3250" in verdict.details[0].setting


def test_a_trend_over_unpaired_data_leaves_out_none():
    rng = np.random.default_rng(15)
    values = {m: max(m, 1) ** -0.5 * np.exp(0.1 * rng.normal(size=20)) for m in (0, 200, 800)}
    verdict = one(FALLS.replace(over="n_unpaired"), *sizes(values))
    assert (verdict.outcome, verdict.settings) == ("holds", 2)


def test_a_trend_must_be_of_one_method():
    mixed = FALLS.replace(among=Selection())
    with pytest.raises(ValueError, match="falls: a trend must be of one source and one method"):
        one(mixed, *sizes({0: [1.0, 1.1]}), *sizes({200: [1.0, 1.1]}, method="other"))


@pytest.mark.parametrize("values", [{0: [1.0, 1.1]}, {0: [1.0], 200: [0.5]}, {0: [1.0, 1.1], 200: [0.0, 0.0]}])
def test_a_trend_that_cannot_be_fitted_is_undecided(values):
    verdict = one(FALLS, *sizes(values))
    assert (verdict.outcome, verdict.estimate) == ("inconclusive", None)
    assert "a slope needs 2 replicates, 2 different sizes and positive means" in verdict.summary


def test_comparisons_and_trends_can_be_controls():
    rng = np.random.default_rng(16)
    control = RATIO.replace(expect="violated")
    assert one(control, *sizes({0: 1 + 0.1 * rng.normal(size=20), 800: 1 + 0.1 * rng.normal(size=20)})).ok
    assert not one(control, *sizes({0: 3 + 0.1 * rng.normal(size=20), 800: 1 + 0.1 * rng.normal(size=20)})).ok


# --- the table and the answer -----------------------------------------------------------------------------------------


def test_claims_come_before_controls_and_everything_is_plain_data():
    verdicts = judge(Said(claims=(SURE, RATIO, FALLS), controls=(CONTROL,)), table(chain([0.4, 0.41])))
    assert [verdict.outcome for verdict in verdicts] == ["holds", "no data", "no data", "violated"]
    assert dumps([asdict(verdict) for verdict in verdicts], allow_nan=False)
    assert all("\n" not in verdict.summary and verdict.summary for verdict in verdicts)


def test_an_empty_table_is_no_data():
    verdicts = judge(Said(claims=(SURE, MEAN, OFTEN, RATIO, FALLS)), table())
    assert {verdict.outcome for verdict in verdicts} == {"no data"}


def test_row_order_does_not_matter():
    settings = table(chain([0.4, 0.3, 0.45]), *sizes({0: [1.0, 2.0, 3.0], 800: [0.2, 0.3, 0.5]}, method="other"))
    said = Said(claims=(SURE.replace(methods=("pca",)), RATIO.replace(of=Selection(method="other", n_unpaired=0),
                                                                   over=Selection(method="other", n_unpaired=800))))
    shuffled = settings.sample(frac=1, random_state=1).reset_index(drop=True)
    first, second = judge(said, settings), judge(said, shuffled)
    assert [(v.outcome, v.estimate, v.rows, v.tightness_max) for v in first] == [
        (v.outcome, v.estimate, v.rows, v.tightness_max) for v in second]


def test_two_scales_or_doubled_rows_are_refused():
    whole = table(chain([0.4]))
    with pytest.raises(ValueError, match="must hold one study at one scale; got 2"):
        judge(Said(claims=(SURE,)), pd.concat([whole, whole.assign(scale="full")]))
    with pytest.raises(ValueError, match="must hold every value once; got joint_w1 of replicate 0 twice"):
        judge(Said(claims=(SURE,)), pd.concat([whole, whole]))


def test_what_is_no_claim_is_refused():
    with pytest.raises(ValueError, match="must be a Claim, a Comparison or a Trend; got MasterBound"):
        judge(Said(claims=(MasterBound(),)), table(chain([0.4])))
