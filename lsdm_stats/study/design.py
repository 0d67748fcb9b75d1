"""The design of a simulation study: settings, cells (settings × blocks of replicates) and their keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol, Self, cast, runtime_checkable

from pydantic import field_validator, model_validator

from lsdm_stats.spec import Spec

Scale = Literal["quick", "full"]
"""Which of the two studies of a file: ``QUICK`` or ``STUDY``."""
Labelled = tuple[tuple[str, Spec], ...]


@dataclass(frozen=True)
class Setting:
    """One combination of a study's factors; source and method by their labels.

    Parameters
    ----------
    source : str
        Label of the source.
    n_paired : int
        Number of pairs.
    n_unpaired : int
        Number of unpaired responses.
    method : str
        Label of the method.

    Examples
    --------
    >>> print(Setting("circle", 200, 800, "pca"))
    circle, n=200, m=800, pca
    """

    source: str
    n_paired: int
    n_unpaired: int
    method: str

    def __str__(self) -> str:
        return f"{self.source}, n={self.n_paired}, m={self.n_unpaired}, {self.method}"


class Selection(Spec):
    """Settings of a study by their factors; a factor that is left out may be anything.

    Parameters
    ----------
    source, method : str, optional
        Labels.
    n_paired, n_unpaired : int, optional
        Sizes.

    Examples
    --------
    >>> Selection(n_unpaired=0, method="autoencoder").selects(Setting("swiss_roll", 200, 0, "autoencoder"))
    True
    """

    source: str | None = None
    method: str | None = None
    n_paired: int | None = None
    n_unpaired: int | None = None

    def selects(self, setting: Setting) -> bool:
        """Whether a setting is one of them."""
        return all(wanted is None or wanted == getattr(setting, factor)
                   for factor, wanted in ((name, getattr(self, name)) for name in type(self).model_fields))

    def __str__(self) -> str:
        parts = [str(part) for part in (self.source, self.method) if part is not None]
        parts += [f"{sign}={size}" for sign, size in (("n", self.n_paired), ("m", self.n_unpaired)) if size is not None]
        return ", ".join(parts) or "all settings"


@dataclass(frozen=True)
class Cell:
    """One block of replicates of one setting: what is computed and stored as a whole.

    Parameters
    ----------
    setting : Setting
        The factors, by label.
    source, method : Spec
        The specs behind the labels.
    seed : int
        Seed of the study.
    replicates : tuple of int
        Numbers of the block's replicates within the study.
    n_test : int
        Size of the evaluation sample.

    Examples
    --------
    >>> from lsdm_stats.study import find_studies
    >>> study = find_studies(("phase_transition",))[0].study("quick")
    >>> cell = study.cells()[0]
    >>> cell.replicates, len(cell.key)
    ((0, 1, 2, 3, 4, 5, 6), 64)
    """

    setting: Setting
    source: Spec
    method: Spec
    seed: int
    replicates: tuple[int, ...]
    n_test: int

    @cached_property
    def key(self) -> str:
        """SHA-256 of everything that determines the fits and their evaluation sample; labels and metrics do not."""
        setting = self.setting
        return cell_key(self.source.digest, setting.n_paired, setting.n_unpaired, self.method.digest, self.seed,
                        self.replicates, self.n_test)

    def __str__(self) -> str:
        return f"{self.setting}, replicates {self.replicates[0]}–{self.replicates[-1]}"


@runtime_checkable
class _Particular(Protocol):
    """A claim that not every choice of settings fits; claims stand above designs and say so themselves."""

    def check_settings(self, settings: Iterable[Setting]) -> None: ...


class Study(Spec):
    """A full factorial simulation study: sources × sample sizes × methods, with replicates in blocks.

    A method that does not use unpaired data is run at the smallest `n_unpaired` only, and settings may be left out.

    Parameters
    ----------
    name : str
        Name of the study: the name of its file without ``.py``.
    sources, methods : mapping from str to Spec
        What is compared, by label; stored as a tuple of pairs.
    n_paired, n_unpaired : tuple of int
        Numbers of pairs (from 1) and of unpaired responses (from 0).
    metrics : tuple of Spec
        What is measured of every fit.
    claims, controls : tuple of Spec
        What theory says of the measurements, and claims that are false by proof.
    predictions : tuple of Spec
        Comparisons and trends that theory suggests but does not prove: where one is refuted, that is a finding and
        contradicts no theorem.
    replicates : int
        Replicates of every setting.
    block : int
        Replicates that are fitted together; part of the key.
    seed : int
        Seed of all streams.
    n_test : int
        Size of the evaluation sample; it may be 0 where no method has one, as estimators of known distances.
    excluded : tuple of Selection
        Settings that are left out.

    Raises
    ------
    ValueError
        One line, if a field is out of range, a claim or an exclusion names a label that the study does not have, an
        exclusion selects no setting or leaves none, a trend is of several sources or methods, or a selection of a
        comparison leaves several settings.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, ExactTransport, JointW1
    >>> methods = {"pca": LSDM(latent=PCA(dim=2), matcher=ExactTransport())}
    >>> study = Study(name="circle", sources={"circle": Circle(width=0.3)}, methods=methods, metrics=(JointW1(),),
    ...               n_paired=(50,), n_unpaired=(0, 200), replicates=40, seed=1, n_test=100)
    >>> for cell in study.cells():
    ...     print(cell)
    circle, n=50, m=0, pca, replicates 0–19
    circle, n=50, m=0, pca, replicates 20–39
    circle, n=50, m=200, pca, replicates 0–19
    circle, n=50, m=200, pca, replicates 20–39
    """

    name: str
    sources: Labelled
    n_paired: tuple[int, ...]
    n_unpaired: tuple[int, ...]
    methods: Labelled
    metrics: tuple[Spec, ...]
    claims: tuple[Spec, ...] = ()
    predictions: tuple[Spec, ...] = ()
    controls: tuple[Spec, ...] = ()
    replicates: int = 20
    block: int = 20
    seed: int
    n_test: int
    excluded: tuple[Selection, ...] = ()

    @field_validator("name")
    @classmethod
    def _name_is_a_file_name(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"must be lower-case letters, digits and _ (a file name); got {name!r}; rename the study")
        return name

    @field_validator("sources", "methods", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        return tuple(cast("Mapping[str, Spec]", value).items()) if isinstance(value, Mapping) else value

    @field_validator("sources", "methods")
    @classmethod
    def _distinct(cls, pairs: Labelled) -> Labelled:
        if not pairs:
            raise ValueError("at least one is required; got none; add one")
        labels = [label for label, _ in pairs]
        if len(set(labels)) < len(labels) or "" in labels:
            raise ValueError(f"labels must be distinct and not empty; got {labels}; rename one")
        if len({spec.digest for _, spec in pairs}) < len(pairs):
            raise ValueError(f"every label must stand for another spec; got equal specs among {labels}; remove one")
        return pairs

    @field_validator("n_paired", "n_unpaired")
    @classmethod
    def _sizes(cls, sizes: tuple[int, ...], info: Any) -> tuple[int, ...]:
        minimum = 1 if info.field_name == "n_paired" else 0
        if not sizes or min(sizes) < minimum or len(set(sizes)) < len(sizes):
            raise ValueError(f"one or more distinct whole numbers from {minimum} are required; got {sizes}; correct it")
        return sizes

    @field_validator("metrics")
    @classmethod
    def _some_metrics(cls, metrics: tuple[Spec, ...]) -> tuple[Spec, ...]:
        if not metrics or len({metric.digest for metric in metrics}) < len(metrics):
            names = [type(metric).__name__ for metric in metrics]
            raise ValueError(f"one or more distinct metrics are required; got {names}; correct it")
        return metrics

    @field_validator("replicates", "block", "n_test", "seed")
    @classmethod
    def _counts(cls, value: int, info: Any) -> int:
        minimum = 0 if info.field_name in ("seed", "n_test") else 1
        if value < minimum:
            raise ValueError(f"must be at least {minimum}; got {value}; raise it")
        return value

    @model_validator(mode="after")
    def _components(self) -> Self:
        for field, methods in (("sources", ("draw", "held_out")), ("methods", ("fit",))):
            for label, spec in getattr(self, field):
                _require(spec, methods, f"{field}: {label}")
        for metric in self.metrics:
            _require(metric, ("evaluate",), "metrics")
        for label, method in self.methods:
            if not isinstance(getattr(method, "uses_unpaired", None), bool):
                raise ValueError(
                    f"methods: {label} must say whether it uses unpaired data; "
                    f"{type(method).__name__} does not; give it uses_unpaired: bool"
                )
        needing = [label for label, method in self.methods if getattr(method, "needs_test_data", True)]
        if needing and not self.n_test:
            raise ValueError(f"n_test: must be at least 1 for the method {needing[0]}; got 0; raise it")
        return self

    @model_validator(mode="after")
    def _claims_name_known_labels(self) -> Self:
        for claim in (*self.claims, *self.predictions, *self.controls):
            for factor, label in _labels_in(claim):
                known = [name for name, _ in getattr(self, f"{factor}s")]
                if label not in known:
                    title = getattr(claim, "title", "") or type(claim).__name__
                    raise ValueError(
                        f"claims must be about a {factor} of the study, {', '.join(known)}; "
                        f"{title!r} is about {label!r}; correct the label"
                    )
        return self

    @model_validator(mode="after")
    def _exclusions_leave_something(self) -> Self:
        settings = {setting for setting, *_ in self._factorial()}
        for selection in self.excluded:
            if not any(selection.selects(setting) for setting in settings):
                raise ValueError(f"excluded must select settings of the study; got {selection}; correct or remove it")
        if not self.cells():
            raise ValueError("excluded must leave settings of the study; got all of them; remove one")
        return self

    @model_validator(mode="after")
    def _claims_fit_the_settings(self) -> Self:
        judged = (*self.claims, *self.predictions, *self.controls)
        if particular := [claim for claim in judged if isinstance(claim, _Particular)]:
            settings = self.settings()
            for claim in particular:
                claim.check_settings(settings)
        return self

    def settings(self) -> tuple[Setting, ...]:
        """Every setting of the study, in the order of its factors."""
        return tuple(dict.fromkeys(cell.setting for cell in self.cells()))

    def cells(self) -> tuple[Cell, ...]:
        """Every cell of the study: block by block within a setting."""
        return tuple(self._by_key.values())

    def cell(self, key: str, replicates: tuple[int, ...] = ()) -> Cell:
        """The cell with a key; with other `replicates` than the study's own, that of one of its settings.

        Raises
        ------
        ValueError
            If the study has no such cell.
        """
        if key in self._by_key:
            return self._by_key[key]
        first = {cell.setting: cell for cell in reversed(self.cells())} if replicates else {}
        for own in first.values():
            further = replace(own, replicates=replicates)
            if further.key == key:
                return further
        raise ValueError(
            f"study {self.name} must have the cell it is asked for; it has none with key {key}; see `lsdm status`"
        )

    @cached_property
    def _by_key(self) -> dict[str, Cell]:
        blocks = [
            tuple(range(start, min(start + self.block, self.replicates)))
            for start in range(0, self.replicates, self.block)
        ]
        cells = [
            Cell(setting, source, method, self.seed, block, self.n_test)
            for setting, source, method in self._factorial()
            if not any(selection.selects(setting) for selection in self.excluded)
            for block in blocks
        ]
        return {cell.key: cell for cell in cells}

    def _factorial(self) -> Iterator[tuple[Setting, Spec, Spec]]:
        """Every combination of the factors with its source and method, those excluded among them."""
        for source, source_spec in self.sources:
            for n in self.n_paired:
                for method, method_spec in self.methods:
                    uses_unpaired = getattr(method_spec, "uses_unpaired", True)
                    for m in self.n_unpaired if uses_unpaired else (min(self.n_unpaired),):
                        yield Setting(source, n, m, method), source_spec, method_spec


def cell_key(source: str, n_paired: int, n_unpaired: int, method: str, seed: int, replicates: Sequence[int],
             n_test: int) -> str:
    """The key of a cell, from the digests of its source and method and the numbers that it is stored with.

    The text that is hashed is JSON with sorted names and no space, written out because a design may have many cells.
    """
    numbers = ",".join(map(str, replicates))
    text = (f'{{"method":"{method}","n_paired":{n_paired},"n_test":{n_test},"n_unpaired":{n_unpaired},'
            f'"replicates":[{numbers}],"seed":{seed},"source":"{source}"}}')
    return hashlib.sha256(text.encode()).hexdigest()


def _labels_in(claim: Spec) -> Iterator[tuple[str, str]]:
    """Every label that a claim names, its own or within a selection of settings."""
    for name in type(claim).model_fields:
        value = getattr(claim, name)
        match name:
            case "source" | "method" if value is not None:
                yield name, value
            case "sources" | "methods":
                yield from ((name.removesuffix("s"), label) for label in value or ())
            case _:
                parts: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
                for part in parts:
                    if isinstance(part, Spec) and "source" in type(part).model_fields:
                        yield from _labels_in(part)


def _require(spec: Spec, methods: tuple[str, ...], owner: str) -> None:
    for name in methods:
        if not callable(getattr(type(spec), name, None)):
            raise ValueError(f"{owner} must have a method {name}; {type(spec).__name__} has none; add it")
