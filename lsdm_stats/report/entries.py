"""What a page is made from: the studies with their rows, and where these were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsdm_stats.study import Scale, SourceFile, Study

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Entry:
    """One study of a page.

    Parameters
    ----------
    study : Study
        The study.
    scale : str
        ``quick`` or ``full``.
    about : str
        What its file says of it.
    rows : DataFrame, optional
        Its rows (`lsdm_stats.study.table`); None if there are none yet.
    provenance : mapping from str to mapping from str to str
        When, where and with what each cell was computed, by key.
    figure : SourceFile, optional
        The file with its ``draw(table)``.

    Examples
    --------
    >>> from lsdm_stats import LSDM, PCA, Circle, ExactTransport, JointW1
    >>> study = Study(name="circle", sources={"circle": Circle(width=0.3)}, metrics=(JointW1(),), n_test=100,
    ...               methods={"pca": LSDM(latent=PCA(dim=2), matcher=ExactTransport())}, n_paired=(50,),
    ...               n_unpaired=(0,), seed=1)
    >>> Entry(study, "full").rows is None
    True
    """

    study: Study
    scale: Scale
    about: str = ""
    rows: DataFrame | None = None
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    figure: SourceFile | None = None


@dataclass(frozen=True)
class Origin:
    """Where the rows of a page were read, and with which options a command reads them again.

    Parameters
    ----------
    title : str
        Such as ``the store results/lsdm.sqlite``.
    run_options, read_options, replay_options : str
        Options of ``lsdm run``, of the commands that judge and draw, and of ``lsdm replay``; empty or with a leading
        space.
    published : bool
        Whether the rows are published ones, which ``lsdm replay`` does not read.

    Examples
    --------
    >>> Origin("the store results/lsdm.sqlite, quick scale", run_options=" --quick", read_options=" --quick").published
    False
    """

    title: str
    run_options: str = ""
    read_options: str = ""
    replay_options: str = ""
    published: bool = False
