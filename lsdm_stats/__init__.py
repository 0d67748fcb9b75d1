"""Puts the theory of semi-supervised generative learning (latent space distribution matching) to the test.

Public names are loaded when first used, so that ``import lsdm_stats`` loads no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsdm_stats.bounds import GeometryBound, MasterBound, PCASandwich
    from lsdm_stats.images import (
        MNIST,
        ByClass,
        Digits,
        Faces,
        FashionMNIST,
        Inpainting,
        Olivetti,
        SuperResolution,
        Textures,
        Validation,
    )
    from lsdm_stats.latents import (
        PCA,
        Autoencoder,
        ConvolutionalAutoencoder,
        HoldoutDim,
        Identity,
        TrueChart,
        VariationalAutoencoder,
        WassersteinAutoencoder,
    )
    from lsdm_stats.lsdm import LSDM, PairedOnly, engression, latent_flow, ldm, wgcs
    from lsdm_stats.matchers import (
        Critic,
        EnergyScore,
        Ensemble,
        ExactTransport,
        FlowMatching,
        LocalTransport,
        MixtureDensity,
        NearestNeighbours,
        ScoreMatching,
        SinkhornMatcher,
        TrueConditional,
    )
    from lsdm_stats.metrics import DistanceToManifold, JointW1, evaluate
    from lsdm_stats.nets.rule import Training
    from lsdm_stats.populations import (
        BoxSubspace,
        CapKernel,
        Circle,
        Clifford,
        FourierModes,
        Helix,
        Hopf,
        IsotropicNoise,
        Latitude,
        LinearGaussian,
        Mobius,
        NoNoise,
        NormalNoise,
        RoundClasses,
        Spherical,
        SwissRoll,
        VonMisesKernel,
    )
    from lsdm_stats.samples import FitError, SemiSupervised
    from lsdm_stats.spec import Spec
    from lsdm_stats.study import Claim, Comparison, Selection, Study, Trend

__version__ = "0.1.0"

_HOMES = {
    "Autoencoder": "latents",
    "BoxSubspace": "populations",
    "ByClass": "images",
    "CapKernel": "populations",
    "Circle": "populations",
    "Claim": "study",
    "Clifford": "populations",
    "Comparison": "study",
    "ConvolutionalAutoencoder": "latents",
    "Critic": "matchers",
    "Digits": "images",
    "DistanceToManifold": "metrics",
    "EnergyScore": "matchers",
    "Ensemble": "matchers",
    "ExactTransport": "matchers",
    "Faces": "images",
    "FashionMNIST": "images",
    "FitError": "samples",
    "FlowMatching": "matchers",
    "FourierModes": "populations",
    "GeometryBound": "bounds",
    "Helix": "populations",
    "HoldoutDim": "latents",
    "Hopf": "populations",
    "Identity": "latents",
    "Inpainting": "images",
    "IsotropicNoise": "populations",
    "JointW1": "metrics",
    "LSDM": "lsdm",
    "Latitude": "populations",
    "LinearGaussian": "populations",
    "LocalTransport": "matchers",
    "MNIST": "images",
    "MasterBound": "bounds",
    "MixtureDensity": "matchers",
    "Mobius": "populations",
    "NearestNeighbours": "matchers",
    "NoNoise": "populations",
    "NormalNoise": "populations",
    "Olivetti": "images",
    "PCA": "latents",
    "PCASandwich": "bounds",
    "PairedOnly": "lsdm",
    "RoundClasses": "populations",
    "ScoreMatching": "matchers",
    "Selection": "study",
    "SemiSupervised": "samples",
    "SinkhornMatcher": "matchers",
    "Spec": "spec",
    "Spherical": "populations",
    "Study": "study",
    "SuperResolution": "images",
    "SwissRoll": "populations",
    "Textures": "images",
    "Training": "nets.rule",
    "Trend": "study",
    "TrueChart": "latents",
    "TrueConditional": "matchers",
    "Validation": "images",
    "VariationalAutoencoder": "latents",
    "VonMisesKernel": "populations",
    "WassersteinAutoencoder": "latents",
    "engression": "lsdm",
    "evaluate": "metrics",
    "latent_flow": "lsdm",
    "ldm": "lsdm",
    "wgcs": "lsdm",
}

__all__ = [
    "LSDM",
    "MNIST",
    "PCA",
    "Autoencoder",
    "BoxSubspace",
    "ByClass",
    "CapKernel",
    "Circle",
    "Claim",
    "Clifford",
    "Comparison",
    "ConvolutionalAutoencoder",
    "Critic",
    "Digits",
    "DistanceToManifold",
    "EnergyScore",
    "Ensemble",
    "ExactTransport",
    "Faces",
    "FashionMNIST",
    "FitError",
    "FlowMatching",
    "FourierModes",
    "GeometryBound",
    "Helix",
    "HoldoutDim",
    "Hopf",
    "Identity",
    "Inpainting",
    "IsotropicNoise",
    "JointW1",
    "Latitude",
    "LinearGaussian",
    "LocalTransport",
    "MasterBound",
    "MixtureDensity",
    "Mobius",
    "NearestNeighbours",
    "NoNoise",
    "NormalNoise",
    "Olivetti",
    "PCASandwich",
    "PairedOnly",
    "RoundClasses",
    "ScoreMatching",
    "Selection",
    "SemiSupervised",
    "SinkhornMatcher",
    "Spec",
    "Spherical",
    "Study",
    "SuperResolution",
    "SwissRoll",
    "Textures",
    "Training",
    "Trend",
    "TrueChart",
    "TrueConditional",
    "Validation",
    "VariationalAutoencoder",
    "VonMisesKernel",
    "WassersteinAutoencoder",
    "engression",
    "evaluate",
    "latent_flow",
    "ldm",
    "wgcs",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
