"""Published rows: every study's are complete, and none contradicts its claims."""

from pathlib import Path

import pytest

from lsdm_stats.metrics import Examples
from lsdm_stats.study import find_studies, judge, read_published

ROOT = Path(__file__).resolve().parents[2]
STUDIES = find_studies(directory=ROOT / "simulations")
each = pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.name)


@each
def test_published_rows_are_complete_and_contradict_no_claim(file):
    study = file.study("full")
    verdicts = judge(study, read_published(study, ROOT / "figures" / "data"))
    assert len(verdicts) == len(study.claims) + len(study.predictions) + len(study.controls)
    assert not any(verdict.contradicts or verdict.missing or verdict.failed for verdict in verdicts)
    sure = [verdict for verdict in verdicts if verdict.kind == "sure"]
    assert all(verdict.outcome == verdict.expect for verdict in sure)


def test_rows_that_are_missing_keep_a_claim_from_holding():
    file = next(file for file in STUDIES if file.name == "two_stage_bound")
    study = file.study("full")
    table = read_published(study, ROOT / "figures" / "data")
    partial = judge(study, table[table["replicate"] < 5])
    assert {verdict.outcome for verdict in partial} == {"inconclusive", "violated"}
    assert "fits are not computed yet" in partial[0].summary


def test_rows_measured_by_other_metrics_are_refused():
    study = next(file for file in STUDIES if file.name == "training_limit").study("full")
    with pytest.raises(ValueError, match="1 of them are new or changed since"):
        read_published(study.replace(metrics=(*study.metrics, Examples(count=7))), ROOT / "figures" / "data")


def test_the_readme_example_runs():
    import re

    block = re.search(r"```python\n(import numpy.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    namespace: dict = {}
    exec(block[1], namespace)
    assert namespace["draws"].shape == (100, 2, 3)
