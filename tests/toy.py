"""A toy: the mean of Gaussian data."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lsdm_stats.samples import FitError, SemiSupervised
from lsdm_stats.spec import Spec
from lsdm_stats.study import Study


class Gaussians(Spec):
    mean: float = 0.0

    @property
    def condition_dim(self):
        return 1

    @property
    def response_dim(self):
        return 2

    def draw(self, n_paired, n_unpaired, *, rngs):
        paired, unpaired = [], []
        for rng in rngs:
            first, second, _ = rng.spawn(3)
            paired.append(first.normal(self.mean, 1.0, (n_paired, 3)))
            unpaired.append(second.normal(self.mean, 1.0, (n_unpaired, 2)))
        stacked = np.stack(paired)
        return SemiSupervised(stacked[..., :1], stacked[..., 1:], np.stack(unpaired))

    def held_out(self, n, *, rngs):
        drawn = np.stack([rng.spawn(3)[2].normal(self.mean, 1.0, (n, 3)) for rng in rngs])
        return drawn[..., :1], drawn[..., 1:]


@dataclass(frozen=True)
class Fitted:
    centres: np.ndarray
    failures: tuple

    def sample(self, conditions, *, rngs):
        noise = np.stack([rng.normal(size=(conditions.shape[1], 2)) for rng in rngs])
        return self.centres[:, None] + noise


class Mean(Spec):
    uses_unpaired: bool = True
    sleep: float = 0.0
    fails_at: int = -1
    raises: str = ""
    kills: bool = False
    only_once: str = ""
    shift: float = 0.0

    def fit(self, data, *, rngs):
        time.sleep(self.sleep)
        if self.raises:
            raise FitError(self.raises) if self.raises.startswith("no ") else ZeroDivisionError(self.raises)
        if self.kills or (self.only_once and not Path(self.only_once).exists()):
            if self.only_once:
                Path(self.only_once).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        responses = data.all_responses if self.uses_unpaired else data.responses
        centres = responses.mean(axis=1) + np.stack([1e-3 * rng.normal(size=2) for rng in rngs]) + self.shift
        failures = [None] * len(rngs)
        if 0 <= self.fails_at < len(rngs):
            failures[self.fails_at] = "loss is not finite"
        return Fitted(centres, tuple(failures))


class Error(Spec):
    name: ClassVar[str] = "error"

    def evaluate(self, evaluation):
        gap = evaluation.generated.mean(axis=1) - evaluation.responses.mean(axis=1)
        return {"error": np.linalg.norm(gap, axis=-1), "error.signed": gap[:, 0]}


class Picture(Spec):
    name: ClassVar[str] = "picture"
    rows: int = 3

    def evaluate(self, evaluation):
        return {"picture": evaluation.generated[:, : self.rows]}


class Odd(Spec):
    name: ClassVar[str] = "odd"

    def evaluate(self, evaluation):
        values = np.array([np.nan, np.inf, -np.inf, 5e-324, 0.1])
        return {"odd": np.resize(values, len(evaluation.replicates))}


PLAIN = Study(
    name="toy",
    sources={"centred": Gaussians(), "shifted": Gaussians(mean=1.0)},
    n_paired=(5, 10),
    n_unpaired=(0, 20),
    methods={"all": Mean(), "paired": Mean(uses_unpaired=False)},
    metrics=(Error(), Picture()),
    replicates=5,
    block=2,
    seed=1,
    n_test=7,
)
STUDY = PLAIN
QUICK = PLAIN.replace(replicates=2, n_paired=(5,), sources=PLAIN.sources[:1])
