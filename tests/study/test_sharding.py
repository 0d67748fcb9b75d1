"""Shards have no cell in common and miss none, whatever each store holds, and merge to the rows of one run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lsdm_stats.study import Rule, Shard, SourceFile, Store, Targets, load_study, merge, run, table

BOTH = "STUDY = PLAIN.replace(replicates=4, metrics=(Error(), Picture(), Odd()))"


def compute(path: Path, store: Path, shard: Shard | None = None, **options):
    return run([SourceFile.read(path)], scale="full", store=store, executor="serial", shard=shard, **options)


def rows(path: Path, store: Path):
    with Store(store) as opened:
        return table(opened, load_study(path), "full").drop(columns=["seconds", "array"])


def shards(n: int) -> list[Shard]:
    return [Shard(number, n) for number in range(1, n + 1)]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 1000])
def test_every_key_is_in_exactly_one_shard(n: int):
    rng = random.Random(n)
    for _ in range(200):
        key = f"{rng.getrandbits(256):064x}"
        assert sum(shard.has(key) for shard in shards(n)) == 1


def test_three_shards_merged_are_the_rows_of_one_run(rewrite, tmp_path: Path):
    path = rewrite(BOTH)
    compute(path, tmp_path / "whole.sqlite")
    counts = [compute(path, tmp_path / "s.sqlite", shard).counts["done"] for shard in shards(3)]
    assert sum(counts) == len(load_study(path).cells())
    assert not (tmp_path / "s.sqlite").exists()
    merged = merge([shard.store(tmp_path / "s.sqlite") for shard in shards(3)], tmp_path / "s.sqlite")
    assert merged.added == sum(counts)
    assert rows(path, tmp_path / "s.sqlite").equals(rows(path, tmp_path / "whole.sqlite"))


def test_shards_compute_only_what_the_whole_store_does_not_have(rewrite, tmp_path: Path):
    store = tmp_path / "s.sqlite"
    compute(rewrite("STUDY = PLAIN.replace(replicates=4)"), store)
    before = store.read_bytes()
    path = rewrite("STUDY = PLAIN.replace(replicates=6)")
    finals = [compute(path, store, shard) for shard in shards(2)]
    new = sum(final.counts.get("done", 0) for final in finals)
    assert (new, sum(final.stored for final in finals)) == (12, 24)
    assert store.read_bytes() == before
    assert merge([shard.store(store) for shard in shards(2)], store).added == 12
    assert compute(path, store).total == 0


def test_a_shard_alone_cannot_decide_what_is_precise(rewrite, tmp_path: Path):
    rule = Rule(Targets.parse(["2%"]), 100)
    with pytest.raises(ValueError, match="must be run without --target-mcse"):
        compute(rewrite("STUDY = PLAIN"), tmp_path / "s.sqlite", Shard(1, 2), until=rule)
    assert not list(tmp_path.glob("*.sqlite"))


def test_what_one_shard_has_stored_moves_no_cell_to_another(rewrite, tmp_path: Path):
    path = rewrite(BOTH)
    first, second = shards(2)
    once = compute(path, tmp_path / "s.sqlite", first).counts["done"]
    again = compute(path, tmp_path / "s.sqlite", first)
    assert (again.total, again.stored) == (0, once)
    assert compute(path, tmp_path / "s.sqlite", second).counts["done"] == len(load_study(path).cells()) - once


def test_a_cell_that_failed_in_the_whole_store_is_tried_by_its_shard_on_request(rewrite, tmp_path: Path):
    flag, store = tmp_path / "repaired", tmp_path / "s.sqlite"
    path = rewrite(
        "class Flaky(Mean):\n    def fit(self, data, *, rngs):\n"
        f"        if not Path({str(flag)!r}).exists():\n            raise OSError('disk')\n"
        "        return super().fit(data, rngs=rngs)\n\nSTUDY = QUICK.replace(methods=(('m', Flaky()),))"
    )
    assert compute(path, store).counts == {"failed": 2}
    flag.touch()
    assert [compute(path, store, shard).total for shard in shards(2)] == [0, 0]
    done = sum(compute(path, store, shard, retry_failed=True).counts.get("done", 0) for shard in shards(2))
    assert done == 2
    # Done in the store of its shard goes before failed in the whole one.
    assert [compute(path, store, shard, retry_failed=True).total for shard in shards(2)] == [0, 0]
    assert merge([shard.store(store) for shard in shards(2)], store).replaced == 2


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1.0/3", " 1/3", "1/９"])
def test_a_shard_of_another_form_is_refused(text: str):
    with pytest.raises(ValueError, match="a shard must be i/N") as caught:
        Shard.parse(text)
    assert "\n" not in str(caught.value)
