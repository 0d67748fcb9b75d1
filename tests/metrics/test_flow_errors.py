"""Both sides of E1 measured: equality cases, a bimodal law, draws in steps, controls, refusals."""

import numpy as np
import pytest
from known_flows import BIMODAL, NORMAL, Perturbed, flow, measured, total
from scipy import integrate

from lsdm_stats.bounds import DroppedTerm, FlowBound
from lsdm_stats.matchers.paths import DiffusionPath, LinearPath
from lsdm_stats.metrics import FlowErrors, SamplerErrors
from lsdm_stats.populations import Memorised, MixtureFlow, MixtureLatents

CONTINUOUS = ("path", "sup", "path_w2", "sup_w2")


@pytest.mark.parametrize("path", [LinearPath(), DiffusionPath(horizon=20.0, early=0.0)], ids=["flow", "diffusion"])
@pytest.mark.parametrize(("shift", "stretch"), [(0.3, 0.0), (0.0, 0.5), (0.0, -0.5)])
def test_equality_for_normal_latents(path, shift, stretch):
    """E1: constant and linear perturbations of a normal law attain all four forms to 1e-6."""
    sampler = Perturbed(flow(NORMAL, path), shift, stretch)
    values = measured(NORMAL, sampler, [FlowErrors(n_points=30, n_steps=240, n_jacobians=3)], n=30)
    for form in CONTINUOUS:
        left = values["flow.coupled_rms" if form.endswith("w2") else "flow.coupled"]
        assert left > 0.05
        assert total(FlowBound(form=form), values) == pytest.approx(left, abs=1e-6), form


def test_a_constant_shift_is_the_known_distance():
    """Normal latents N(m, .4^2), straight paths: all ends are shifted by the integral of .3 times growth."""
    metric = FlowErrors(n_points=20, n_steps=200, n_jacobians=3)
    values = measured(NORMAL, Perturbed(flow(NORMAL), shift=0.3), [metric], n=20)
    times = np.linspace(0, 1, 100_001)
    variance = (1.3 * (1 - times)) ** 2 + (0.4 * times) ** 2
    exact = 0.3 * integrate.trapezoid(0.4 / np.sqrt(variance), times)  # growth from t to 1 is sd(1) / sd(t)
    assert values["flow.coupled"] == pytest.approx(exact, rel=1e-6)
    assert values["flow.w1"] == pytest.approx(exact, rel=1e-6)
    assert values["flow.velocity_error"] == pytest.approx(0.3)


@pytest.mark.parametrize(("shift", "wave", "closeness"), [(0.1, 0.0, 1 + 1e-5), (0.0, 0.1, 1.5)])
def test_bimodal_latents(shift, wave, closeness, record_property):
    """docs/theory.md, E1.sup: the pathwise form is close, on a line exact for errors of one sign; the other is vacuous.

    Modes that are 2 apart, and a bound of 67 by the largest modulus.
    """
    standard = flow(BIMODAL, centre=0.0, scale=1.0)
    sampler = Perturbed(standard, shift=shift, wave=wave)
    values = measured(BIMODAL, sampler, [FlowErrors(n_points=400, n_steps=320, n_jacobians=60)], n=400)
    path, sup = (total(FlowBound(form=form), values) for form in ("path", "sup"))
    numbers = {"w1": values["flow.w1"], "coupled": values["flow.coupled"], "path": path, "sup": sup,
               "exponent": values["flow.exponent"], "numerical": values["flow.path.numerical"]}
    record_property("numbers", numbers)
    assert values["flow.coupled"] <= path <= closeness * values["flow.coupled"]
    assert values["flow.w1"] <= values["flow.coupled"] + 1e-9
    assert sup > 2.0
    assert path < 0.25


def test_a_perturbation_left_out_is_flagged():
    """The control: without the error of the velocity the bound is false."""
    metrics = [FlowErrors(n_points=100), SamplerErrors(n_points=100)]
    values = measured(BIMODAL, Perturbed(flow(BIMODAL), shift=0.1), metrics, n=100)
    for form, left in (("path", "flow.w1"), ("steps", "steps.w1")):
        whole = FlowBound(form=form)
        assert total(whole, values) >= values[left]
        assert total(DroppedTerm(bound=whole, term="error"), values) < values[left] - 0.01


@pytest.mark.parametrize("source", [NORMAL, BIMODAL, MixtureLatents()], ids=["normal", "bimodal", "moving"])
@pytest.mark.parametrize("path", [LinearPath(), DiffusionPath(horizon=2.0, early=0.01)], ids=["flow", "diffusion"])
@pytest.mark.parametrize(("shift", "stretch"), [(0.2, 0.0), (0.1, -0.4), (-0.2, 0.3), (0.0, 0.0)])
def test_the_bounds_are_never_violated(source, path, shift, stretch):
    sampler = Perturbed(flow(source, path), shift, stretch, n_steps=10)
    metrics = [FlowErrors(n_points=40, n_steps=40, n_jacobians=5), SamplerErrors(n_points=40, n_substeps=2)]
    values = measured(source, sampler, metrics, n=40)
    lefts = {"path": "coupled", "sup": "coupled", "path_w2": "coupled_rms", "sup_w2": "coupled_rms"}
    for form, left in lefts.items():
        assert values[f"flow.{left}"] <= total(FlowBound(form=form), values) + 1e-8, form
    for form in ("steps", "steps_sup"):
        assert values["steps.coupled"] <= total(FlowBound(form=form), values) + 1e-9, form
    assert values["flow.w1"] <= values["flow.coupled"] + 1e-9
    assert values["flow.w2"] <= values["flow.coupled_rms"] + 1e-9
    assert values["steps.w1"] <= values["steps.coupled"] + 1e-9
    assert total(FlowBound(form="path"), values) <= total(FlowBound(form="sup"), values) + 1e-3
    if (shift, stretch) == (0.0, 0.0):
        assert values["flow.velocity_error"] < 1e-12
        assert values["steps.local"] > 1e-3  # discretisation alone


def test_the_error_of_steps_vanishes_with_their_size():
    """Euler steps of the true velocity: the error of the draw is of first order."""
    found = [
        measured(BIMODAL, Perturbed(flow(BIMODAL), n_steps=n), [SamplerErrors(n_points=100)], n=100)["steps.path.error"]
        for n in (40, 80)
    ]
    assert 0.8 < np.log2(found[0] / found[1]) < 1.4


def test_the_joint_form_multiplies_and_adds_reconstruction():
    numbers = {"decoder_modulus": 3.0, "flow.path.start": 0.1, "flow.path.error": 0.2, "flow.end": 0.0,
               "flow.path.numerical": 0.0, "reconstruction": 0.05}
    assert total(FlowBound(form="joint"), numbers) == pytest.approx(0.95)


def test_point_masses_need_a_stop():
    atoms = BIMODAL.replace(scales=(0.0, 0.0))
    sampler = Perturbed(flow(atoms), shift=0.1)
    with pytest.raises(ValueError, match="stop before the noise is gone"):
        measured(atoms, sampler, [FlowErrors(n_points=20)], n=20)
    values = measured(atoms, sampler, [FlowErrors(n_points=50, n_steps=400, stop=0.9)], n=50)
    assert values["flow.coupled"] <= total(FlowBound(form="path"), values)
    assert values["flow.end"] == pytest.approx(0.1 * np.hypot(1.0, 1.3), rel=0.4)


def test_the_modulus_of_bounded_latents():
    """E1.support: no pair of places has a larger one-sided modulus of the true velocity."""
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(6, 2))
    atoms /= np.maximum(1.0, np.linalg.norm(atoms, axis=1))[:, None]
    law = MixtureFlow(Memorised(np.zeros((6, 1)), atoms), LinearPath(), (np.zeros((1, 1, 2)), np.ones((1, 1, 2))))
    one, other = rng.normal(size=(2, 1, 500, 2))
    x = np.zeros((1, 500, 1))
    for t in (0.2, 0.6, 0.8):
        slopes = law.velocity(np.array(t), one, x) - law.velocity(np.array(t), other, x)
        moduli = (slopes * (one - other)).sum(axis=2) / ((one - other) ** 2).sum(axis=2)
        assert moduli.max() <= -1 / (1 - t) + t / (1 - t) ** 3
