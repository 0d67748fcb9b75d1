"""Latents that many small steps bring from noise: flows and diffusions, by their errors on true paths (E1 to E3)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lsdm_stats.arrays import FloatArray
from lsdm_stats.bounds.theorem import Bound, Term, Theorem

FlowForm = Literal["path", "sup", "path_w2", "sup_w2", "joint", "steps", "steps_sup"]
"""Which inequality on flows (docs/theory.md, E1)."""
ScoreForm = Literal["sde", "ode"]
"""Reverse diffusion or probability flow (docs/theory.md, E2)."""
DivergenceForm = Literal["kl", "tv", "projected"]
"""Which distance of reverse diffusions (docs/theory.md, E3)."""

TAG = "proved here (docs/theory.md); flow and diffusion variants of latent space distribution matching"
_SAME_CONDITIONS = "true and learned paths have the same conditions; true paths follow the true velocity"
_QUADRATURE = "both paths solve their equations; what the solver misses is at most the numerical term"
_PATHWISE = "moduli are those between each true path and its learned path"
_SUPREMUM = "at every time the modulus is at least that between each true path and its learned path"
_STEPS = "the draw is a sequence of maps; noise that it adds on the way is the same for both paths"


def _named(name: str, number: str) -> Term:
    return Term(name, (number,), np.asarray)


def _decoded(name: str, number: str) -> Term:
    return Term(name, ("decoder_modulus", number), _product)


def _product(factor: FloatArray, number: FloatArray) -> FloatArray:
    return np.asarray(factor * number)


def _flow(label: str, title: str, statement: str, assumption: str, middle: str, *, squared: bool = False) -> Theorem:
    suffix = "_rms" if squared else ""
    terms = (_named("start", f"flow.{middle}.start{suffix}"), _named("error", f"flow.{middle}.error{suffix}"),
             _named("end", f"flow.end{suffix}"),
             _named("numerical", f"flow.{middle}.numerical{suffix}"))
    return Theorem(label, title, statement, (_SAME_CONDITIONS, assumption, _QUADRATURE), TAG, terms)


_FLOWS: dict[FlowForm, Theorem] = {
    "path": _flow(
        "E1.path", "flow, along each path",
        "latent W1 <= E[growth * |start|] + E[integral of growth * velocity error on the true path] + end",
        _PATHWISE, "path"),
    "sup": _flow(
        "E1.sup", "flow, by the largest modulus",
        "latent W1 <= growth * E|start| + integral of growth * mean velocity error on true paths + end",
        _SUPREMUM, "sup"),
    "path_w2": _flow(
        "E1.path_w2", "flow in W2, along each path",
        "latent W2 <= root mean square of growth * |start| + that of the integral of growth * velocity error + end",
        _PATHWISE, "path", squared=True),
    "sup_w2": _flow(
        "E1.sup_w2", "flow in W2, by the largest modulus",
        "latent W2 <= growth * start + integral of growth * velocity error + end, all root mean squares",
        _SUPREMUM, "sup", squared=True),
    "joint": Theorem(
        "E1.joint", "joint W1 of a latent flow",
        "joint W1 <= mean W1 of the conditional laws <= L * (start + error + end) + R",
        (_SAME_CONDITIONS, _PATHWISE, _QUADRATURE, "L is a Lipschitz constant of the decoder on all latents"), TAG,
        (_decoded("start", "flow.path.start"), _decoded("error", "flow.path.error"), _decoded("end", "flow.end"),
         _decoded("numerical", "flow.path.numerical"), _named("reconstruction", "reconstruction"))),
    "steps": Theorem(
        "E1.steps", "draws in steps, along each path",
        "latent W1 <= E[product of ratios * |start|] + E[sum over steps of later ratios * error of the step] + end",
        (_STEPS, "ratios are those of both paths in each step"), TAG,
        (_named("start", "steps.path.start"), _named("error", "steps.path.error"), _named("end", "steps.end"))),
    "steps_sup": Theorem(
        "E1.steps_sup", "draws in steps, by the largest ratio",
        "latent W1 <= product of ratios * E|start| + sum over steps of later ratios * mean error of the step + end",
        (_STEPS, "every ratio is at least that of each pair of paths in its step"), TAG,
        (_named("start", "steps.sup.start"), _named("error", "steps.sup.error"), _named("end", "steps.end"))),
}


class FlowBound(Bound):
    r"""How far a flow from noise ends from the law of the latents, by its velocity's error on the *true* paths.

    Continuous time, in W1 and W2: ``path`` and ``path_w2`` let every pair of a true and a learned path grow apart at
    its own rate, ``sup`` and ``sup_w2`` at the largest; ``joint`` adds the decoder and the reconstruction error.
    Draws in steps, as the samplers make them: ``steps`` and ``steps_sup`` hold for Euler, midpoint and any other
    steps, with noise added on the way or not, so that discretisation is part of the error.

    The numbers are those of `FlowErrors` and `SamplerErrors`, all at least 0; ``numerical`` is what the solver of the
    paths may miss. Surely on a sample of paths, for the W1 between their ends; in mean for laws.

    Parameters
    ----------
    form : str
        Which inequality.

    References
    ----------
    docs/theory.md, E1, with proofs; refines Benton, Deligiannidis and Doucet (2024), Theorem 1.

    Examples
    --------
    >>> numbers = {"steps.path.start": 0.0, "steps.path.error": 0.25, "steps.end": 0.0}
    >>> float(FlowBound(form="steps").evaluate(numbers).total)
    0.25
    """

    form: FlowForm = "path"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _FLOWS[self.form]


_STANDARD = "latents and noise in the units in which the noise is standard normal"
_ONE_SIDED = "at every time the modulus is at least a one-sided Lipschitz constant of the learned score"


def _score(label: str, title: str, what: str, rate: str, form: str) -> Theorem:
    return Theorem(
        label, title, f"W2 of the law of the {what} <= growth * W2(start) + integral of {rate} * growth * "
        "root mean square error of the score + W2 of stopping early",
        (_STANDARD, _ONE_SIDED, "continuous time: no error of steps"), TAG,
        (_named("start", f"score.{form}.start"), _named("error", f"score.{form}.error"), _named("end", "score.end")))


_SCORES: dict[ScoreForm, Theorem] = {
    "sde": _score("E2.sde", "reverse diffusion", "reverse diffusion", "2", "sde"),
    "ode": _score("E2.ode", "probability flow", "probability flow", "1", "ode"),
}


class ScoreBound(Bound):
    r"""W2 between the latents and what a learned score generates in continuous time, by the score's error.

    For the Ornstein–Uhlenbeck diffusion :math:`dZ=-Z\,ds+\sqrt2\,dW`: ``sde`` for the reverse diffusion, ``ode`` for
    the probability flow. The numbers are those of `ScoreErrors`.

    Parameters
    ----------
    form : {"sde", "ode"}
        What is followed.

    References
    ----------
    docs/theory.md, E2, with proofs; Kwon, Fan and Lee (2022), Theorem 1.

    Examples
    --------
    >>> numbers = {"score.ode.start": 0.25, "score.ode.error": 0.5, "score.end": 0.0}
    >>> float(ScoreBound(form="ode").evaluate(numbers).total)
    0.75
    """

    form: ScoreForm = "sde"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _SCORES[self.form]


def _variation(*divergences: FloatArray) -> FloatArray:
    return np.sqrt(np.asarray(sum(divergences)) / 2)


def _across(diameter: FloatArray, *divergences: FloatArray) -> FloatArray:
    return np.asarray(diameter * np.minimum(1.0, _variation(*divergences)))


_KL = ("score.start_divergence", "score.loss")
_SMOOTH = "both laws have smooth positive densities at all times, and fluxes vanish at infinity"
_DIVERGENCES: dict[DivergenceForm, Theorem] = {
    "kl": Theorem(
        "E3.kl", "reverse diffusion in KL",
        "KL(law | generated) <= KL(law at the horizon | normal) + integral of the mean squared error of the score",
        (_STANDARD, _SMOOTH, "continuous time: no error of steps"), TAG,
        (_named("start", _KL[0]), _named("error", _KL[1]))),
    "tv": Theorem(
        "E3.tv", "reverse diffusion in total variation",
        "TV(law, generated) <= sqrt((KL at the horizon + integral of the mean squared error of the score) / 2)",
        (_STANDARD, _SMOOTH, "continuous time: no error of steps"), TAG,
        (Term("divergence", _KL, _variation),)),
    "projected": Theorem(
        "E3.projected", "reverse diffusion, projected, in W1",
        "W1(latents, projected draws) <= W2 of stopping early + diameter * min(1, sqrt(KL / 2))",
        (_STANDARD, _SMOOTH, "draws are projected to a closed convex set of this diameter that holds the latents"), TAG,
        (_named("end", "score.end"), Term("divergence", ("support_diameter", *_KL), _across))),
}


class DivergenceBound(Bound):
    r"""What a learned score generates by the reverse diffusion, in KL, total variation and, projected, in W1.

    The numbers are those of `ScoreErrors`; ``support_diameter`` is that of a convex set that holds the latents. No
    modulus enters, and hence none can explode; W1 needs a bounded support.

    Parameters
    ----------
    form : {"kl", "tv", "projected"}
        Which inequality.

    References
    ----------
    docs/theory.md, E3, with proofs.

    Examples
    --------
    >>> float(DivergenceBound(form="tv").evaluate({"score.start_divergence": 0.02, "score.loss": 0.06}).total)
    0.2
    """

    form: DivergenceForm = "kl"

    @property
    def theorem(self) -> Theorem:
        """Words and right-hand side."""
        return _DIVERGENCES[self.form]
