"""What a study says beforehand: bounds that must hold, comparisons between settings, and rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, cast

from annotated_types import Gt, Le
from pydantic import field_validator, model_validator

from lsdm_stats.bounds import Bound
from lsdm_stats.spec import Spec
from lsdm_stats.study.design import Selection, Setting

Expected = Literal["holds", "violated"]
ErrorLevel = Annotated[float, Gt(0), Le(0.25)]


class Claim(Spec):
    r"""A bound and what it bounds, to be checked in every setting.

    *Sure*: in every replicate the measured value is at most the bound, up to :math:`10^{-8}\max(1, \text{bound})`.
    Where the table has them, the measured value enters with its ``.lower`` and the terms with their ``.upper``.
    *Expectation*: the same of the means over replicates. Violated where a one-sided paired t test says so at `level`,
    after Holm over all tests of the study; holds where in every setting the upper confidence limit of the mean excess
    is at most 0. *Probability*: a replicate fails with probability at most `failure_probability`; violated by the exact
    binomial test in the same way, holds where the exact upper confidence limit of the failure probability is below.

    Parameters
    ----------
    bound : Bound
        The right-hand side.
    measured : str
        Value name of the left-hand side. For an expectation its mean may be too large but not too small (plug-in).
    kind : str
        ``sure``, ``expectation`` or ``probability``.
    terms : mapping from str to str
        Value name of each input of the bound; an input that is left out is read under its own name.
    level : float
        Error level of the tests and confidence limits, at most 0.25.
    failure_probability : float
        For ``probability``: how often the bound may fail.
    measured_from_below : str, optional
        For ``expectation``: value name of a measurement whose mean is not too large, used in place of `measured` before
        the claim is called violated. Needed where `measured` is biased upwards.
    sources, methods : tuple of str, optional
        Labels of those that the claim is about; all of the study by default.
    expect : str
        ``holds``, or ``violated`` for a control.
    title : str
        Name in tables; that of the bound by default.

    Raises
    ------
    ValueError
        One line, if a field is out of range or `terms` names no input of the bound.

    Examples
    --------
    >>> from lsdm_stats.bounds import MasterBound
    >>> claim = Claim(bound=MasterBound(), measured="joint_w1", kind="sure", terms={"pushed_cost": "pushed_cost.tree"})
    >>> claim.value_names
    {'pushed_cost': 'pushed_cost.tree', 'reconstruction': 'reconstruction'}
    """

    bound: Bound
    measured: str
    kind: Literal["sure", "expectation", "probability"]
    terms: tuple[tuple[str, str], ...] = ()
    level: ErrorLevel = 0.05
    failure_probability: Annotated[float, Gt(0), Le(1)] = 0.05
    measured_from_below: str | None = None
    sources: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    expect: Expected = "holds"
    title: str = ""

    @field_validator("terms", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        return tuple(sorted(cast("Mapping[str, str]", value).items())) if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _fits_the_bound(self) -> Self:
        unknown = sorted({name for name, _ in self.terms} - set(self.bound.inputs))
        if unknown:
            raise ValueError(f"terms must name inputs of {self.bound.label}, {', '.join(self.bound.inputs)}; "
                             f"got {', '.join(unknown)}; remove them")
        if self.measured_from_below is not None and self.kind != "expectation":
            raise ValueError("measured_from_below must be left out unless kind is 'expectation'; "
                             f"got kind {self.kind!r}; remove it")
        return self

    @property
    def value_names(self) -> dict[str, str]:
        """Value name under which each input of the bound is read."""
        mapped = dict(self.terms)
        return {name: mapped.get(name, name) for name in self.bound.inputs}

    def concerns(self, setting: Setting) -> bool:
        """Whether the claim is about a setting."""
        return ((self.sources is None or setting.source in self.sources)
                and (self.methods is None or setting.method in self.methods))


class Comparison(Spec):
    """A mean in one setting against that in another, over the same replicates.

    ``ratio`` is mean(`of`) / mean(`over`), with Fieller's interval; ``difference`` is mean(`of` − `over`), with the t
    interval, corrected for overlapping splits where `test_fraction` is given; ``slope`` is mean(`of` − `over`) of the
    measured value per mean(`of` − `over`) of another one, `against`, with Fieller's interval. The comparison holds if
    the interval lies beyond the threshold (inside both, for an equivalence), is violated if it lies on the other side,
    and is inconclusive otherwise. With several settings in `of` or `over` it must hold for every pair of them: a gain
    over each of several competitors is a gain over the best of them, without choosing it on the same data.

    Parameters
    ----------
    title : str
        What is claimed.
    measured : str
        Value name.
    measured_over : str, optional
        Value name in `over`, if another one is meant there.
    of, over : Selection or tuple of Selection
        The settings; each selection must leave exactly one.
    quantity : str
        ``ratio``, ``difference`` or ``slope``.
    against : str, optional
        For ``slope``: value name of the other change.
    at_least, at_most : float, optional
        Thresholds, one or both.
    test_fraction : float, optional
        ``n_test / n_train`` of random splits of one data set (Nadeau and Bengio); for differences.
    level : float
        One minus the coverage of the interval.
    expect : str
        ``holds``, or ``violated`` for a control.

    Raises
    ------
    ValueError
        One line, if a field is out of range or no threshold is given.

    Examples
    --------
    >>> half = Comparison(title="halved by unpaired data", measured="distance_to_manifold", quantity="ratio",
    ...                   of=Selection(n_paired=200, n_unpaired=0), over=Selection(n_paired=200, n_unpaired=12800),
    ...                   at_least=2)
    """

    title: str
    measured: str
    measured_over: str | None = None
    of: tuple[Selection, ...]
    over: tuple[Selection, ...]
    quantity: Literal["ratio", "difference", "slope"]
    against: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    test_fraction: Annotated[float, Gt(0)] | None = None
    level: ErrorLevel = 0.05
    expect: Expected = "holds"

    @field_validator("of", "over", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, Selection) else value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.of or not self.over:
            raise ValueError("of and over must each select a setting; got none; add a Selection")
        if self.test_fraction is not None and self.quantity != "difference":
            raise ValueError(f"test_fraction must be left out for quantity {self.quantity!r}; compare a difference")
        if (self.against is None) == (self.quantity == "slope"):
            raise ValueError(f"against must be given for quantity 'slope' and for no other; got {self.against!r} for "
                             f"{self.quantity!r}; correct it")
        _check_thresholds(self.at_least, self.at_most)
        return self

    def check_settings(self, settings: Iterable[Setting]) -> None:
        """Refuse settings among which a selection leaves several.

        Raises
        ------
        ValueError
            If one does.
        """
        among = tuple(settings)
        for selection in (*self.of, *self.over):
            chosen = sum(selection.selects(setting) for setting in among)
            if chosen > 1:
                raise ValueError(f"{self.title}: a selection must leave one setting; got {chosen} for {selection}; "
                                 "name more factors")


class Trend(Spec):
    """A log–log slope of the mean over sample sizes, over the same replicates.

    Parameters
    ----------
    title : str
        What is claimed.
    measured : str
        Value name; its means must be positive.
    over : str
        ``n_paired``, ``n_unpaired`` (settings with none are left out) or ``n_total``, their sum.
    among : Selection
        The settings; they must be of one source and one method.
    at_least, at_most : float, optional
        Thresholds of the slope, one or both.
    level : float
        One minus the coverage of the interval.
    expect : str
        ``holds``, or ``violated`` for a control.

    Raises
    ------
    ValueError
        One line, if a field is out of range or no threshold is given.

    Examples
    --------
    >>> falls = Trend(title="falls with N", measured="distance_to_manifold", over="n_total", at_most=-0.2,
    ...               among=Selection(n_paired=200, method="autoencoder"))
    """

    title: str
    measured: str
    over: Literal["n_paired", "n_unpaired", "n_total"]
    among: Selection = Selection()
    at_least: float | None = None
    at_most: float | None = None
    level: ErrorLevel = 0.05
    expect: Expected = "holds"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_thresholds(self.at_least, self.at_most)
        return self

    def size(self, setting: Setting) -> int:
        """The size that the slope is over."""
        sizes = {"n_paired": setting.n_paired, "n_unpaired": setting.n_unpaired}
        return sizes.get(self.over, setting.n_paired + setting.n_unpaired)

    def check_settings(self, settings: Iterable[Setting]) -> None:
        """Refuse settings among which the trend is of several sources or methods.

        Raises
        ------
        ValueError
            If it is.
        """
        kinds = sorted({(setting.source, setting.method) for setting in settings
                        if self.among.selects(setting) and self.size(setting) > 0})
        if len(kinds) > 1:
            raise ValueError(f"{self.title}: a trend must be of one source and one method; got {kinds}; "
                             "name them in among")


def _check_thresholds(at_least: float | None, at_most: float | None) -> None:
    if at_least is None and at_most is None:
        raise ValueError("at_least or at_most must be given; got neither; say what is claimed")
    if at_least is not None and at_most is not None and at_least >= at_most:
        raise ValueError(f"at_least must be below at_most; got {at_least} and {at_most}; exchange them")
