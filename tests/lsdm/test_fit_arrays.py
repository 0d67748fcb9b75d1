"""Fits to a person's own arrays."""

import numpy as np
import pytest

from lsdm_stats import LSDM, PCA, Identity, NearestNeighbours, SemiSupervised, Training
from lsdm_stats.latents import Autoencoder

METHOD = LSDM(latent=Identity(), matcher=NearestNeighbours(n_neighbours=1))


def rng():
    return np.random.default_rng(0)


def test_images_come_back_in_their_shape_and_labels_are_respected():
    labels = np.repeat([3, 7], 10)
    images = np.stack([np.full((4, 5), float(label)) for label in labels])
    fitted = METHOD.fit_arrays(labels, images, rng=rng())
    assert fitted.sample([7, 3, 3], rng=rng()).shape == (3, 4, 5)
    draws = fitted.sample([7, 3, 3], n_draws=6, rng=rng())
    np.testing.assert_array_equal(draws[:, :, 0, 0], np.tile([7.0, 3.0, 3.0], (6, 1)))


def test_labels_are_further_apart_than_the_responses():
    fitted = METHOD.fit_arrays([0, 1, 2], [[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]], rng=rng())
    code = fitted.code.encode(np.array([0, 1]))
    assert np.linalg.norm(code[0] - code[1]) >= 5.0


def test_vectors_and_unpaired_responses():
    x, y = rng().uniform(size=(30, 2)), rng().normal(size=(30, 3))
    fitted = LSDM(latent=PCA(dim=2), matcher=NearestNeighbours()).fit_arrays(
        x, y, unpaired=rng().normal(size=(50, 3)), rng=rng()
    )
    assert fitted.sample(x[:4], rng=rng()).shape == (4, 3)


def test_one_dimensional_responses_come_back_as_vectors():
    fitted = METHOD.fit_arrays(np.linspace(0, 1, 9), np.arange(9.0), rng=rng())
    assert fitted.sample([0.0, 1.0], rng=rng()).tolist() == [0.0, 8.0]


@pytest.mark.parametrize(
    ("conditions", "responses", "unpaired", "message"),
    [
        ([[1.0], [2.0]], [[1.0]], None, "conditions and responses must pair up; got 2 conditions and 1 responses"),
        ([], [], None, "at least one row"),
        ([1.0, np.nan], [1.0, 2.0], None, "conditions must be finite; got 1 NaN"),
        ([1.0, 2.0], [[1.0, 2.0], [3.0, np.inf]], None, "responses must be finite"),
        (
            [1.0, 2.0],
            [[1.0, 2.0], [3.0, 4.0]],
            [[1.0, 2.0, 3.0]],
            r"unpaired must have responses of shape \(2,\); got \(3,\)",
        ),
        (["a", "b"], [1.0, 2.0], None, "conditions must be an array of real numbers or of whole labels; got strings;"),
        (["1", "2"], [1.0, 2.0], None, "whole labels; got strings; number them by names, labels = np.unique"),
        (np.array(["1", 2], dtype=object), [1.0, 2.0], None, "whole labels; got strings; number them by names"),
    ],
)
def test_bad_arrays_are_refused_in_one_line(conditions, responses, unpaired, message):
    with pytest.raises(ValueError, match=message) as caught:
        METHOD.fit_arrays(conditions, responses, unpaired, rng=rng())
    assert "\n" not in str(caught.value)


def test_bad_conditions_at_sampling():
    by_label = METHOD.fit_arrays([0, 1], [[0.0], [1.0]], rng=rng())
    with pytest.raises(ValueError, match=r"labels must be among those of the training data \[0, 1\]; got 2"):
        by_label.sample([2], rng=rng())
    with pytest.raises(ValueError, match="must be integer labels"):
        by_label.sample([0.5], rng=rng())
    by_vector = METHOD.fit_arrays([[0.0, 1.0]], [[1.0]], rng=rng())
    with pytest.raises(ValueError, match="must have 2 columns; got 1"):
        by_vector.sample([[0.5]], rng=rng())


def test_an_autoencoder_reconstructs_a_line_in_space():
    t = rng().uniform(-1, 1, size=400)
    y = np.column_stack([t, 2 * t, -t])
    method = Autoencoder(dim=1, hidden=(16,), training=Training(max_steps=3_000, patience=300))
    space = method.fit(y[None], rngs=[rng()])
    error = np.linalg.norm(space.decode(space.encode(y[None])) - y, axis=2).mean()
    assert error < 0.05 * np.linalg.norm(y, axis=1).mean()
    np.testing.assert_allclose(space.encode(y[None]).mean(), 0.0, atol=1e-5)
    assert np.sqrt((space.encode(y[None]) ** 2).sum(axis=2).mean()) == pytest.approx(
        np.sqrt(((y - y.mean(0)) ** 2).sum(1).mean()), rel=1e-4
    )


def test_sampling_with_another_number_of_replicates_is_refused():
    data = SemiSupervised(np.zeros((2, 3, 1)), np.zeros((2, 3, 1)))
    with pytest.raises(ValueError, match=r"rngs must hold one generator per replicate \(2\); got 1"):
        METHOD.fit(data, rngs=[rng()])


def test_units_of_the_conditions_do_not_matter():
    x, y = rng().uniform(size=(60, 1)), rng().normal(size=(60, 2))
    draws = [METHOD.fit_arrays(unit * x, y, rng=rng()).sample(unit * x[:5], rng=rng()) for unit in (1.0, 1e3, 1e-6)]
    np.testing.assert_array_equal(draws[0], draws[1])
    np.testing.assert_array_equal(draws[0], draws[2])


@pytest.mark.parametrize("bad", [1, None, np.random.RandomState(1)])
def test_a_seed_in_place_of_a_generator_is_refused(bad):
    with pytest.raises(ValueError, match="rng must be a numpy Generator; got"):
        METHOD.fit_arrays([0.0, 1.0], [0.0, 1.0], rng=bad)
    fitted = METHOD.fit_arrays([0.0, 1.0], [0.0, 1.0], rng=rng())
    with pytest.raises(ValueError, match="rng must be a numpy Generator; got"):
        fitted.sample([0.5], rng=bad)


@pytest.mark.parametrize(
    "bad", [[1.0, 1j], np.array(["2020-01-01"], dtype="datetime64[D]"), np.ma.masked_array([1.0, 2.0], [0, 1])]
)
def test_numbers_that_are_not_plain_are_refused(bad):
    with pytest.raises(ValueError, match=r"conditions must be an array of (plain|real) numbers"):
        METHOD.fit_arrays(bad, np.zeros(len(bad)), rng=rng())
