"""The same fit with other numbers of steps, and the control that one true step is."""

from pathlib import Path

import numpy as np
import pytest

from lsdm_stats import LSDM, EnergyScore, FlowMatching, ScoreMatching, TrueChart, evaluate, streams
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.metrics import ConditionalW1, LatentW1
from lsdm_stats.nets.rule import Training
from lsdm_stats.study.loading import SourceFile

FILE = SourceFile.read(Path(__file__).resolve().parents[2] / "simulations" / "one_step.py")
BRIEF = Training(max_steps=30, patience=30)
NETWORK = VelocityNetwork(hidden=(8,), training=BRIEF)


def scores(matcher, metrics, n=50):
    source = FILE.module("lsdm_studies").SOURCE
    method = LSDM(latent=TrueChart(population=source), matcher=matcher)
    rngs = streams.fit(1, source, method, replicates=range(2))
    fitted = method.fit(source.draw(20, 2, rngs=streams.data(1, source, replicates=range(2))), rngs=rngs)
    return evaluate(fitted, source, metrics, n_test=n, rngs=streams.data(1, source, replicates=range(2)))


@pytest.mark.parametrize(
    ("matcher", "name"),
    [
        (FlowMatching(network=NETWORK, n_steps=5), "midpoint_10"),
        (FlowMatching(network=NETWORK, n_steps=5, scheme="euler"), "euler_5"),
        (ScoreMatching(network=NETWORK, n_steps=2), "ode_midpoint_4"),
        (ScoreMatching(network=NETWORK, n_steps=2, sampler="sde"), "sde_midpoint_4"),
    ],
    ids=["flow", "euler", "ode", "sde"],
)
def test_a_sampler_with_its_own_steps_gives_its_own_draws(matcher, name):
    module = FILE.module("lsdm_studies")
    metrics = (LatentW1(), ConditionalW1(n_conditions=3, n_draws=10))
    found = scores(matcher, (*metrics, module.AcrossSteps(metrics=metrics, most=10)))
    for value in ("latent_w1", "pushed_cost", "conditional_w1"):
        np.testing.assert_array_equal(found[f"{name}.{value}"], found[value])
    kinds = 2 if isinstance(matcher, ScoreMatching) else 1
    assert sum(key.endswith(".pushed_cost") for key in found) == kinds * 7
    assert len({found[key][0] for key in found if key.endswith(".pushed_cost")}) > 1


def test_one_step_generators_have_no_steps():
    module = FILE.module("lsdm_studies")
    matcher = EnergyScore(network=GeneratorNetwork(hidden=(8,), training=BRIEF))
    assert set(scores(matcher, [module.AcrossSteps(metrics=(LatentW1(),))])) == set()


def test_one_true_step_is_the_mean_and_far_from_the_law():
    """The control: conditional W1 of a point mass is at least .26."""
    module = FILE.module("lsdm_studies")
    source = module.SOURCE.replace(noise=type(module.SOURCE).model_fields["noise"].default)
    x = np.full((1, 20_000, 1), 0.3)
    drawn = np.stack([source.draw_latents(x[0], rng=np.random.default_rng(0))])
    mean = module.MeanGiven(1).sample(x[:, :1], rngs=[np.random.default_rng(0)])
    assert np.abs(drawn.mean(axis=1) - mean[:, 0]).max() < 5 * drawn.std(axis=1).max() / 20_000**0.5
    metric = ConditionalW1(n_conditions=20, n_draws=50, space="latents")
    assert (scores(module.OneTrueStep(), [metric])["conditional_latent_w1"] > 0.26).all()
