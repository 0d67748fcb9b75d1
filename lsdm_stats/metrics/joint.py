"""Joint Wasserstein distances and the terms of the chain that bounds them (docs/theory.md, A1 and A2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.spatial.distance import cdist

from lsdm_stats.arrays import FloatArray
from lsdm_stats.metrics.evaluation import Evaluation
from lsdm_stats.spec import Spec
from lsdm_stats.wasserstein import Transport, exact


def certified(name: str, transports: Sequence[Transport]) -> dict[str, FloatArray]:
    """A distance per replicate with its certificate: ``name``, ``name.lower``, ``name.upper``."""
    return {
        name: np.array([transport.value for transport in transports]),
        f"{name}.lower": np.array([transport.lower for transport in transports]),
        f"{name}.upper": np.array([transport.upper for transport in transports]),
    }


def cross_modulus(images: FloatArray, other_images: FloatArray, points: FloatArray, other_points: FloatArray) -> float:
    """Largest ratio of distances of images to distances of points over all pairs; pairs at distance 0 count nothing."""
    distances = cdist(points, other_points)
    ratios = np.divide(cdist(images, other_images), distances, out=np.zeros_like(distances), where=distances > 0)
    return float(ratios.max())


class JointW1(Spec):
    """W1 between the joint laws of (X, generated) and (X, Y) on the test sample, sum metric, certified.

    Gives ``joint_w1`` with ``.lower`` and ``.upper``, in the units of conditions and responses.

    Examples
    --------
    >>> from lsdm_stats import Circle, evaluate, streams
    >>> truth = Circle(width=0.3)
    >>> rngs = streams.data(1, truth, replicates=range(2))
    >>> scores = evaluate(truth, truth, [JointW1()], n_test=50, rngs=rngs)
    >>> sorted(scores), bool((scores["joint_w1.lower"] <= scores["joint_w1.upper"]).all())
    (['joint_w1', 'joint_w1.lower', 'joint_w1.upper'], True)
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One distance per replicate."""
        transports = [
            joint_transport(x, generated, responses)
            for x, generated, responses in zip(
                evaluation.conditions, evaluation.generated, evaluation.responses, strict=True
            )
        ]
        return certified("joint_w1", transports)


class ReconstructedJointW1(Spec):
    """W1 between the joint laws of (X, generated) and (X, D(E(Y))), sum metric: line 1 of A1 without R.

    Gives ``reconstructed_joint_w1`` with its certificate.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> sorted(evaluate(fitted, truth, [ReconstructedJointW1()], n_test=50, rngs=rngs))
    ['reconstructed_joint_w1', 'reconstructed_joint_w1.lower', 'reconstructed_joint_w1.upper']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One distance per replicate."""
        reconstructions = evaluation.latent_side.reconstructions
        transports = [
            joint_transport(x, generated, rebuilt)
            for x, generated, rebuilt in zip(evaluation.conditions, evaluation.generated, reconstructions, strict=True)
        ]
        return certified("reconstructed_joint_w1", transports)


class LatentW1(Spec):
    """W1 between the joint laws of (X, G) and (X, E(Y)), sum metric, and what its optimal plan costs once decoded.

    Gives ``latent_w1`` with its certificate; ``pushed_cost``, the cost of the decoded plan (A1, line 2);
    ``plan_modulus``, the decoder's largest expansion over the plan's support (A2 ii); and ``weighted_plan_cost``, the
    plan's cost with latent distances times that modulus.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> sorted(evaluate(fitted, truth, [LatentW1()], n_test=50, rngs=rngs))
    ['latent_w1', 'latent_w1.lower', 'latent_w1.upper', 'plan_modulus', 'pushed_cost', 'weighted_plan_cost']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        side = evaluation.latent_side
        transports: list[Transport] = []
        rows: list[tuple[float, float, float]] = []
        for r, x in enumerate(evaluation.conditions):
            transport = joint_transport(x, side.generated[r], side.encoded[r])
            i, j, mass = transport.plan.sources, transport.plan.targets, transport.plan.masses
            between_x = np.linalg.norm(x[i] - x[j], axis=1)
            between_z = np.linalg.norm(side.generated[r][i] - side.encoded[r][j], axis=1)
            between_y = np.linalg.norm(evaluation.generated[r][i] - side.reconstructions[r][j], axis=1)
            apart = between_z > 0
            modulus = float((between_y[apart] / between_z[apart]).max(initial=0.0))
            rows.append((mass @ (between_x + between_y), modulus, mass @ (between_x + modulus * between_z)))
            transports.append(transport)
        pushed, moduli, weighted = np.array(rows).reshape(-1, 3).T
        return {
            **certified("latent_w1", transports),
            "pushed_cost": pushed,
            "plan_modulus": moduli,
            "weighted_plan_cost": weighted,
        }


class WeightedLatentW1(Spec):
    """W1 in the latent space with latent distances times the decoder's cross modulus (A1, line 3; A2 i).

    Gives ``cross_modulus``, the decoder's largest expansion over all pairs of a generated and an encoded point, and
    ``weighted_latent_w1`` with its certificate.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, NearestNeighbours, evaluate, streams
    >>> truth, method = Circle(width=0.3), LSDM(latent=PCA(dim=1), matcher=NearestNeighbours())
    >>> data = truth.draw(50, 0, rngs=streams.data(1, truth, replicates=[0]))
    >>> fitted = method.fit(data, rngs=streams.fit(1, truth, method, replicates=[0]))
    >>> rngs = streams.data(1, truth, replicates=[0])
    >>> sorted(evaluate(fitted, truth, [WeightedLatentW1()], n_test=50, rngs=rngs))
    ['cross_modulus', 'weighted_latent_w1', 'weighted_latent_w1.lower', 'weighted_latent_w1.upper']
    """

    def evaluate(self, evaluation: Evaluation) -> Mapping[str, FloatArray]:
        """One value per replicate and name."""
        side = evaluation.latent_side
        moduli = np.array(
            [
                cross_modulus(*arrays)
                for arrays in zip(evaluation.generated, side.reconstructions, side.generated, side.encoded, strict=True)
            ]
        )
        transports = [
            joint_transport(x, modulus * generated, modulus * encoded)
            for x, modulus, generated, encoded in zip(
                evaluation.conditions, moduli, side.generated, side.encoded, strict=True
            )
        ]
        return {"cross_modulus": moduli, **certified("weighted_latent_w1", transports)}


def joint_transport(conditions: FloatArray, first: FloatArray, second: FloatArray) -> Transport:
    """Transport between the points (x, first) and (x, second) in the sum metric."""
    blocks = (conditions.shape[1], first.shape[1])
    return exact(np.hstack([conditions, first]), np.hstack([conditions, second]), blocks=blocks)
