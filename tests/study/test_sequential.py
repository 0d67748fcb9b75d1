"""Runs that go on until means are precise: which cells they compute, and how unequal numbers of replicates are read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lsdm_stats.study import (
    Comparison,
    Progress,
    Rule,
    Selection,
    SourceFile,
    Store,
    Targets,
    Trend,
    export,
    judge,
    load_study,
    plan,
    publish,
    read_published,
    run,
    stale,
    status,
    table,
)
from lsdm_stats.study.blocks import further_blocks

# sd of the signed error is about sqrt(1/7 + 1/5) = 0.59 with pairs only, sqrt(1/7 + 1/25) = 0.43 with all responses
SMALL = "STUDY = QUICK.replace(replicates=20, block=10, metrics=(Error(),))"
RULE = Rule(Targets.parse(["error.signed=0.08"]), 200)


def compute(path: Path, store: Path, rule: Rule | None = RULE, **options: Any) -> Progress:
    options = {"executor": "serial", **options}
    return run([SourceFile.read(path)], scale="full", store=store, until=rule, **options)


def rows(path: Path, store: Path, maximum: int | None = 200) -> pd.DataFrame:
    with Store(store) as opened:
        return table(opened, load_study(path), "full", max_replicates=maximum).drop(columns=["seconds", "array"])


def replicates(found: pd.DataFrame) -> dict[tuple[int, str], int]:
    return found[found["name"] != "failure"].groupby(["n_unpaired", "method"])["replicate"].nunique().to_dict()


@pytest.fixture
def small(rewrite: Any) -> Path:
    return rewrite(SMALL)


def test_settings_grow_until_every_target_is_reached_and_no_further(small: Path, tmp_path: Path):
    final = compute(small, tmp_path / "s")
    found = rows(small, tmp_path / "s")
    counts = replicates(found)
    assert len(counts) == 3
    assert all(n % 10 == 0 and 20 < n < 200 for n in counts.values())
    assert counts[20, "all"] < min(counts[0, "all"], counts[0, "paired"])
    assert (final.total, final.finished) == (sum(counts.values()) // 10,) * 2
    for _, group in found[found["name"] == "error.signed"].groupby(["n_unpaired", "method"]):
        values, n = group["value"].to_numpy(), len(group)
        assert values.std(ddof=1) / np.sqrt(n) <= 0.08
        assert values[:-10].std(ddof=1) / np.sqrt(n - 10) > 0.08 / 1.5
    again = compute(small, tmp_path / "s")
    assert (again.total, again.stored) == (0, final.total)


def test_the_same_rows_from_every_executor_and_after_an_interruption(small: Path, tmp_path: Path):
    compute(small, tmp_path / "serial")
    expected = rows(small, tmp_path / "serial")
    with ThreadPoolExecutor(3) as threads:
        compute(small, tmp_path / "threads", executor=threads, n_workers=3)
    pd.testing.assert_frame_equal(rows(small, tmp_path / "threads"), expected)
    compute(small, tmp_path / "processes", executor="process", n_workers=2)
    pd.testing.assert_frame_equal(rows(small, tmp_path / "processes"), expected)

    def stop(progress: Progress) -> None:
        if progress.finished == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute(small, tmp_path / "stopped", report=stop)
    assert compute(small, tmp_path / "stopped").finished > 0
    pd.testing.assert_frame_equal(rows(small, tmp_path / "stopped"), expected)


def test_stored_cells_are_reused_both_ways(small: Path, rewrite: Any, tmp_path: Path):
    compute(small, tmp_path / "s", None)
    assert compute(small, tmp_path / "s").stored >= 6
    n = min(replicates(rows(small, tmp_path / "s")).values())
    longer = rewrite(SMALL.replace("replicates=20", f"replicates={n}"))
    assert compute(longer, tmp_path / "s", None).total == 0
    assert compute(rewrite(SMALL), tmp_path / "s").total == 0


def test_the_maximum_is_kept_and_values_that_never_get_there_are_named(small: Path, tmp_path: Path):
    rule = Rule(Targets.parse(["1%"]), 45)
    compute(small, tmp_path / "s", rule)
    assert set(replicates(rows(small, tmp_path / "s")).values()) == {40}
    with Store(tmp_path / "s") as store:
        plans = plan(store, load_study(small), rule)
    assert [(one.reached, one.capped, one.needed, one.blocks_to_add, one.seconds) for one in plans] == [
        (False, True, 40, 0, 0.0)
    ] * 3
    assert {one.worst.name for one in plans if one.worst} == {"error.signed"}


def test_a_target_for_a_value_that_is_not_measured_is_refused_and_rows_are_kept(small: Path, tmp_path: Path):
    rule = Rule(Targets.parse(["eror=1"]), 40)
    with pytest.raises(ValueError, match=r"values that are measured, error, error\.signed; got eror"):
        compute(small, tmp_path / "s", rule)
    with Store(tmp_path / "s") as store:
        assert len(store.cells()) == 6
        with pytest.raises(ValueError, match="got eror"):
            plan(store, load_study(small), rule)
    with pytest.raises(ValueError, match="at least the 20 that toy asks for; got 10; raise it"):
        compute(small, tmp_path / "s", Rule(RULE.targets, 10))


def test_failed_settings_stay_as_they_are_and_failed_replicates_are_made_up_for(rewrite: Any, tmp_path: Path):
    methods = "methods=(('bad', Mean(raises='no pairs')), ('some', Mean(fails_at=3)), ('good', Mean()))"
    path = rewrite(SMALL.replace("metrics", f"n_unpaired=(0,), {methods}, metrics"))
    final = compute(path, tmp_path / "s")
    assert final.counts["failed"] == 2
    found = rows(path, tmp_path / "s")
    counts = replicates(found)
    assert (found["method"] == "bad").sum() == 20
    assert counts[0, "some"] > 20
    assert counts[0, "some"] % 9 == 0
    with Store(tmp_path / "s") as store:
        states = {one.setting.method: one for one in plan(store, load_study(path), RULE)}
    assert (states["bad"].reached, states["bad"].worst, states["bad"].failed) == (None, None, 20)
    assert states["some"].reached


def test_refused_rows_end_the_growth_of_their_setting(small: Path, rewrite: Any, tmp_path: Path):
    compute(small, tmp_path / "s", None)
    path = rewrite(SMALL.replace("(Error(),)", "(Error(), Picture())"))
    path.write_text(path.read_text().replace("1e-3 *", "2e-3 *"))
    assert compute(path, tmp_path / "s").counts == {"refused": 6}


def test_few_replicates_are_brought_to_twenty_before_the_first_decision(rewrite: Any, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(replicates=4, block=4, metrics=(Error(),))")
    compute(path, tmp_path / "s", Rule(Targets.parse(["error=1000"]), 100))
    assert set(replicates(rows(path, tmp_path / "s", 100)).values()) == {20}


def test_a_last_block_that_is_not_whole_stays_and_whole_blocks_follow(rewrite: Any, tmp_path: Path):
    path = rewrite("STUDY = QUICK.replace(replicates=5, block=10, metrics=(Error(),))")
    assert further_blocks(load_study(path), 35) == (tuple(range(10, 20)), tuple(range(20, 30)))
    compute(path, tmp_path / "s", Rule(Targets.parse(["error=1000"]), 100))
    found = rows(path, tmp_path / "s", 100)
    assert sorted(set(found["replicate"])) == [*range(5), *range(10, 30)]


# --- reading unequal numbers of replicates --------------------------------------------------------------------------


@pytest.fixture
def grown(small: Path, tmp_path: Path) -> Path:
    compute(small, tmp_path / "s")
    return tmp_path / "s"


def test_rows_beyond_the_study_are_read_only_on_request_and_are_not_stale(small: Path, grown: Path):
    study = load_study(small)
    assert set(replicates(rows(small, grown, None)).values()) == {20}
    assert set(replicates(rows(small, grown, 30)).values()) == {30}
    with Store(grown) as store:
        stored, blocks = store.cells(), store.blocks()
    n_further = sum(replicates(rows(small, grown)).values()) // 10 - 6
    assert status(stored, study, "full", blocks).further == n_further
    assert stale(stored, [study], blocks) == ()
    assert len(stale(stored, [study])) == n_further
    other = study.replace(block=20)
    assert status(stored, other, "full", blocks).further == 0
    assert len(stale(stored, [other], blocks)) == len(stored)


def test_comparisons_and_trends_pair_the_replicates_that_their_settings_share(small: Path, grown: Path):
    settings = [{"method": "all", "n_unpaired": m} for m in (0, 20)]
    study = load_study(small).replace(claims=(
        Comparison(title="less error", measured="error", quantity="ratio", of=Selection(**settings[1]),
                   over=Selection(**settings[0]), at_most=1.0),
        Trend(title="falls", measured="error", over="n_total", among=Selection(method="all"), at_most=0.5),
    ))
    found = rows(small, grown)
    counts = replicates(found)
    shared = min(counts[0, "all"], counts[20, "all"])
    assert counts[0, "all"] > shared
    for verdict in judge(study, found):
        assert (verdict.rows, verdict.incomplete, verdict.failed, verdict.missing) == (shared, 0, 0, 0)
        assert verdict.outcome == "holds"
        assert verdict.mcse is not None
    lost = found.query("not (n_unpaired == 20 and method == 'all' and replicate == 3)")
    assert [(verdict.rows, verdict.incomplete, verdict.missing) for verdict in judge(study, lost)] == [
        (shared - 1, 1, 1)
    ] * 2


def test_export_and_published_rows_have_them_on_request(small: Path, grown: Path, tmp_path: Path):
    study, total = load_study(small), 2 * sum(replicates(rows(small, grown)).values())
    with Store(grown) as store:
        assert export(store, [(study, "full")], tmp_path / "a.parquet", kind="parquet") == 2 * 3 * 20
        assert export(store, [(study, "full")], tmp_path / "b.csv", kind="csv", max_replicates=200) == total
        publish(store, study, tmp_path, max_replicates=200)
    assert len(read_published(study, tmp_path)) == 2 * 3 * 20
    assert len(read_published(study, tmp_path, max_replicates=200)) == total
    assert len(pd.read_csv(tmp_path / "b.csv")) == total


# --- plans ----------------------------------------------------------------------------------------------------------


def test_a_plan_predicts_what_the_run_then_takes(small: Path, tmp_path: Path):
    study = load_study(small)
    compute(small, tmp_path / "s", None)
    with Store(tmp_path / "s") as store:
        before = plan(store, study, RULE)
        own = plan(store, study.replace(replicates=30))
    assert [(one.stored, one.needed, one.blocks_to_add, one.reached) for one in own] == [(20, 30, 1, None)] * 3
    assert all(one.stored == 20 and one.seconds > 0 and one.blocks_to_add for one in before)
    compute(small, tmp_path / "s")
    with Store(tmp_path / "s") as store:
        after = plan(store, study, RULE)
    assert all(one.reached and one.blocks_to_add == 0 and one.seconds == 0 for one in after)
    counts = replicates(rows(small, tmp_path / "s"))
    assert [one.stored for one in after] == [counts[one.setting.n_unpaired, one.setting.method] for one in after]
    for predicted, used in zip(before, after, strict=True):
        assert predicted.needed is not None
        assert 0.5 < predicted.needed / used.stored < 2


def test_a_plan_says_what_is_not_known(small: Path, rewrite: Any, tmp_path: Path):
    compute(small, tmp_path / "s", None)
    path = rewrite(SMALL.replace("metrics", "n_unpaired=(0, 20, 40), metrics"))
    with Store(tmp_path / "s") as store:
        (new,) = [one for one in plan(store, load_study(path), RULE) if one.setting.n_unpaired == 40]
        (lacking,) = [one for one in plan(store, load_study(path)) if one.setting.n_unpaired == 40]
    assert (new.stored, new.needed, new.blocks_to_add, new.reached, new.worst) == (0, None, None, None, None)
    assert np.isnan(new.seconds)
    assert (lacking.needed, lacking.blocks_to_add) == (20, 2)
    assert np.isnan(lacking.seconds)
