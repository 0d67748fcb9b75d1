"""Transport within windows of near conditions, less the generator's distance to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Gt

from lsdm_stats.matchers.generator import GeneratorNetwork, GeneratorSampler
from lsdm_stats.matchers.generator_training import fit_generator
from lsdm_stats.matchers.windows import Windows
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators

if TYPE_CHECKING:
    from torch import Tensor


class LocalTransport(Spec):
    r"""Conditional generator by a local, debiased Wasserstein energy distance. Not the plug-in W1 of the theorems.

    After a start by the energy score, every step takes windows of pairs with near conditions and two independent draws
    f, f' for each pair, and minimises

    .. math:: \tfrac12 W(f, z) + \tfrac12 W(f', z) - \tfrac12 W(f, f'),

    where W is the exact W1 between the points of a window under the metric
    :math:`c\lVert x-x'\rVert + \lVert z-z'\rVert`. Up to a term without the generator this is half of the minibatch
    energy distance of Salimans et al. (2018, section 3), within windows: its gradient is unbiased for a generalised
    energy distance, so that it does not shrink as plug-in W1 of few points does (docs/theory.md, D1.shrinkage), and
    windows keep transport from moving mass along the conditions. What D1 says of exact W1 is not said of this
    objective: use `ExactTransport` for that.

    Conditions and latents are standardised coordinate by coordinate, so units do not matter.

    Parameters
    ----------
    network : GeneratorNetwork
        Shape, noise and stopping rule of both phases; the batch size is that of the start.
    windows : Windows
        Size of the windows, and how many there are to a step.
    condition_weight : float
        c.
    warm_start : int
        Largest number of steps on the energy score.

    References
    ----------
    .. [1] Salimans, Zhang, Radford and Metaxas (2018), Improving GANs using optimal transport, ICLR.

    Examples
    --------
    >>> LocalTransport().windows.size
    48
    """

    network: GeneratorNetwork = GeneratorNetwork()
    windows: Windows = Windows()
    condition_weight: Annotated[float, Gt(0)] = 3.0
    warm_start: Annotated[int, Ge(0)] = 1_000

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> GeneratorSampler:
        """Train one generator per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        from lsdm_stats.nets.losses import matched_distance

        n = pairs.conditions.shape[1]
        members = min(self.windows.size, n - self.network.training.holdout_size(n))

        def loss(conditions: Tensor, draws: Tensor, targets: Tensor) -> Tensor:
            rows, observed, first, second = (
                tensor.reshape(-1, members, tensor.shape[2])
                for tensor in (conditions * self.condition_weight, targets, draws[:, :, 0], draws[:, :, 1])
            )
            to_observed = matched_distance(rows, first, observed) + matched_distance(rows, second, observed)
            distances = to_observed - matched_distance(rows, first, second)
            return 0.5 * distances.reshape(conditions.shape[0], -1).mean(dim=1)

        return fit_generator(
            pairs, self.network, loss, n_draws=2, rngs=rngs, warm_start=self.warm_start, windows=self.windows
        )
