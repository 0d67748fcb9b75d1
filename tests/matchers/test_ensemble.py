"""A mixture of fits: its law, its choice of members, convexity of W1, and that replicates stay apart.

Statistical tests are of exact laws, each p-value with a false-alarm rate of 1e-6.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from lsdm_stats import (
    PCA,
    EnergyScore,
    Ensemble,
    Identity,
    LinearGaussian,
    NearestNeighbours,
    Training,
    TrueConditional,
)
from lsdm_stats.matchers import GeneratorNetwork
from lsdm_stats.matchers.ensemble import EnsembleSampler
from lsdm_stats.samples import LatentPairs
from lsdm_stats.wasserstein import exact

ALARM = 1e-6
SHORT = Training(max_steps=200, patience=200, check_every=20, batch_size=32)
SCORE = EnergyScore(network=GeneratorNetwork(hidden=(16,), noise_dim=2, training=SHORT))


def rngs(count=1, seed=0):
    return [np.random.default_rng([seed, r]) for r in range(count)]


def pairs_of(replicates=1, n=40):
    x = np.stack([rng.uniform(size=(n, 1)) for rng in rngs(replicates, seed=5)])
    noise = np.stack([rng.normal(size=(n, 2)) for rng in rngs(replicates, seed=6)])
    latents = np.concatenate([np.sin(4 * x), x], axis=2) + 0.2 * noise
    return LatentPairs(x, latents, Identity().fit(latents, rngs=rngs(replicates)))


@dataclass(frozen=True)
class Numbered:
    """Each fit draws the condition it was given and its own number."""

    numbers: tuple[int, ...]

    @property
    def failures(self):
        return (None,) * len(self.numbers)

    def sample(self, conditions, *, rngs):
        numbers = np.broadcast_to(np.reshape(self.numbers, (-1, 1, 1)), (*conditions.shape[:2], 1))
        return np.concatenate([conditions, numbers], axis=2)

    def select(self, replicates):
        return Numbered(tuple(self.numbers[r] for r in replicates))


def test_members_are_chosen_independently_and_with_equal_chances():
    sampler = EnsembleSampler(Numbered(tuple(range(10))), 5)
    conditions = np.arange(20_000.0).reshape(2, 10_000, 1)
    drawn = sampler.sample(conditions, rngs=rngs(2))
    np.testing.assert_array_equal(drawn[..., :1], conditions)
    members = drawn[..., 1].astype(int)
    assert set(members[0]) == set(range(5))
    assert set(members[1]) == set(range(5, 10))
    members = members - [[0], [5]]
    for own in members:
        successive = np.bincount(5 * own[::2] + own[1::2], minlength=25)
        assert stats.chisquare(successive).pvalue > ALARM
    both = np.bincount(5 * members[0] + members[1], minlength=25)
    assert stats.chisquare(both).pvalue > ALARM


def test_one_condition_is_enough_although_most_members_then_draw_nothing():
    sampler = EnsembleSampler(Numbered(tuple(range(10))), 5)
    assert sampler.sample(np.ones((2, 1, 1)), rngs=rngs(2)).shape == (2, 1, 2)


def test_true_conditionals_mix_to_the_true_conditional():
    truth = LinearGaussian()
    data = truth.draw(20, 1, rngs=rngs())
    pairs = LatentPairs(data.conditions, data.responses, Identity().fit(data.responses, rngs=rngs()))
    mixture = Ensemble(matcher=TrueConditional(population=truth), members=3).fit(pairs, rngs=rngs())
    conditions = np.repeat(data.conditions[:, :1], 4_000, axis=1)
    drawn, true = mixture.sample(conditions, rngs=rngs(seed=1))[0], truth.sample(conditions, rngs=rngs(seed=2))[0]
    coordinates = drawn.shape[1]
    for own, other in zip(drawn.T, true.T, strict=True):
        assert stats.ks_2samp(own, other).pvalue > ALARM / coordinates


def test_neighbours_mix_to_the_uniform_law_on_them():
    pairs = pairs_of()
    mixture = Ensemble(matcher=NearestNeighbours(n_neighbours=4), members=3).fit(pairs, rngs=rngs())
    condition = pairs.conditions[:, :1]
    drawn = mixture.sample(np.repeat(condition, 8_000, axis=1), rngs=rngs(seed=1))[0]
    nearest = np.argsort(np.abs(pairs.conditions - condition)[0, :, 0])[:4]
    values, counts = np.unique(drawn, axis=0, return_counts=True)
    expected = np.unique(pairs.latents[0, nearest], axis=0)
    np.testing.assert_array_equal(values, expected)
    assert stats.chisquare(counts).pvalue > ALARM


@pytest.fixture(scope="module")
def block():
    pairs = pairs_of(replicates=3)
    method = Ensemble(matcher=SCORE, members=2)
    return pairs, method.fit(pairs, rngs=rngs(3))


def test_w1_of_the_pooled_members_is_at_most_their_mean(block):
    _, fitted = block
    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(size=(150, 1)), axis=0)
    truth = np.hstack([x, np.sin(4 * x) + 0.2 * rng.normal(size=x.shape), x + 0.2 * rng.normal(size=x.shape)])
    drawn = fitted.fits.sample(np.broadcast_to(x, (6, *x.shape)), rngs=rngs(6, seed=4))
    for members in drawn.reshape(3, 2, 150, 2):
        joint = [np.hstack([x, latents]) for latents in members]
        mean = np.mean([exact(law, truth, blocks=(1, 2)).upper for law in joint])
        assert 0 < exact(np.vstack(joint), truth, blocks=(1, 2)).lower < mean


def test_members_differ(block):
    pairs, fitted = block
    drawn = fitted.fits.sample(np.repeat(pairs.conditions, 2, axis=0), rngs=[rngs()[0] for _ in range(6)])
    assert np.abs(drawn[0] - drawn[1]).max() > 0.01


def test_a_single_member_is_the_matcher_itself():
    pairs = pairs_of(replicates=2)
    single = Ensemble(matcher=SCORE, members=1).fit(pairs, rngs=rngs(2))
    alone = SCORE.fit(pairs, rngs=[rng.spawn(1)[0] for rng in rngs(2)])
    drawn = [sampler.sample(pairs.conditions, rngs=rngs(2)) for sampler in (single.fits, alone)]
    np.testing.assert_array_equal(*drawn)


def test_select_takes_whole_ensembles(block):
    pairs, fitted = block
    chosen = fitted.select([2, 0])
    streams = rngs(3, seed=9)
    whole = fitted.sample(pairs.conditions, rngs=rngs(3, seed=9))
    np.testing.assert_array_equal(chosen.sample(pairs.conditions[[2, 0]], rngs=[streams[2], streams[0]]), whole[[2, 0]])
    assert chosen.failures == (None, None)


def test_a_failed_member_is_named_and_fails_its_replicate_only(block, monkeypatch):
    from lsdm_stats.nets import optimiser

    pairs, healthy = block
    step = optimiser.Adam.step

    def planting(self, gradients, learning_rates):
        step(self, gradients, learning_rates)
        if self._steps == 30:
            self._tensors[0][3, 0, 0] = float("nan")  # replicate 1, member 1

    monkeypatch.setattr(optimiser.Adam, "step", planting)
    fitted = Ensemble(matcher=SCORE, members=2).fit(pairs, rngs=rngs(3))
    assert [reason is None for reason in fitted.failures] == [True, False, True]
    assert fitted.failures[1].startswith("member 1: generator: diverged")
    assert fitted.select([1]).failures == (fitted.failures[1],)
    before, after = (one.sample(pairs.conditions, rngs=rngs(3)) for one in (healthy, fitted))
    np.testing.assert_array_equal(before[[0, 2]], after[[0, 2]])


def test_the_digest_tells_what_the_members_are_and_how_many():
    specs = [Ensemble(matcher=matcher, members=count) for matcher in (SCORE, EnergyScore()) for count in (2, 5)]
    assert len({spec.digest for spec in specs}) == 4
    assert Ensemble(matcher=EnergyScore(), members=5).digest == Ensemble(matcher=EnergyScore()).digest
    assert specs[0].replace(matcher=EnergyScore()) == specs[2]


@pytest.mark.parametrize("wrong", [PCA(dim=2), LinearGaussian(), SHORT], ids=lambda spec: type(spec).__name__)
def test_what_is_no_matcher_is_refused(wrong):
    with pytest.raises(ValueError, match=f"must be a matcher such as EnergyScore.*got {type(wrong).__name__}"):
        Ensemble(matcher=wrong)
    with pytest.raises(ValueError, match="members: input should be greater than or equal to 1; got 0"):
        Ensemble(matcher=EnergyScore(), members=0)
