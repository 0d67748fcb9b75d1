"""The latent dimension chosen by held-out reconstruction: known dimensions, padding, independence."""

import numpy as np
import pytest

from lsdm_stats import LSDM, NearestNeighbours, Training
from lsdm_stats.latents import PCA, Autoencoder, HoldoutDim, Identity, TrueChart
from lsdm_stats.populations import SwissRoll

COMPONENTS = HoldoutDim(candidates=tuple(PCA(dim=k) for k in (1, 2, 3, 5)), slack=0.02)


def rngs(count, start=0):
    return [np.random.default_rng(start + r) for r in range(count)]


def responses(dims, n=200, q=6, seed=0):
    """A replicate per entry: responses on a random subspace of that dimension, with a little noise."""
    rng = np.random.default_rng(seed)
    stacks = []
    for dim in dims:
        directions = np.linalg.qr(rng.normal(size=(q, q)))[0][:dim]
        stacks.append(1.0 + rng.normal(size=(n, dim)) @ directions + 0.01 * rng.normal(size=(n, q)))
    return np.stack(stacks)


def test_the_dimension_of_a_subspace_is_found_per_replicate():
    space = COMPONENTS.fit(responses([1, 2, 3, 2]), rngs=rngs(4))
    assert space.dims == (1, 2, 3, 2)
    assert space.failures == (None,) * 4


def test_errors_are_those_of_a_hand_made_split():
    y = responses([2, 3])
    space = COMPONENTS.fit(y, rngs=rngs(2))
    for replicate, rng in enumerate(rngs(2)):
        order = rng.spawn(9)[0].permutation(200)
        held, kept = y[replicate, order[:30]], y[replicate, order[30:]]
        centre = kept.mean(axis=0)
        directions = np.linalg.svd(kept - centre)[2]
        for position, dim in enumerate((1, 2, 3, 5)):
            left = (held - centre) @ directions[dim:].T
            share = (left**2).sum(axis=1).mean() / held.var(axis=0).sum()
            assert space.errors[replicate, position] == pytest.approx(share, rel=1e-9)


def test_candidates_larger_than_the_responses_are_left_out():
    y = responses([1, 2], q=3)
    space = COMPONENTS.fit(y, rngs=rngs(2))
    assert space.dims == (1, 2)
    assert space.dim == 3
    assert space.errors.shape == (2, 3)


def test_the_chosen_space_is_fitted_to_all_responses():
    y = responses([2, 2])
    space = COMPONENTS.fit(y, rngs=rngs(2))
    again = PCA(dim=2).fit(y, rngs=[])
    np.testing.assert_array_equal(space.encode(y)[:, :, :2], again.encode(y))
    np.testing.assert_array_equal(space.decode(space.encode(y)), again.decode(again.encode(y)))


def test_latents_are_padded_to_the_largest_candidate_and_the_padding_is_not_read():
    y = responses([1, 2])
    space = COMPONENTS.fit(y, rngs=rngs(2))
    z = space.encode(y)
    assert z.shape == (2, 200, 5)
    assert space.dim == 5
    assert (z[0, :, 1:] == 0).all()
    assert (z[1, :, 2:] == 0).all()
    disturbed = z.copy()
    disturbed[0, :, 1:] = 7
    disturbed[1, :, 2:] = np.nan
    np.testing.assert_array_equal(space.decode(disturbed), space.decode(z))


def test_what_others_choose_changes_nothing():
    """Neural candidates: another replicate of another dimension leaves choice, latents and decoding as they were."""
    training = Training(max_steps=400, patience=200, batch_size=32, learning_rate=1e-2)
    candidates = tuple(Autoencoder(dim=k, hidden=(8,), training=training) for k in (1, 2, 4))
    method = HoldoutDim(candidates=candidates, slack=0.05)
    y = responses([2, 2, 2])
    changed = y.copy()
    changed[1] = responses([1])[0]
    spaces = [method.fit(data, rngs=rngs(3)) for data in (y, changed)]
    assert spaces[0].dims == (2, 2, 2)
    assert spaces[1].dims == (2, 1, 2)
    kept = [0, 2]
    for function in (lambda s: s.encode(y), lambda s: s.decode(np.ones((3, 4, 4))), lambda s: s.errors):
        np.testing.assert_array_equal(*(function(space)[kept] for space in spaces))


def test_selecting_replicates():
    y = responses([1, 3, 2])
    space = COMPONENTS.fit(y, rngs=rngs(3))
    chosen = space.select([2, 0])
    assert chosen.dims == (2, 1)
    assert len(chosen.spaces) == 2
    np.testing.assert_array_equal(chosen.encode(y[[2, 0]]), space.encode(y)[[2, 0]])
    np.testing.assert_array_equal(chosen.errors, space.errors[[2, 0]])


def test_slack_zero_takes_the_best_and_a_large_one_the_first():
    y = responses([3, 3])
    best = COMPONENTS.replace(slack=0.0).fit(y, rngs=rngs(2))
    np.testing.assert_array_equal(best.chosen, best.errors.argmin(axis=1))
    assert COMPONENTS.replace(slack=2.0).fit(y, rngs=rngs(2)).dims == (1, 1)


def test_failed_candidates_are_not_chosen_and_a_failed_replicate_says_why(monkeypatch):
    from lsdm_stats.nets import optimiser

    training = Training(max_steps=60, patience=40, check_every=20)
    method = HoldoutDim(candidates=tuple(Autoencoder(dim=k, hidden=(4,), training=training) for k in (1, 2)), slack=1.0)
    step = optimiser.Adam.step

    def planting(self, gradients, learning_rates):
        step(self, gradients, learning_rates)
        if self._steps == 30:
            self._tensors[0][0, 0, 0] = float("nan")  # replicate 0 fails in every fit
            if self._tensors[1].shape[2] == 1:
                self._tensors[0][1, 0, 0] = float("nan")  # replicate 1 in those of dimension 1

    monkeypatch.setattr(optimiser.Adam, "step", planting)
    space = method.fit(responses([1, 1, 1]), rngs=rngs(3))
    assert space.failures[0] == "autoencoder: diverged: the hold-out score is not finite at step 40"
    assert np.isinf(space.errors[0]).all()
    assert space.dims[1:] == (2, 1)
    assert space.failures[1:] == (None, None)


def test_it_serves_as_a_first_stage():
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(60, 1))
    y = np.hstack([x, 2 * x, -x]) + 0.001 * rng.normal(size=(60, 3))
    method = LSDM(latent=HoldoutDim(candidates=(PCA(dim=1), PCA(dim=2))), matcher=NearestNeighbours())
    assert method.uses_unpaired
    fitted = method.fit_arrays(x, y, rng=rng)
    assert fitted.sample(x[:5], n_draws=2, rng=rng).shape == (2, 5, 3)


def test_wrong_candidates_are_refused():
    for wrong in (Identity(), TrueChart(population=SwissRoll()), Training()):
        with pytest.raises(ValueError, match="must be latent spaces with a dim"):
            HoldoutDim(candidates=(wrong,))
    for dims in ((), (2, 1), (2, 2)):
        with pytest.raises(ValueError, match="must be of increasing dim, at least one"):
            HoldoutDim(candidates=tuple(PCA(dim=k) for k in dims))


def test_too_few_responses_are_refused():
    with pytest.raises(ValueError, match="at least 2 responses; got 1"):
        COMPONENTS.fit(np.zeros((1, 1, 6)), rngs=rngs(1))
