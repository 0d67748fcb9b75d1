"""What every population promises, with its default values and with a noise: one test for all of the catalogue."""

import pickle

import numpy as np
import pytest

from lsdm_stats import (
    LSDM,
    DistanceToManifold,
    IsotropicNoise,
    JointW1,
    NoNoise,
    NormalNoise,
    TrueChart,
    TrueConditional,
    evaluate,
    populations,
    streams,
)
from lsdm_stats.manifolds import BallMass, CoveringNumbers, Manifold
from lsdm_stats.populations import Population, SphereSource

TRUTHS = [kind() for kind in populations.CATALOGUE if issubclass(kind, Population)]
LOUD = [truth.replace(noise=IsotropicNoise(scale=0.1)) for truth in TRUTHS]
NEAR = [
    truth.replace(ambient_dim=truth.ambient_dim + 1, noise=NormalNoise(radius=min(0.1, 0.5 * truth.manifold.reach)))
    for truth in TRUTHS
]
each = pytest.mark.parametrize("truth", [*TRUTHS, *LOUD, *NEAR], ids=lambda t: type(t).__name__)


@each
def test_oracles_of_both_stages_reproduce_the_law(truth):
    data = truth.draw(12, 6, rngs=streams.data(1, truth, replicates=range(2)))
    method = LSDM(latent=TrueChart(population=truth), matcher=TrueConditional(population=truth))
    fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=range(2)))
    rngs = streams.metric(1, truth, JointW1(), replicates=range(2))
    scores = evaluate(fitted, truth, [JointW1(), DistanceToManifold()], n_test=40, rngs=rngs)
    assert np.isfinite(scores["joint_w1"]).all()
    assert scores["joint_w1"].max() <= truth.diameter() + 1.0
    reached = scores["distance_to_manifold.response"]
    if isinstance(truth.noise, NoNoise):
        assert (reached < 1e-9).all()
    elif truth.manifold.intrinsic_dim < truth.ambient_dim:
        assert (reached > 0.01).all()


@each
def test_constants_have_their_types_and_signs(truth):
    assert isinstance(truth.manifold, Manifold)
    assert truth.conditional_lipschitz is None or truth.conditional_lipschitz >= 0
    assert truth.small_ball is None or (isinstance(truth.small_ball, BallMass) and truth.small_ball.constant > 0)
    for metric in ("sum", "euclidean"):
        assert truth.diameter(metric) > 0
        assert truth.transport_constant(metric) > 0
        sides, covering, sphere = truth.source_sides(metric), truth.covering(metric), truth.sphere_source(metric)
        assert sides is None or (len(sides) >= 1 and min(sides) > 0)
        assert (covering is None) == (sides is None)
        assert covering is None or isinstance(covering, CoveringNumbers)
        assert sphere is None or isinstance(sphere, SphereSource)
    assert truth.diameter("euclidean") <= truth.diameter("sum")
    assert truth.transport_constant("euclidean") <= truth.transport_constant("sum") * (1 + 1e-12)


@each
def test_embeddings_change_coordinates_only(truth):
    """Another embedding of the same draws is an isometric image: distances agree, and so do all constants."""
    clean = truth.replace(noise=NoNoise())
    wider = clean.replace(ambient_dim=truth.ambient_dim + 2, embedding_seed=truth.embedding_seed)
    samples = [one.held_out(20, rngs=streams.data(1, truth, replicates=range(1)))[1][0] for one in (clean, wider)]
    distances = [np.linalg.norm(sample[None] - sample[:, None], axis=-1) for sample in samples]
    np.testing.assert_allclose(distances[0], distances[1], atol=1e-9)
    for metric in ("sum", "euclidean"):
        assert clean.diameter(metric) == wider.diameter(metric)
        assert clean.source_sides(metric) == wider.source_sides(metric)


@each
def test_specs_survive_pickling_with_their_digest(truth):
    again = pickle.loads(pickle.dumps(truth))
    assert again == truth
    assert again.digest == truth.digest


def test_digests_tell_populations_apart():
    assert len({truth.digest for truth in (*TRUTHS, *LOUD, *NEAR)}) == 3 * len(TRUTHS)
