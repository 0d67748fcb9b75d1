"""How near generated points are to the response manifold, and the terms that bound it (docs/theory.md, A5)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.metrics.joint import certified, cross_modulus
from lsdm_stats.populations import Population
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import exact


class Reconstruction(Spec):
    """Mean distance of test responses to their reconstructions, ``reconstruction``: the R of A1.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> scores = evaluate(fitted, truth, [Reconstruction()], n_test=50, rngs=rngs)
    >>> bool(0.1 < scores["reconstruction"][0] < 1.0)
    True
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One mean per replicate."""
        residuals = evaluation.responses - evaluation.latent_side.reconstructions
        return {"reconstruction": np.linalg.norm(residuals, axis=2).mean(axis=1)}


class DistanceToManifold(Spec):
    """Mean distance to the response manifold: geometric fidelity.

    Gives ``distance_to_manifold`` of generated points, ``distance_to_manifold.response`` of test responses (the noise
    level) and, for fits with a latent space, ``distance_to_manifold.reconstruction`` of reconstructed responses.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> scores = evaluate(truth, truth, [DistanceToManifold()], n_test=50, rngs=rngs)
    >>> bool((scores["distance_to_manifold"] < 1e-9).all())
    True
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One mean per replicate and name."""
        distance = population_of(evaluation).manifold.distance
        values = {
            "distance_to_manifold": distance(evaluation.generated).mean(axis=1),
            "distance_to_manifold.response": distance(evaluation.responses).mean(axis=1),
        }
        if evaluation.latents is not None:
            values["distance_to_manifold.reconstruction"] = distance(evaluation.latents.reconstructions).mean(axis=1)
        return values


class LargestDistanceToManifold(Spec):
    """Largest distance of a generated point of the sample to the manifold, ``distance_to_manifold.max``.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> scores = evaluate(truth, truth, [LargestDistanceToManifold()], n_test=50, rngs=rngs)
    >>> bool((scores["distance_to_manifold.max"] < 1e-9).all())
    True
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate."""
        distances = population_of(evaluation).manifold.distance(evaluation.generated)
        return {"distance_to_manifold.max": distances.max(axis=1)}


class MarginalW1(Spec):
    """W1 between marginal laws: ``response_w1`` of generated and test responses, ``marginal_latent_w1`` of latents.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> scores = evaluate(fitted, truth, [MarginalW1()], n_test=50, rngs=rngs)
    >>> sorted(name for name in scores if name.endswith("_w1"))
    ['marginal_latent_w1', 'response_w1']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One distance per replicate and name, certified."""
        pairs = zip(evaluation.generated, evaluation.responses, strict=True)
        values = certified("response_w1", [exact(generated, responses) for generated, responses in pairs])
        side = evaluation.latent_side
        latent_pairs = zip(side.generated, side.encoded, strict=True)
        return {
            **values,
            **certified("marginal_latent_w1", [exact(generated, encoded) for generated, encoded in latent_pairs]),
        }


class GeometryModuli(Spec):
    """Moduli of continuity over all pairs of a generated and an encoded latent, for A5.

    Gives ``distance_modulus`` of the distance of a decoded point to the manifold, and ``error_modulus`` of the vector
    from the nearest point of the manifold to the decoded point.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> sorted(evaluate(fitted, truth, [GeometryModuli()], n_test=50, rngs=rngs))
    ['distance_modulus', 'error_modulus']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One modulus per replicate and name."""
        side = evaluation.latent_side
        manifold = population_of(evaluation).manifold
        errors = evaluation.generated - manifold.project(evaluation.generated)
        rebuilt_errors = side.reconstructions - manifold.project(side.reconstructions)
        rows = [
            (
                cross_modulus(_lengths(error), _lengths(rebuilt), generated, encoded),
                cross_modulus(error, rebuilt, generated, encoded),
            )
            for error, rebuilt, generated, encoded in zip(
                errors, rebuilt_errors, side.generated, side.encoded, strict=True
            )
        ]
        distance_moduli, error_moduli = np.array(rows).reshape(-1, 2).T
        return {"distance_modulus": distance_moduli, "error_modulus": error_moduli}


def _lengths(vectors: FloatArray) -> FloatArray:
    return np.linalg.norm(vectors, axis=1, keepdims=True)


def population_of(evaluation: Evaluation) -> Population:
    """The source of an evaluation, which must be a population.

    Raises
    ------
    ValueError
        If it is real data.
    """
    if not isinstance(evaluation.source, Population):
        raise ValueError(
            f"distance to the manifold needs a population with a known one; got {type(evaluation.source).__name__}; "
            "use NearestResponse for real data"
        )
    return evaluation.source
