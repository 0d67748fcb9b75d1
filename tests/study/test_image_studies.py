"""The studies on real images: what they compare, and their own metric."""

import time
from pathlib import Path

import numpy as np
import pytest

from lsdm_stats import LSDM, Identity, NearestNeighbours, streams
from lsdm_stats.images import SuperResolution
from lsdm_stats.metrics import draw_evaluation
from lsdm_stats.study import find_studies

NAMES = ("digits_by_class", "super_resolution")
FILES = {file.name: file for file in find_studies(NAMES, directory=Path(__file__).resolve().parents[2] / "simulations")}


@pytest.mark.parametrize("scale", ["full", "quick"])
@pytest.mark.parametrize("name", NAMES)
def test_every_comparison_is_of_single_settings(name, scale):
    study = FILES[name].study(scale)
    settings = study.settings()
    for prediction in study.predictions:
        for selection in (*prediction.of, *prediction.over):
            assert sum(selection.selects(setting) for setting in settings) == 1, prediction.title


@pytest.mark.parametrize("name", NAMES)
def test_a_gain_is_positive_where_lsdm_is_better(name):
    """Scores that are better when larger have LSDM on the left."""
    larger = {"accuracy", "recall", "psnr.mean", "ssim.mean", "classification_accuracy_score"}
    for prediction in FILES[name].study("full").predictions:
        if prediction.quantity == "difference":
            ours = prediction.of if prediction.measured in larger else prediction.over
            assert ours[0].method in ("lsdm", "lsdm_exact")
            assert ours[0].n_unpaired == 1_000
            assert prediction.test_fraction == 500 / (ours[0].n_paired + 1_000)


def test_titles_are_different():
    for file in FILES.values():
        titles = [prediction.title for prediction in file.study("full").predictions]
        assert len(set(titles)) == len(titles)


def test_the_cost_of_a_draw_is_its_time_over_replicates_and_conditions(monkeypatch):
    task, method = SuperResolution(), LSDM(latent=Identity(), matcher=NearestNeighbours())
    rngs = [streams.data(1, task, replicates=range(2)) for _ in range(2)]
    fitted = method.fit(task.draw(20, 0, rngs=rngs[0]), rngs=streams.fit(1, task, method, replicates=range(2)))
    evaluation = draw_evaluation(fitted, task, n_test=50, rngs=rngs[1])
    times = iter(np.cumsum([0.0, 9.0, 1.0, 4.0, 1.0, 5.0]))
    metrics = FILES["super_resolution"].study("full").metrics
    cost = next(metric for metric in metrics if type(metric).__name__ == "DrawCost")
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(times)))
    np.testing.assert_allclose(cost.evaluate(evaluation)["draw.seconds"], 4.0 / (2 * 50))
