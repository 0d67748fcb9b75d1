"""Terms of E1 on fits: poor ones obey the bounds, steps are those of a draw, what is unknown is refused."""

from dataclasses import replace

import numpy as np
import pytest
from known_flows import QUICK, data_rngs, fit_rngs

from lsdm_stats import LSDM, FlowMatching, LinearGaussian, NearestNeighbours, ScoreMatching, evaluate
from lsdm_stats.bounds import FlowBound, ScoreBound
from lsdm_stats.latents import PCA, Autoencoder
from lsdm_stats.metrics import FlowErrors, SamplerErrors, ScoreErrors
from lsdm_stats.nets.rule import Training
from lsdm_stats.populations import MixtureLatents

CONTINUOUS = ("path", "sup", "path_w2", "sup_w2")


@pytest.fixture(scope="module")
def source():
    return MixtureLatents(ambient_dim=3)


@pytest.mark.parametrize("matcher", [
    FlowMatching(network=QUICK, n_steps=8),
    FlowMatching(network=QUICK, n_steps=8, scheme="euler"),
    ScoreMatching(network=QUICK, n_steps=8),
    ScoreMatching(network=QUICK, n_steps=8, sampler="sde", early=0.01),
], ids=["flow", "euler", "ode", "sde"])
def test_poor_fits_obey_the_bounds(matcher, source):
    method = LSDM(latent=PCA(dim=2), matcher=matcher)
    fitted = method.fit(source.draw(60, 20, rngs=data_rngs(source, 2)), rngs=fit_rngs(source, method))
    metrics = [FlowErrors(n_points=60, n_steps=80, n_jacobians=20), SamplerErrors(n_points=60)]
    values = evaluate(fitted, source, metrics, n_test=60, rngs=data_rngs(source, 2))
    for form in CONTINUOUS:
        left = values["flow.coupled_rms" if form.endswith("w2") else "flow.coupled"]
        assert (left <= FlowBound(form=form).evaluate(values).total).all()
    for form in ("steps", "steps_sup"):
        assert (values["steps.coupled"] <= FlowBound(form=form).evaluate(values).total + 1e-9).all()
    assert (values["steps.numerical"] < 1e-3).all()


@pytest.mark.parametrize("sampler", ["ode", "sde"])
def test_score_bounds_of_poor_fits(sampler, source):
    """E2 with many steps: the coupled distance in standard units is below the start and error terms."""
    matcher = ScoreMatching(network=QUICK, n_steps=60, sampler=sampler, early=0.01)
    method = LSDM(latent=PCA(dim=2), matcher=matcher)
    fitted = method.fit(source.draw(60, 20, rngs=data_rngs(source)), rngs=fit_rngs(source, method, 1))
    metrics = [SamplerErrors(n_points=100, n_substeps=2), ScoreErrors(n_points=100)]
    values = evaluate(fitted, source, metrics, n_test=100, rngs=data_rngs(source))
    whole = float(ScoreBound(form=sampler).evaluate(values).total[0])
    assert 0.05 < values["steps.standard_rms"][0] <= whole - values["score.end"][0]


@pytest.mark.parametrize("sampler", ["ode", "sde"])
@pytest.mark.parametrize("early", [0.0, 0.01])
def test_stages_and_steps_are_what_a_draw_does(sampler, early, source):
    """Replaying a draw from its own noise, step by step, ends where the draw ends."""
    method = LSDM(latent=PCA(dim=2), matcher=ScoreMatching(network=QUICK, n_steps=5, sampler=sampler, early=early))
    fit = method.fit(source.draw(60, 0, rngs=data_rngs(source)), rngs=data_rngs(source)).sampler
    x, rng = np.full((1, 30, 1), 0.3), np.random.default_rng(5)
    centre, scale = fit.start
    places = centre + scale * rng.standard_normal((30, 2))
    for begin, noised, end in fit.stages:
        if noised < begin or (sampler == "sde" and begin > 0):
            shrink = np.exp(fit.diffusion.diffusion_times(begin) - fit.diffusion.diffusion_times(noised))
            noise = np.sqrt(1 - shrink**2) * scale * rng.standard_normal((30, 2))
            places = centre + shrink * (places - centre) + noise
        places = fit.advance(places, x, noised, end)
    drawn = fit.sample(x, rngs=[np.random.default_rng(5)])
    np.testing.assert_allclose(places, drawn, atol=1e-4)


def refused(source, method, metric, message):
    fitted = method.fit(source.draw(30, 0, rngs=data_rngs(source)), rngs=data_rngs(source))
    with pytest.raises(ValueError, match=message) as error:
        evaluate(fitted, source, [metric], n_test=20, rngs=data_rngs(source))
    assert "\n" not in str(error.value)


def test_unknown_truths_are_refused_in_one_line(source):
    known = LSDM(latent=PCA(dim=1), matcher=FlowMatching(network=QUICK))
    refused(LinearGaussian(), known, FlowErrors(), "a population with a known velocity, MixtureLatents; got LinearG")
    refused(source, known.replace(matcher=NearestNeighbours()), FlowErrors(), "a fit by FlowMatching or ScoreMatching")
    curved = known.replace(latent=Autoencoder(dim=2, training=Training(max_steps=5)))
    refused(source, curved, SamplerErrors(), "affine encoders only; got another latent space; use TrueChart or PCA")
    refused(source, known, ScoreErrors(), "needs a fit by ScoreMatching; got VelocitySampler")


def test_replicates_are_measured_alone(source):
    method = LSDM(latent=PCA(dim=2), matcher=FlowMatching(network=QUICK, n_steps=4))
    fitted = method.fit(source.draw(40, 0, rngs=data_rngs(source, 2)), rngs=fit_rngs(source, method))
    metrics = [FlowErrors(n_points=20, n_steps=8), SamplerErrors(n_points=20)]
    both = evaluate(fitted, source, metrics, n_test=20, rngs=data_rngs(source, 2))
    second = replace(fitted, space=fitted.space.select([1]), sampler=fitted.sampler.select([1]),
                     training_responses=fitted.training_responses[[1]])
    alone = evaluate(second, source, metrics, n_test=20, rngs=data_rngs(source, 2)[1:])
    for name, values in both.items():
        assert values[1] == pytest.approx(alone[name][0], rel=1e-6, abs=1e-9), name
