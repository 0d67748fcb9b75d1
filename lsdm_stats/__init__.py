"""Puts the theory of semi-supervised generative learning (latent space distribution matching) to the test.

Public names are loaded when first used, so that ``import lsdm_stats`` loads no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsdm_stats.bounds import GeometryBound, MasterBound, PCASandwich
    from lsdm_stats.images import Digits
    from lsdm_stats.latents import PCA, Autoencoder, Identity, TrueChart
    from lsdm_stats.lsdm import LSDM
    from lsdm_stats.matchers import EnergyScore, ExactTransport, NearestNeighbours, TrueConditional
    from lsdm_stats.metrics import DistanceToManifold, JointW1, evaluate
    from lsdm_stats.nets.rule import Training
    from lsdm_stats.populations import Circle, IsotropicNoise, LinearGaussian, NoNoise, SwissRoll
    from lsdm_stats.samples import FitError, SemiSupervised
    from lsdm_stats.spec import Spec
    from lsdm_stats.study import Claim, Comparison, Selection, Study, Trend

__version__ = "0.1.0"

_HOMES = {
    "LSDM": "lsdm",
    "PCA": "latents",
    "Autoencoder": "latents",
    "Circle": "populations",
    "Claim": "study",
    "Comparison": "study",
    "Digits": "images",
    "DistanceToManifold": "metrics",
    "EnergyScore": "matchers",
    "ExactTransport": "matchers",
    "FitError": "samples",
    "GeometryBound": "bounds",
    "Identity": "latents",
    "IsotropicNoise": "populations",
    "JointW1": "metrics",
    "LinearGaussian": "populations",
    "MasterBound": "bounds",
    "NearestNeighbours": "matchers",
    "NoNoise": "populations",
    "PCASandwich": "bounds",
    "Selection": "study",
    "SemiSupervised": "samples",
    "Spec": "spec",
    "Study": "study",
    "SwissRoll": "populations",
    "Training": "nets.rule",
    "Trend": "study",
    "TrueChart": "latents",
    "TrueConditional": "matchers",
    "evaluate": "metrics",
}

__all__ = [
    "LSDM",
    "PCA",
    "Autoencoder",
    "Circle",
    "Claim",
    "Comparison",
    "Digits",
    "DistanceToManifold",
    "EnergyScore",
    "ExactTransport",
    "FitError",
    "GeometryBound",
    "Identity",
    "IsotropicNoise",
    "JointW1",
    "LinearGaussian",
    "MasterBound",
    "NearestNeighbours",
    "NoNoise",
    "PCASandwich",
    "Selection",
    "SemiSupervised",
    "Spec",
    "Study",
    "SwissRoll",
    "Training",
    "Trend",
    "TrueChart",
    "TrueConditional",
    "evaluate",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
