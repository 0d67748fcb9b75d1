"""Named streams: determined by their name, independent of everything else, golden values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdm_stats import PCA, Autoencoder, SwissRoll, streams


@given(st.integers(0, 2**63), st.integers(0, 10_000), st.sampled_from(["data", "fit", "metric"]))
def test_a_stream_is_determined_by_its_name(seed, replicate, purpose):
    first, again = (streams.stream(seed, purpose, PCA(dim=2), replicate=replicate) for _ in range(2))
    np.testing.assert_array_equal(first.random(4), again.random(4))


def test_any_change_of_the_name_changes_the_stream():
    names = [
        (1, "data", (PCA(dim=2),), 0),
        (2, "data", (PCA(dim=2),), 0),
        (1, "fit", (PCA(dim=2),), 0),
        (1, "data", (PCA(dim=3),), 0),
        (1, "data", (PCA(dim=2), PCA(dim=2)), 0),
        (1, "data", (), 0),
        (1, "data", (PCA(dim=2),), 1),
    ]
    draws = {
        streams.stream(seed, purpose, *owners, replicate=replicate).random()
        for seed, purpose, owners, replicate in names
    }
    assert len(draws) == len(names)


def test_golden_values():
    """These must never change: stored results depend on them."""
    assert streams.stream(1, "data", replicate=0).integers(0, 2**32, 3).tolist() == [1461846235, 753305827, 2021411774]


def test_streams_of_a_block_are_those_of_its_replicates():
    truth = SwissRoll()
    together = [rng.random() for rng in streams.data(1, truth, replicates=range(5))]
    alone = [streams.data(1, truth, replicates=[r])[0].random() for r in range(5)]
    assert together == alone


def test_fit_and_metric_streams_depend_on_the_method():
    truth = SwissRoll()
    methods = (PCA(dim=2), Autoencoder(dim=2))
    draws = {
        make(1, truth, method, replicates=[0])[0].random()
        for make in (streams.fit, streams.metric)
        for method in methods
    }
    assert len(draws) == 4


def test_replicates_are_uncorrelated():
    """Largest of 4,950 correlations of 1,000 draws below 5 / sqrt(1,000): false alarm below .003."""
    draws = np.stack([rng.standard_normal(1_000) for rng in streams.data(1, SwissRoll(), replicates=range(100))])
    correlations = np.corrcoef(draws)[np.triu_indices(100, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(1_000)


def test_negative_seeds_are_refused():
    with pytest.raises(ValueError, match="seed and replicate must be at least 0; got -1 and 0"):
        streams.stream(-1, "data", replicate=0)
