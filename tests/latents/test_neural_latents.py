"""Variational and Wasserstein autoencoders against closed forms: divergences, and the linear case."""

import numpy as np
import pytest
import torch

from lsdm_stats import SwissRoll, Training, streams
from lsdm_stats.latents import PCA, VariationalAutoencoder, WassersteinAutoencoder
from lsdm_stats.nets.priors import kl_to_normal, mmd_to_normal

LINEAR = Training(max_steps=2_000, patience=300, batch_size=200, learning_rate=1e-2)
SCALES = np.array([3.0, 1.5, 0.6, 0.4, 0.4])


def rngs(count):
    return [np.random.default_rng(100 + r) for r in range(count)]


def gaussian_responses(replicates=2, n=1_000):
    """Gaussian responses about a mean that is not zero, with eigenvalues SCALES² along random directions."""
    rng = np.random.default_rng(5)
    turns = np.linalg.qr(rng.normal(size=(replicates, 5, 5)))[0]
    return 2.0 + (rng.normal(size=(replicates, n, 5)) * SCALES) @ turns.transpose(0, 2, 1)


def raw_latents(space, y):
    """Latents as the encoder's network returns them."""
    return space.encode(y) * (space.latent_scale / space.scale) + space.latent_centre


def test_divergence_agrees_with_torch():
    generator = torch.Generator().manual_seed(0)
    means, logs = (torch.randn(2, 7, 3, generator=generator) for _ in range(2))
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(means, (0.5 * logs).exp()), torch.distributions.Normal(0.0, 1.0)
    )
    torch.testing.assert_close(kl_to_normal(means, logs), theirs.sum(dim=2).mean(dim=1))


@pytest.mark.parametrize("dim", [1, 2, 8])
def test_discrepancy_agrees_with_the_drawn_one(dim):
    """Against the paper's U-statistic with many draws of N(0, I); false alarms: beyond six standard errors."""
    rng = np.random.default_rng(dim)
    latents = 0.5 + 1.5 * rng.normal(size=(1, 30, dim))
    draws, others = rng.normal(size=(2, 50_000, dim))
    constant = 2 * dim

    def kernel(squares):
        return constant / (constant + squares)

    gaps = latents[0][:, None] - latents[0]
    among = kernel((gaps**2).sum(axis=2))
    among = (among.sum() - 30) / (30 * 29)
    crossed = sum(kernel(((draws - latent) ** 2).sum(axis=1)) for latent in latents[0]) / 30
    terms = kernel(((draws - others) ** 2).sum(axis=1)) - 2 * crossed
    error = terms.std() / np.sqrt(terms.size)
    assert float(mmd_to_normal(torch.tensor(latents))) == pytest.approx(among + terms.mean(), abs=6 * error)


def test_discrepancy_has_mean_zero_at_the_normal_law_in_batches_of_any_size():
    """Mean over 10,000 batches within five standard errors of zero: false-alarm rate below 1e-5."""
    for n in (2, 10):
        values = mmd_to_normal(torch.tensor(np.random.default_rng(n).normal(size=(10_000, n, 2)))).numpy()
        assert abs(values.mean()) < 5 * values.std() / np.sqrt(values.size)


def test_discrepancy_finds_wrong_scale_and_place():
    z = np.random.default_rng(0).normal(size=(1, 2_000, 2))
    near, narrow, shifted = (float(mmd_to_normal(torch.tensor(a))) for a in (z, 0.5 * z, z + 0.7))
    assert abs(near) < 2e-3
    assert min(narrow, shifted) > 0.02


def test_discrepancy_of_one_observation_is_finite():
    values = mmd_to_normal(torch.zeros(2, 1, 3, requires_grad=True))
    assert torch.isfinite(values).all()


@pytest.mark.parametrize("variance", [None, 0.1], ids=["learnt", "fixed"])
def test_a_linear_variational_autoencoder_is_probabilistic_pca(variance):
    """Lucas et al. (2019): the reconstruction shrinks the component of eigenvalue λ by 1 - v/λ, v the noise variance.

    Learnt, v is the mean of the eigenvalues left out (Tipping and Bishop, 1999). Tolerance for the held-out split and
    the optimiser.
    """
    y = gaussian_responses()
    method = VariationalAutoencoder(dim=2, hidden=(), variance=variance, training=LINEAR)
    space = method.fit(y, rngs=rngs(2))
    rebuilt = space.decode(space.encode(y))
    for responses, found in zip(y, rebuilt, strict=True):
        centred = responses - responses.mean(axis=0)
        values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
        noise = values[:3].mean() if variance is None else variance * values.mean()
        shrunk = centred @ (vectors[:, 3:] * (1 - noise / values[3:])) @ vectors[:, 3:].T
        gap = found - responses.mean(axis=0) - shrunk
        assert np.sqrt((gap**2).sum(axis=1).mean()) < 0.06 * np.sqrt(values.sum())


def test_the_bound_pays_for_no_coordinate_below_the_noise():
    """With a fixed variance above all eigenvalues but one, further coordinates carry no information (collapse)."""
    y = gaussian_responses(replicates=1)
    variance = 0.6 * SCALES[0] ** 2 / (SCALES**2).mean()  # between the first two eigenvalues
    space = VariationalAutoencoder(dim=3, hidden=(), variance=variance, training=LINEAR).fit(y, rngs=rngs(1))
    spread = np.linalg.svd(space.encode(y)[0], compute_uv=False)
    assert spread[1] < 0.15 * spread[0]


def test_a_linear_wasserstein_autoencoder_reconstructs_as_principal_components():
    """The penalty can be met without loss: Gaussian responses have Gaussian principal components."""
    y = gaussian_responses()
    training = LINEAR.replace(max_steps=1_500, batch_size=128)
    space = WassersteinAutoencoder(dim=2, hidden=(), penalty=1.0, training=training).fit(y, rngs=rngs(2))
    components = PCA(dim=2).fit(y, rngs=[])
    error, least = (((s.decode(s.encode(y)) - y) ** 2).mean(axis=(1, 2)) for s in (space, components))
    assert (error < 1.05 * least).all()
    assert (error > 0.999 * least).all()
    raw = raw_latents(space, y)
    np.testing.assert_allclose(raw.mean(axis=1), 0, atol=0.15)
    for latents in raw:
        np.testing.assert_allclose(np.cov(latents.T), np.eye(2), atol=0.2)


def test_the_penalty_draws_latents_to_the_normal_law():
    """Uniform responses on a segment: with the penalty latents have unit variance, and rarer far ones are farther.

    A uniform law has kurtosis 1.8, the normal one 3.
    """
    t = np.random.default_rng(1).uniform(-1, 1, size=(1, 2_000, 1))
    y = np.concatenate([t, t / 2], axis=2)
    training = Training(max_steps=1_200, patience=500, batch_size=64)
    kurtosis = {}
    for penalty in (1e-6, 10.0):
        space = WassersteinAutoencoder(dim=1, hidden=(32, 32), penalty=penalty, training=training).fit(y, rngs=rngs(1))
        raw = raw_latents(space, y)
        kurtosis[penalty] = float((((raw - raw.mean()) / raw.std()) ** 4).mean())
    assert abs(raw.mean()) < 0.1
    assert 0.8 < raw.std() < 1.2
    assert kurtosis[10.0] > kurtosis[1e-6] + 0.1


@pytest.mark.parametrize(
    "method", [VariationalAutoencoder(dim=2), WassersteinAutoencoder(dim=2)], ids=lambda m: type(m).__name__
)
def test_a_swiss_roll_is_reconstructed_and_latents_have_the_scale_of_the_responses(method):
    truth = SwissRoll(ambient_dim=4)
    y, fresh = (
        truth.draw(n, 0, rngs=streams.data(s, truth, replicates=[0])).responses for s, n in ((1, 800), (2, 400))
    )
    method = method.replace(hidden=(32, 32), training=Training(max_steps=1_200, patience=400, batch_size=64))
    space = method.fit(y, rngs=rngs(1))
    assert ((space.decode(space.encode(fresh)) - fresh) ** 2).mean() < 0.05 * fresh.var(axis=1).mean()
    z = space.encode(y)
    np.testing.assert_allclose(z.mean(axis=1), 0, atol=1e-5)
    assert (z**2).sum(axis=2).mean() == pytest.approx(y.var(axis=1).sum(), rel=1e-5)


@pytest.mark.parametrize("kind", [VariationalAutoencoder, WassersteinAutoencoder], ids=lambda kind: kind.__name__)
def test_few_or_equal_responses_do_not_fail(kind):
    method = kind(dim=1, hidden=(4,), training=Training(max_steps=40, patience=20, check_every=10))
    for y in (np.random.default_rng(0).normal(size=(1, 2, 3)), np.ones((1, 10, 3))):
        space = method.fit(y, rngs=rngs(1))
        assert space.failures == (None,)
        assert np.isfinite(space.decode(space.encode(y))).all()


def test_wrong_weights_are_refused():
    with pytest.raises(ValueError, match="VariationalAutoencoder: weight: input should be greater than or equal to 0"):
        VariationalAutoencoder(dim=2, weight=-1.0)
    with pytest.raises(ValueError, match="VariationalAutoencoder: variance: input should be greater than 0"):
        VariationalAutoencoder(dim=2, variance=0.0)
    with pytest.raises(ValueError, match="WassersteinAutoencoder: penalty: input should be greater than 0"):
        WassersteinAutoencoder(dim=2, penalty=-1.0)
