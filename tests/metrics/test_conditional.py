"""Joint and conditional distances of points, by hand and against other solvers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from lsdm_stats import RoundClasses, SemiSupervised, streams
from lsdm_stats.metrics import JointAndConditionalW1, labelled_w1
from lsdm_stats.populations import LabelledPair, TurnedPolygon, Zigzag

RINGS = RoundClasses()
PAIR = LabelledPair(first=RINGS, second=RINGS.replace(components=RINGS.components[::-1]), label_distance=0.5)


def measured(source, n=40, replicates=2):
    data = source.draw(n, 0, rngs=streams.data(1, source, replicates=range(replicates)))
    return data, JointAndConditionalW1().fit(data, rngs=[np.random.default_rng(0)] * replicates).values


def assigned(cost):
    return cost[linear_sum_assignment(cost)].mean()


def test_labels_are_weighted_by_how_often_they_occur():
    """Label 0: 1 in two points; label 1: 4 in one point; by hand (2 * 1 + 4) / 3."""
    labels, others = [[0, 1], [1, 0], [0, 1]], [[1, 0], [0, 1], [0, 1]]
    found = labelled_w1(labels, [0.0, 10.0, 5.0], others, [6.0, 6.0, 1.0])
    assert found["conditional_w1"] == pytest.approx(2.0)
    assert found["conditional_w1.lower"] <= 2.0 + 1e-12
    assert found["conditional_w1.upper"] >= 2.0 - 1e-12


@pytest.mark.parametrize("others", [[0.0, 1.0, 1.0], [0.0, 0.0, 2.0]])
def test_unequal_label_counts_are_refused(others):
    with pytest.raises(ValueError, match="labels must occur equally often in both samples; got counts") as refused:
        labelled_w1([0.0, 0.0, 1.0], np.zeros(3), others, np.zeros(3))
    assert "\n" not in str(refused.value)


def test_labelled_laws_against_assignments():
    data, values = measured(PAIR)
    for r in range(2):
        x, y = data.conditions[r], data.responses[r]
        cost = cdist(x[:, :2], y[:, :2]) + cdist(x[:, 2:], y[:, 2:])
        assert values["joint_w1"][r] == pytest.approx(assigned(cost))
        classes = [(x[x[:, label] > 0, 2:], y[y[:, label] > 0, 2:]) for label in (0, 1)]
        mean = sum(len(a) * assigned(cdist(a, b)) for a, b in classes) / len(x)
        assert values["conditional_w1"][r] == pytest.approx(mean)
    assert values["label_ratio"].tolist() == [4.0, 4.0]
    assert values["conditional_w1.law"].tolist() == [0.5, 0.5]
    np.testing.assert_allclose(values["conditional_over_joint"], values["conditional_w1"] / values["joint_w1"])
    assert "conditional_over_root" not in values


@pytest.mark.parametrize("source", [Zigzag(cells=3), TurnedPolygon(corners=3, turns=1.0, angle=0.5)], ids=repr)
def test_laws_on_an_interval_against_assignments(source):
    data, values = measured(source)
    for r in range(2):
        x, y = data.conditions[r], data.responses[r]
        assert values["joint_w1"][r] == pytest.approx(assigned(cdist(x[:, :1], y[:, :1]) + cdist(x[:, 1:], y[:, 1:])))
    np.testing.assert_array_equal(values["conditional_w1"], data.distances)
    scale = source.diameter * source.conditional_lipschitz
    root = np.sqrt(scale * values["joint_w1"])
    np.testing.assert_allclose(values["conditional_over_root"], values["conditional_w1"] / root)
    assert {"diameter", "conditional_lipschitz", "condition_dim", "condition_spread"} <= set(values)


def test_what_both_laws_share_does_not_count():
    """A zigzag with probability 0.3 is 0.3 of the distance of the whole one, for the same conditions."""
    whole, some = (measured(Zigzag(cells=4, share=share), replicates=1) for share in (1.0, 0.3))
    x = some[0].conditions[0, ::2]
    y = some[0].responses[0, ::2]
    assert some[1]["joint_w1"][0] == pytest.approx(0.3 * assigned(cdist(x, y, "cityblock")))
    assert set(whole[1]) == set(some[1])


def test_other_data_are_refused():
    data = SemiSupervised(np.zeros((1, 3, 2)), np.zeros((1, 3, 2)))
    with pytest.raises(ValueError, match="needs points of two joint laws; got SemiSupervised"):
        JointAndConditionalW1().fit(data, rngs=[np.random.default_rng(0)])
