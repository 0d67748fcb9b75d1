"""Flow matching: the straight lines from noise to latents, averaged into a velocity."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge

from lsdm_stats.matchers.paths import LinearPath
from lsdm_stats.matchers.velocity import Scheme, VelocityNetwork, VelocitySampler, fit_velocity
from lsdm_stats.samples import LatentPairs
from lsdm_stats.spec import Spec
from lsdm_stats.streams import Generators


class FlowMatching(Spec):
    r"""Conditional flow matching of standardised latents (Lipman et al., 2023; Liu et al., 2023).

    A network regresses :math:`U - \xi` on :math:`(t, (1 - t)\xi + tU, x)` for standardised latents U, standard normal
    :math:`\xi` and uniform t; its population minimum transports the noise to the conditional law (docs/theory.md, E1).
    Draws follow it from t = 0 to 1 in equal steps.

    Parameters
    ----------
    network : VelocityNetwork
        Shape and stopping rule.
    n_steps : int
        Number of steps of a draw.
    scheme : {"midpoint", "euler"}
        Two evaluations of the network per step (error of second order) or one (first order).

    Examples
    --------
    >>> FlowMatching(n_steps=100, scheme="euler").n_steps
    100
    """

    network: VelocityNetwork = VelocityNetwork()
    n_steps: Annotated[int, Ge(1)] = 50
    scheme: Scheme = "midpoint"

    def fit(self, pairs: LatentPairs, *, rngs: Generators) -> VelocitySampler:
        """Train one velocity per replicate.

        Raises
        ------
        ValueError
            If there are fewer than two pairs.
        """
        path = LinearPath()
        return VelocitySampler(path, self.scheme, self.n_steps, *fit_velocity(pairs, self.network, path, rngs=rngs))
