"""Verdicts: what a table of results says about the claims and controls of a study (docs/theory.md, S5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from lsdm_stats.inference import holm
from lsdm_stats.spec import Spec
from lsdm_stats.study.design import Setting, Study
from lsdm_stats.study.judging.claims import Claim, Comparison, Expected, Trend
from lsdm_stats.study.judging.evidence import (
    Detail,
    Evidence,
    SettingRows,
    against_bound,
    compared,
    read_settings,
    trended,
)
from lsdm_stats.study.judging.no_data import why_no_data

if TYPE_CHECKING:
    from pandas import DataFrame

Outcome = Literal["holds", "violated", "inconclusive", "no data"]
Role = Literal["claim", "prediction", "control"]


class Judged(Protocol):
    """A study, as far as its verdicts are concerned."""

    @property
    def claims(self) -> tuple[Spec, ...]:
        """What theory says."""
        ...

    @property
    def predictions(self) -> tuple[Spec, ...]:
        """What theory suggests and does not prove."""
        ...

    @property
    def controls(self) -> tuple[Spec, ...]:
        """What is false by proof."""
        ...


@dataclass(frozen=True)
class Verdict:
    """What the results say about one claim.

    Parameters
    ----------
    title : str
        Name of the claim.
    label : str
        Where its theorem stands in docs/theory.md; empty for comparisons and trends.
    kind : str
        ``sure``, ``expectation``, ``probability``, ``comparison`` or ``trend``.
    role : str
        ``claim``, ``prediction`` or ``control``.
    expect : str
        ``holds``, or ``violated`` for a control.
    outcome : str
        ``holds``, ``violated``, ``inconclusive`` or ``no data``.
    rows, settings : int
        Replicates used, over all details, and settings involved.
    failed, incomplete : int
        Failed fits in these settings, and replicates that lack a value or a partner; both count against ``holds``.
    missing : int
        Fits of these settings that the study asks for and the table does not have yet; likewise.
    violations : int
        Replicates whose measured value exceeds the bound.
    summary : str
        One line.
    tightness_median, tightness_max : float, optional
        Of measured / bound: median over settings of the settings' medians, and largest of all.
    estimate, lower, upper : float, optional
        Of a comparison (that pair of settings which is nearest to refuting) or a trend; an end is None if unbounded.
    mcse : float, optional
        Monte Carlo standard error of the estimate.
    p_value : float, optional
        Smallest of the tests against the claim, after Holm over all tests of the study.
    details : tuple of Detail
        Setting by setting.
    ok : bool
        Whether the outcome is as expected.
    contradicts : bool
        Whether a claim is violated or a control is not flagged.
    refuted : bool
        Whether a prediction is violated: a finding, which contradicts no theorem.

    Examples
    --------
    >>> from lsdm_stats.study import figures_directory, find_studies, judge, read_published
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> rows = read_published(study, figures_directory() / "data")
    >>> verdict: Verdict = judge(study, rows)[0]
    >>> verdict.title, verdict.outcome, verdict.violations
    ('chain, reconstructed form, autoencoder', 'holds', 0)
    """

    title: str
    label: str
    kind: str
    role: Role
    expect: Expected
    outcome: Outcome
    rows: int
    settings: int
    failed: int
    incomplete: int
    missing: int
    violations: int
    summary: str
    tightness_median: float | None = None
    tightness_max: float | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    mcse: float | None = None
    p_value: float | None = None
    details: tuple[Detail, ...] = ()
    ok: bool = field(init=False)
    contradicts: bool = field(init=False)
    refuted: bool = field(init=False)

    def __post_init__(self) -> None:
        ok, violated = self.outcome == self.expect, self.outcome == "violated"
        object.__setattr__(self, "ok", ok)
        object.__setattr__(
            self, "contradicts", not ok if self.expect == "violated" else self.role == "claim" and violated
        )
        object.__setattr__(self, "refuted", self.role == "prediction" and violated)


def judge(study: Judged, table: DataFrame) -> tuple[Verdict, ...]:
    """One verdict per claim, then one per prediction, then one per control.

    A claim is violated where one setting refutes it; a control is flagged only where every one of its settings does. A
    claim holds where every setting supports it, no fit failed and none is missing. Without any row the outcome is
    ``no data``.

    Parameters
    ----------
    study : Study
        Anything with claims, predictions and controls.
    table : DataFrame
        Rows of this study at one scale, one per setting, replicate and value name.

    Returns
    -------
    tuple of Verdict
        In the order of claims, predictions and controls.

    Raises
    ------
    ValueError
        If the table holds several studies or scales or a value twice, a claim is of an unknown kind, a control does not
        expect to be violated, a prediction is a bound, or a comparison or a trend selects several settings where it
        must name one.

    Examples
    --------
    >>> from lsdm_stats.study import figures_directory, find_studies, read_published
    >>> study = find_studies(("two_stage_bound",))[0].study("full")
    >>> rows = read_published(study, figures_directory() / "data")
    >>> [(verdict.role, verdict.outcome) for verdict in judge(study, rows)][-1]
    ('control', 'violated')
    """
    for control in study.controls:
        if getattr(control, "expect", None) != "violated":
            raise ValueError(f"a control must have expect='violated'; {getattr(control, 'title', control)!r} has not; "
                             "set it, or list it among the claims")
    for prediction in study.predictions:
        if isinstance(prediction, Claim):
            raise ValueError(f"a prediction must be a Comparison or a Trend; {prediction.title!r} is a Claim of a "
                             "theorem; list it among the claims")
    settings = read_settings(table)
    by_role: dict[Role, tuple[Spec, ...]] = {
        "claim": study.claims, "prediction": study.predictions, "control": study.controls}
    roles: list[Role] = [role for role, claims in by_role.items() for _ in claims]
    asked = [claim for claims in by_role.values() for claim in claims]
    n_asked = study.replicates if isinstance(study, Study) else None
    found = _with_holm(asked, [_evidence(claim, settings, n_asked) for claim in asked])
    return tuple(
        _verdict(claim, role, evidence, missing=_missing(claim, study, settings))
        for claim, role, evidence in zip(asked, roles, found, strict=True)
    )


def _missing(claim: Spec, study: Judged, settings: Sequence[SettingRows]) -> int:
    """Fits of the study that the claim is about and the table has not yet."""
    if not isinstance(study, Study):
        return 0
    present = {rows.setting: sum(replicate < study.replicates for replicate in rows.failed.union(rows.replicates))
               for rows in settings}
    return sum(study.replicates - present.get(setting, 0) for setting in study.settings() if _is_about(claim, setting))


def _is_about(claim: Spec, setting: Setting) -> bool:
    match claim:
        case Claim():
            return claim.concerns(setting)
        case Comparison():
            return any(selection.selects(setting) for selection in (*claim.of, *claim.over))
        case Trend():
            return claim.among.selects(setting)
        case _:
            return False


def _evidence(claim: Spec, settings: Sequence[SettingRows], n_asked: int | None) -> Evidence:
    match claim:
        case Claim():
            chosen = tuple(rows for rows in settings if claim.concerns(rows.setting))
            return Evidence(tuple(against_bound(claim, rows) for rows in chosen), chosen)
        case Comparison():
            return compared(claim, settings, asked=n_asked)
        case Trend():
            return trended(claim, settings, asked=n_asked)
        case _:
            raise ValueError(f"a claim must be a Claim, a Comparison or a Trend; got {type(claim).__name__}; use one")


def _with_holm(claims: Sequence[Spec], found: Sequence[Evidence]) -> list[Evidence]:
    """The same with the p-values of the whole study adjusted together, and settings flagged by them."""
    raw = [detail.p_value for evidence in found for detail in evidence.details if detail.p_value is not None]
    adjusted = iter(holm(np.array(raw, dtype=np.float64)).tolist())

    def decided(claim: Spec, detail: Detail) -> Detail:
        if detail.p_value is None or not isinstance(claim, Claim):
            return detail
        p_value = next(adjusted)
        return replace(detail, p_value=p_value, flagged=p_value <= claim.level)

    return [replace(evidence, details=tuple(decided(claim, detail) for detail in evidence.details))
            for claim, evidence in zip(claims, found, strict=True)]


def _verdict(claim: Spec, role: Role, evidence: Evidence, *, missing: int) -> Verdict:
    assert isinstance(claim, Claim | Comparison | Trend)
    details = evidence.details
    failed = sum(len(rows.failed) for rows in evidence.involved)
    incomplete = sum(detail.incomplete for detail in details)
    medians = [detail.tightness_median for detail in details if detail.tightness_median is not None]
    largest = [detail.tightness_max for detail in details if detail.tightness_max is not None]
    p_values = [detail.p_value for detail in details if detail.p_value is not None]
    verdict = Verdict(
        title=claim.title or (claim.bound.title if isinstance(claim, Claim) else ""),
        label=claim.bound.label if isinstance(claim, Claim) else "",
        kind=claim.kind if isinstance(claim, Claim) else type(claim).__name__.lower(),
        role=role,
        expect=claim.expect,
        outcome=_outcome(claim.expect, details, spoilt=failed + incomplete + missing > 0),
        rows=sum(detail.rows for detail in details),
        settings=len(evidence.involved),
        failed=failed,
        incomplete=incomplete,
        missing=missing,
        violations=sum(detail.violations for detail in details),
        summary="",
        tightness_median=median(medians) if medians else None,
        tightness_max=max(largest, default=None),
        p_value=min(p_values, default=None),
        details=details,
    )
    if not isinstance(claim, Claim) and details:
        nearest = _telling(claim, details)
        verdict = replace(verdict, estimate=nearest.estimate, lower=nearest.lower, upper=nearest.upper,
                          mcse=nearest.mcse)
    return replace(verdict, summary=_summary(claim, verdict, evidence.involved))


def _outcome(expect: Expected, details: Sequence[Detail], *, spoilt: bool) -> Outcome:
    if not any(detail.rows for detail in details):
        return "no data"
    enough = all if expect == "violated" else any
    if enough(detail.flagged for detail in details):
        return "violated"
    return "holds" if all(detail.supports for detail in details) and not spoilt else "inconclusive"


def _telling(claim: Comparison | Trend, details: Sequence[Detail]) -> Detail:
    """The detail that decides: one that contradicts what is expected to hold, else the one nearest to a threshold."""
    return min(details, key=lambda detail: (claim.expect == "holds" and not detail.flagged, _margin(claim, detail)))


def _margin(claim: Comparison | Trend, detail: Detail) -> float:
    """How far the interval lies beyond the thresholds; minus infinity where there is none."""
    lower = -np.inf if detail.lower is None else detail.lower
    upper = np.inf if detail.upper is None else detail.upper
    above = np.inf if claim.at_least is None else lower - claim.at_least
    below = np.inf if claim.at_most is None else claim.at_most - upper
    return min(above, below)


def _summary(claim: Claim | Comparison | Trend, verdict: Verdict, involved: Sequence[SettingRows]) -> str:
    if verdict.outcome == "no data":
        parts = [why_no_data(claim, involved)]
    elif isinstance(claim, Claim):
        parts = _claim_parts(claim, verdict)
    else:
        parts = _interval_parts(claim, verdict)
    against = "" if verdict.expect == "violated" or verdict.outcome == "no data" else ", against the claim"
    if verdict.failed:
        parts.append(f"{verdict.failed} failed fit{'s' * (verdict.failed > 1)}{against}")
    if verdict.incomplete:
        parts.append(f"{verdict.incomplete} incomplete row{'s' * (verdict.incomplete > 1)}{against}")
    if verdict.missing:
        parts.append(f"{verdict.missing} fit{' is' if verdict.missing == 1 else 's are'} not computed yet")
    return "; ".join(parts)


def _claim_parts(claim: Claim, verdict: Verdict) -> list[str]:
    flagged = [detail for detail in verdict.details if detail.flagged]
    supporting = sum(detail.supports for detail in verdict.details)
    parts = [f"above the bound in {verdict.violations} of {verdict.rows} rows"]
    if claim.kind == "sure":
        parts[0] += f", in {len(flagged)} of {verdict.settings} settings"
    else:
        parts.append(f"refuted in {len(flagged)}, supported in {supporting} of {verdict.settings} settings")
    if verdict.p_value is not None:
        parts.append(f"smallest p {verdict.p_value:.2g} after Holm")
    if flagged:
        parts.append(f"first at {flagged[0].setting}, {flagged[0].note}")
    if verdict.tightness_median is not None and verdict.tightness_max is not None:
        parts.append(f"measured/bound median {verdict.tightness_median:.3g}, max {verdict.tightness_max:.3g}")
    return parts


def _interval_parts(claim: Comparison | Trend, verdict: Verdict) -> list[str]:
    quantity = claim.quantity if isinstance(claim, Comparison) else "slope"
    thresholds = (("above", claim.at_least), ("below", claim.at_most))
    wanted = " and ".join(f"{word} {threshold:g}" for word, threshold in thresholds if threshold is not None)
    if verdict.estimate is None:
        nearest = _telling(claim, verdict.details)
        return [nearest.note or f"no {quantity}, the denominator is 0", f"wanted {wanted}"]
    ends = ["unbounded" if end is None else f"{end:.4g}" for end in (verdict.lower, verdict.upper)]
    coverage = f"{100 * (1 - claim.level):g} % interval {ends[0]} to {ends[1]}"
    error = "" if verdict.mcse is None else f" (MCSE {verdict.mcse:.2g})"
    return [f"{quantity} {verdict.estimate:.4g}{error}", coverage, f"wanted {wanted}", f"{verdict.rows} paired rows"]
