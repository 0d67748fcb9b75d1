"""Velocities with a known error, beside the truth."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lsdm_stats import evaluate, streams
from lsdm_stats.latents import TrueChart
from lsdm_stats.lsdm.method import FittedLSDM
from lsdm_stats.matchers.paths import LinearPath
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.nets.rule import Training
from lsdm_stats.populations import MixtureFlow, MixtureLatents

NORMAL = MixtureLatents(
    ambient_dim=2, weights=(1.0,), centres=((0.5, -0.3),), slopes=((1.0, 0.5),), scales=(0.4,)
)
BIMODAL = MixtureLatents(
    ambient_dim=1, weights=(0.5, 0.5), centres=((-1.0,), (1.0,)), slopes=((0.0,), (0.0,)), scales=(0.1, 0.1)
)
QUICK = VelocityNetwork(hidden=(16,), training=Training(max_steps=60, patience=60))
STRAIGHT = LinearPath()


@dataclass(frozen=True)
class Perturbed:
    """The true velocity plus a constant, a multiple of the place relative to the mean path, and waves; Euler steps."""

    truth: MixtureFlow
    shift: float = 0.0
    stretch: float = 0.0
    wave: float = 0.0
    n_steps: int = 20

    failures = (None,)

    @property
    def start(self):
        return self.truth.start

    def weights(self, times):
        return self.truth.weights(times)

    def rates(self, times):
        return self.truth.rates(times)

    def velocity(self, times, latents, conditions):
        exact = self.truth.velocity(times, latents, conditions)
        a = self.truth.weights(np.asarray(times, dtype=float))[0]
        laws, (centre, _) = self.truth.law.mixtures(conditions), self.start
        mean = (np.exp(laws.log_weights)[..., None] * laws.means).sum(axis=-2)
        direction = np.ones(latents.shape[2]) / latents.shape[2] ** 0.5
        waves = self.wave * np.sin(4 * latents)
        relative = latents - centre - a * (mean - centre)
        return exact + waves + self.shift * direction + self.stretch * relative

    @property
    def stages(self):
        grid = np.linspace(0, 1, self.n_steps + 1).tolist()
        return tuple((begin, begin, end) for begin, end in pairwise(grid))

    def advance(self, latents, conditions, begin, end):
        return latents + (end - begin) * self.velocity(np.array(begin), latents, conditions)

    def sample(self, conditions, *, rngs):
        return np.stack([rng.standard_normal((conditions.shape[1], self.start[0].shape[2])) for rng in rngs])

    def select(self, replicates):
        return self


def data_rngs(source, count=1):
    return streams.data(1, source, replicates=range(count))


def measured(source, sampler, metrics, n=200):
    space = TrueChart(population=source).fit(np.zeros((1, 2, source.ambient_dim)), rngs=data_rngs(source))
    fitted = FittedLSDM(space, sampler, np.zeros((1, 2, source.ambient_dim)))
    return {name: float(value[0]) for name, value in
            evaluate(fitted, source, metrics, n_test=n, rngs=data_rngs(source)).items()}


def flow(source, path=STRAIGHT, centre=0.2, scale=1.3):
    k = source.intrinsic_dim
    return MixtureFlow(source, path, (np.full((1, 1, k), centre), np.full((1, 1, k), scale)))


def total(bound, values):
    return float(bound.evaluate(values).total)


def fit_rngs(source, method, count=2):
    return streams.fit(1, source, method, replicates=range(count))
