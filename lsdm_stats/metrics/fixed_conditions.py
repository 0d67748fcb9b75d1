"""W1 between generated and true conditional laws, at fixed conditions and with many draws at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import N_CHILDREN, Evaluation
from lsdm_stats.samples import ConditionalSampler
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import exact_many


class ConditionalW1(Spec):
    r"""Mean over test conditions of W1 between the generated and the true conditional law, Euclidean metric.

    At each of the first `n_conditions` test conditions `n_draws` responses are generated and as many drawn from the
    true law, noise included. Their distance is biased upward, also for equal laws, so that a second, independent
    true sample is measured against the first:

    * ``conditional_w1`` with ``.lower`` and ``.upper``, certified, the mean over the conditions;
    * ``conditional_w1.floor``, truth against truth;
    * ``conditional_w1.excess``, the first less the second: 0 in the mean where the generated law is the true one.

    True draws are the same for every method.

    Parameters
    ----------
    n_conditions : int
        Number of conditions; all test conditions where there are fewer.
    n_draws : int
        Draws of either law at each.
    space : {"responses", "latents"}
        What is compared. In the latent space true responses are encoded, and the names begin with
        ``conditional_latent_w1``: what stage 2 alone is judged by.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth, rngs = Circle(width=0.3), streams.data(1, Circle(width=0.3), replicates=range(2))
    >>> scores = evaluate(truth, truth, [ConditionalW1(n_conditions=20, n_draws=50)], n_test=20, rngs=rngs)
    >>> bool((abs(scores["conditional_w1.excess"]) < 0.1).all())
    True
    """

    n_conditions: Annotated[int, Ge(1)] = 50
    n_draws: Annotated[int, Ge(2)] = 200
    space: Literal["responses", "latents"] = "responses"

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name.

        Raises
        ------
        ValueError
            If the conditional law of the source cannot be drawn from, the generated responses were changed after they
            were drawn, or latents are asked of a fit without any.
        """
        source, further = evaluation.source, evaluation.further
        if not isinstance(source, ConditionalSampler):
            raise ValueError(
                f"ConditionalW1 needs a source with a known conditional law; got {type(source).__name__}; "
                "use a population"
            )
        if further is None:
            raise ValueError(
                "ConditionalW1 needs a fit that can draw again; got changed responses; "
                "set clip_radius of LSDM in place of Clipped"
            )
        name = "conditional_w1" if self.space == "responses" else "conditional_latent_w1"
        rows = np.repeat(evaluation.conditions[:, : self.n_conditions], self.n_draws, axis=1)
        if not rows.size:
            return {f"{name}{ending}": np.empty(0) for ending in ("", ".lower", ".upper", ".floor", ".excess")}
        first, second, noise = zip(*(rng.spawn(N_CHILDREN)[4:] for rng in evaluation.data_streams), strict=True)
        if self.space == "responses":
            truth, other = source.sample(rows, rngs=first), source.sample(rows, rngs=second)
            generated = further.responses(rows, rngs=noise)
        else:
            truth, other = (further.encode(source.sample(rows, rngs=rngs)) for rngs in (first, second))
            generated = further.latents(rows, rngs=noise)
        found, floor = self._means(generated, truth), self._means(other, truth)
        return {
            name: found[:, 0],
            f"{name}.lower": found[:, 1],
            f"{name}.upper": found[:, 2],
            f"{name}.floor": floor[:, 0],
            f"{name}.excess": found[:, 0] - floor[:, 0],
        }

    def _means(self, draws: FloatArray, others: FloatArray) -> FloatArray:
        """Mean value, lower and upper limit ``(R, 3)`` over the conditions."""
        shape = (-1, self.n_draws, draws.shape[2])
        transports = exact_many(draws.reshape(shape), others.reshape(shape), threads=1)
        values = np.array([(transport.value, transport.lower, transport.upper) for transport in transports])
        return values.reshape(draws.shape[0], -1, 3).mean(axis=1)
