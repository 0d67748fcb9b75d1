"""What docs/theory.md proves without an object of its own: the complement of THEOREMS in the list of every theorem."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OTHER_THEOREMS: Mapping[str, str] = MappingProxyType({
    "A3.pythagoras": "Pythagoras for W2, orthonormal stages",
    "A3.strict": "joint W1 is strictly above latent W1 if R > 0",
    "A4.marginals": "marginals are no farther apart than joint laws",
    "A4.sharp": "the root in A4.conditional is needed",
    "A6.cells": "covering radius of a sample, in probability",
    "B2": "heat flow: the distance of a sample by a smoothed one",
    "B2.noise": "a sample with independent noise",
    "B2.two": "spectral bound, two samples of one law",
    "B3": "metric entropy: chaining over partitions",
    "C1": "concentration of Lipschitz functions",
    "C1.means": "sums of independent deviations",
    "C6": "the debiased estimate of equal laws",
    "C7.potential": "a sampled reference, from below by a potential",
    "D1.fresh": "stage 2 and end to end, from fresh samples in probability",
    "D1.noise": "training noise: drawn once or integrated out",
    "D1.critic": "training with a critic of restricted class",
    "D1.shrinkage": "minimising a plug-in distance makes laws too narrow",
    "D3.geometry": "end to end for the distance to the manifold",
    "D4.class": "matching decoded responses against matching latents",
    "D4.floors": "floors of latent and of memorising ambient generators",
    "E1.velocity": "the velocity of Gaussian mixtures in closed form",
    "E1.loss": "the loss of flow matching less that of the true velocity",
    "E1.support": "the modulus of the true velocity of bounded latents",
    "E2.ends": "starting from normal noise and stopping early",
    "E4.consistency": "latent flows and diffusions are consistent",
    "F3": "arcs of a circle: constants",
    "F4": "Clifford torus: constants",
    "F5": "parallels of a sphere: constants",
    "F6": "symmetric laws on a sphere: constants",
    "F7": "fibres of the Hopf map: constants",
    "F8": "helix: constants",
    "F9": "swiss roll: constants",
    "F10": "Fourier torus: constants",
    "F11": "classes: constants",
    "T1": "distance of a law and its translate",
    "T2": "distance by radial moves",
    "T3": "distance by a monotone shift",
    "T4": "distance of equidistant sets",
    "T5": "distance on a circle",
    "T6": "distance of products",
})
"""Title by label of the theorems that docs/theory.md proves and that are no objects.

:meta hide-value:
"""
