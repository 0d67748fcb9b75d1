"""Generated latents clipped to those of training, and the terms that bound what this does (docs/theory.md, A6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, cast

import numpy as np
from annotated_types import Ge
from pydantic import field_validator

from lsdm_stats.arrays import FloatArray
from lsdm_stats.latents import clip_to_training, distance_to_training
from lsdm_stats.metrics.evaluation import Evaluation, Metric
from lsdm_stats.metrics.geometry import population_of
from lsdm_stats.metrics.joint import certified
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import exact

Radius = Annotated[float, Ge(0)]


class Clipped(Spec):
    """Other metrics of the same fit and the same draws, with generated latents clipped to the training latents.

    Every value name gets the prefix ``clipped.``.

    Parameters
    ----------
    metrics : tuple of Spec
        What is measured.
    radius : float
        Largest distance of a clipped latent to its nearest training latent, in the units of the latents.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, DistanceToManifold, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> clipped = Clipped(metrics=(DistanceToManifold(),))
    >>> sorted(evaluate(fitted, truth, [clipped], n_test=50, rngs=rngs))[0]
    'clipped.distance_to_manifold'
    """

    metrics: tuple[Spec, ...]
    radius: Radius = 0.0

    @field_validator("metrics")
    @classmethod
    def _some(cls, value: tuple[Spec, ...]) -> tuple[Spec, ...]:
        wrong = [type(metric).__name__ for metric in value if not hasattr(metric, "evaluate")]
        if wrong or not value:
            raise ValueError(f"must be metrics such as DistanceToManifold(); got {', '.join(wrong) or 'none'}; "
                             "see lsdm list")
        return value

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """The values of all metrics, by prefixed name."""
        side = evaluation.latent_side
        latents = clip_to_training(side.generated, side.training.latents, radius=self.radius)
        clipped = replace(
            evaluation,
            generated=side.training.decode(latents),
            latents=replace(side, generated=latents),
            further=None,
        )
        metrics = cast("tuple[Metric, ...]", cast("Any", self.metrics))
        found = [metric.evaluate(clipped) for metric in metrics]
        return {f"clipped.{name}": values for values_of in found for name, values in values_of.items()}


class ClippingTerms(Spec):
    """What bounds the distance to the manifold and the latent W1 of clipped generators.

    Gives ``clip_radius``; ``clip_modulus``, the decoder's largest expansion between a clipped latent and its nearest
    training latent; ``clip_excess``, the mean distance by which clipping moves a latent; the largest values over the
    training responses ``training.distance_to_manifold.max`` of their reconstructions, ``training.reconstruction.max``
    and ``training.noise.max``; and, with certificates, the marginal distances ``training_latent_w1`` of generated and
    ``training_encoded_w1`` of encoded test latents to the training latents.

    Parameters
    ----------
    radius : float
        Of the clipping, in the units of the latents.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> scores = evaluate(fitted, truth, [ClippingTerms(radius=0.1)], n_test=50, rngs=rngs)
    >>> scores["clip_radius"].tolist(), scores["clip_excess"].tolist()
    ([0.1], [0.0])
    """

    radius: Radius = 0.0

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        side, manifold = evaluation.latent_side, population_of(evaluation).manifold
        known = side.training
        distances = distance_to_training(side.generated, known.latents)
        anchors = clip_to_training(side.generated, known.latents)
        clipped = clip_to_training(side.generated, known.latents, radius=self.radius)
        moved = _lengths(clipped - anchors)
        decoded = _lengths(known.decode(clipped) - known.decode(anchors))
        ratios = np.divide(decoded, moved, out=np.zeros_like(decoded), where=moved > 0)
        return {
            "clip_radius": np.full(len(distances), self.radius),
            "clip_modulus": ratios.max(axis=1, initial=0.0),
            "clip_excess": np.maximum(distances - self.radius, 0.0).mean(axis=1),
            "training.distance_to_manifold.max": manifold.distance(known.reconstructions).max(axis=1, initial=0.0),
            "training.reconstruction.max": _lengths(known.responses - known.reconstructions).max(axis=1, initial=0.0),
            "training.noise.max": manifold.distance(known.responses).max(axis=1, initial=0.0),
            **certified("training_latent_w1", _transports(side.generated, known.latents)),
            **certified("training_encoded_w1", _transports(side.encoded, known.latents)),
        }


def _transports(first: FloatArray, second: FloatArray) -> list[Any]:
    return [exact(points, others) for points, others in zip(first, second, strict=True)]


def _lengths(vectors: FloatArray) -> FloatArray:
    return np.linalg.norm(vectors, axis=-1)
