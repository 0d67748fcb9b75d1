"""``lsdm verdicts``: what is printed, and what the exit code says."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lsdm_stats.bounds import OTHER_THEOREMS, THEOREMS, MasterBound
from lsdm_stats.cli import main
from lsdm_stats.study import Claim, by_theorem

CLAIMS = """
from lsdm_stats.bounds import MasterBound, Shrunk
from lsdm_stats.study import Claim, Comparison, Selection

AT = Selection(source="centred", method="paired")
TWO = Selection(source="shifted", method="paired")


def closer(**change):
    return Comparison(title="same error", measured="error", of=AT, over=TWO, quantity="ratio", **change)


def chain(bound=None, transport="error", **change):  # A1.pushed with the toy's value names
    terms = {"pushed_cost": transport, "reconstruction": "error"}
    return Claim(bound=bound or MasterBound(), measured="error", kind="sure", terms=terms, **change)


QUARTER = Shrunk(bound=MasterBound(), factor=0.25)


QUICK = PLAIN.replace(n_paired=(5,), replicates=12, metrics=(Error(),), n_unpaired=(0,), %s)
"""


@pytest.fixture
def judged(
    studies: Path, rewrite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a study with some claims, and its verdicts; returns exit code and stdout."""

    def call(claims: str, *options: str) -> tuple[int, str]:
        rewrite(CLAIMS % claims)
        places = ["--quick", "--studies", str(studies), "--store", str(tmp_path / "s.sqlite")]
        with pytest.raises(SystemExit):
            main(["run", *places, "--executor", "serial"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main(["verdicts", *places, *options])
        assert isinstance(caught.value.code, int)
        return caught.value.code, capsys.readouterr().out

    return call


def test_claim_that_holds_gives_exit_code_zero_and_a_line(judged):
    code, out = judged("claims=(closer(at_least=0.01, at_most=100.0),)")
    assert code == 0
    row = next(line for line in out.splitlines() if "same error" in line)
    assert row.split()[:5] == ["toy", "same", "error", "holds", "holds"]
    assert out.splitlines()[-1] == "1 of 1 as expected, 0 against, 0 open"


def test_violated_claim_gives_exit_code_one_and_says_why(judged):
    code, out = judged("claims=(closer(at_least=100.0),)")
    assert code == 1
    assert "violated (!)" in out
    assert "(!) toy: same error: ratio " in out


def test_unflagged_control_gives_exit_code_one_and_a_flagged_one_zero(judged):
    assert judged("controls=(closer(at_least=0.01, expect='violated'),)")[0] == 1
    assert judged("controls=(closer(at_least=100.0, expect='violated'),)")[0] == 0


def test_inconclusive_claim_is_open_and_not_an_error(judged):
    code, out = judged("claims=(closer(at_least=1.0),)")
    assert "inconclusive (!)" in out
    assert code == 0


MORE = "inconclusive: more replicates may decide (raise `replicates` of the study, or use `lsdm run --target-mcse`)"


@pytest.mark.parametrize(("claims", "times"), [
    ("claims=(closer(at_least=1.0),), predictions=(closer(at_least=1.0, at_most=1e3),)", 1),
    ("claims=(closer(at_least=0.01), closer(at_least=100.0))", 0),
    ("claims=(chain(), chain(transport='missing'))", 0),
])
def test_that_replicates_may_decide_is_said_once_where_an_interval_covers_the_threshold(judged, claims, times):
    out = judged(claims)[1]
    assert out.splitlines().count(MORE) == times
    assert out.count("may decide") == times


def test_numbers_of_one_are_followed_by_the_singular(judged):
    _, out = judged("claims=(chain(),), predictions=(closer(at_least=2.0),)", "toy")
    assert "of 1 theorem 1 holds; 0 do not or are open\n" in out
    assert "1 of 2 as expected, 0 against, 0 open, 1 prediction refuted" in out
    _, out = judged("claims=(chain(bound=QUARTER),), predictions=(closer(at_least=2.0), closer(at_least=3.0))", "toy")
    assert "of 1 theorem 0 hold; 1 does not or is open\n" in out
    assert "2 predictions refuted" in out


def test_rows_at_the_other_scale_are_mentioned(studies: Path, rewrite, tmp_path: Path, capsys):
    def call(*arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--studies", str(studies), "--store", str(tmp_path / "s.sqlite")])
        assert arguments[0] == "run" or caught.value.code == 2
        return capsys.readouterr().err

    other = "PLAIN.replace(n_paired=(5,), replicates=3, metrics=(Error(),), n_unpaired=(0,), seed=%d)"
    rewrite(f"QUICK, STUDY = {other % 1}, {other % 2}")
    call("run", "--quick", "--executor", "serial")
    assert call("verdicts").strip().endswith("must have rows of a study at full scale; it has none of toy, but rows at "
                                             "quick scale of toy; add --quick, or run `lsdm run`")
    rewrite(f"STUDY, QUICK = {other % 1}, {other % 3}")
    call("run", "--executor", "serial")
    assert call("verdicts", "--quick").strip().endswith(
        "at quick scale; it has none of toy, but rows at full scale of toy; leave --quick out, or run "
        "`lsdm run --quick`")
    rewrite(f"STUDY, QUICK = {other % 4}, {other % 5}")
    assert call("verdicts").strip().endswith("it has none of toy; run `lsdm run`")


def test_json_holds_every_verdict(judged):
    code, out = judged("claims=(closer(at_least=0.01, at_most=100.0), closer(at_least=100.0))", "--json")
    assert code == 1
    verdicts = json.loads(out)
    assert [(one["study"], one["outcome"], one["ok"]) for one in verdicts] == [
        ("toy", "holds", True),
        ("toy", "violated", False),
    ]
    assert verdicts[0]["lower"] < verdicts[0]["estimate"] < verdicts[0]["upper"]


# The table of theorems


TEXT = (Path(__file__).resolve().parents[2] / "docs" / "theory.md").read_text()
SECTIONS = re.split(r"^#+ (\S+).*$", TEXT, flags=re.MULTILINE)
PROVED = {label for label, text in zip(SECTIONS[1::2], SECTIONS[2::2], strict=True)
          if re.fullmatch(r"[A-Z]\d+(\.\w+)?", label) and "∎" in text}


def rows_of(out: str) -> dict[str, str]:
    """Each line of the table of theorems by its label."""
    lines = out.splitlines()
    start = next(index for index, line in enumerate(lines) if line.split()[:1] == ["theorem"])
    table = itertools.takewhile(str.strip, lines[start + 1:])
    return {line.split()[0]: line for line in table if re.match(r" ?[A-Z]\d", line)}


def test_the_list_of_theorems_is_that_of_the_document():
    """Every heading of docs/theory.md with a proof under it, and nothing else."""
    assert {theorem.label for theorem in by_theorem([], [])} == PROVED
    assert len(PROVED) > 90
    assert not OTHER_THEOREMS.keys() & {theorem.label for theorem in THEOREMS}


def test_theorems_come_in_the_order_of_the_document():
    labels = [theorem.label for theorem in by_theorem([], [])]
    assert len(set(labels)) == len(labels)
    sections = [re.match(r"([A-Z])(\d+)", label).groups() for label in labels]
    assert sections == sorted(sections, key=lambda section: (section[0], int(section[1])))


def test_theorems_that_no_study_checks_are_named(judged):
    code, out = judged("claims=(chain(),)")
    assert code == 0
    found = rows_of(out)
    assert found.keys() == {"A1.pushed"}
    assert re.search(r"holds +1 +– +0/48 +median 0.5, max 0.5 +toy", found["A1.pushed"])
    others = out[out.index("no study checks ") + len("no study checks "):].split("\n\n")[0]
    assert set(re.split(r",\s+", others)) == PROVED - {"A1.pushed"}
    assert f"of {len(PROVED)} theorems 1 holds; 0 do not or are open; no study checks {len(PROVED) - 1}" in out


def test_studies_that_are_named_list_their_own_theorems_only(judged):
    _, out = judged("claims=(chain(),)", "toy")
    assert rows_of(out).keys() == {"A1.pushed"}


def test_a_line_for_each_study_and_letter(judged):
    claims = ("claims=(chain(), chain(title='a value is missing', transport='missing')), "
              "predictions=(closer(at_least=2.0), closer(at_least=0.01).replace(title='loose')), "
              "controls=(chain(bound=QUARTER, expect='violated'),)")
    code, out = judged(claims, "--brief")
    assert code == 0
    heads = next(line for line in out.splitlines() if line.split()[:1] == ["study"])
    assert " ".join(heads.split()[1:]) == "claims hold predictions hold controls caught open refuted against"
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert " ".join(lines["toy"]) == "1 of 2 1 of 2 1 of 1 1 1 –"
    n_a = sum(label.startswith("A") for label in PROVED)
    assert " ".join(lines["A"]) == f"Inequalities 1 of {n_a} – 1 –"
    assert " ".join(lines["T"]).endswith("– – –")
    assert "3 of 5 as expected, 0 against, 1 open, 1 prediction refuted" in out


def test_a_violated_claim_is_against_in_brief_too(judged):
    code, out = judged("claims=(chain(bound=QUARTER),)", "--brief")
    assert code == 1
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert " ".join(lines["toy"]) == "0 of 1 – – – – 1"
    assert lines["A"][-3:] == ["–", "–", "1"]


@pytest.mark.parametrize("other", ["--theorems", "--json"])
def test_counts_go_with_no_other_form(other, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["verdicts", "--published", "--brief", other])
    assert caught.value.code == 2
    assert f"--brief prints counts alone; got {other} too; leave one of them out" in capsys.readouterr().err


def test_the_table_of_theorems_alone(judged):
    code, out = judged("claims=(chain(),)", "--theorems")
    assert code == 0
    assert out.split()[:3] == ["theorem", "title", "outcome"]
    assert "as expected" not in out


def test_theorems_as_json_take_the_worst_claim_and_count_controls(judged):
    claims = ("claims=(chain(), chain(transport='missing'), chain(bound=QUARTER), "
              "closer(at_least=0.01)), controls=(chain(bound=QUARTER, expect='violated'),)")
    code, out = judged(claims, "--theorems", "--json")
    assert code == 1
    theorems = {theorem["label"]: theorem for theorem in json.loads(out)}
    assert theorems.keys() == PROVED
    chain = theorems["A1.pushed"]
    assert (chain["outcome"], chain["claims"], chain["controls"], chain["flagged"]) == ("violated", 3, 1, 1)
    assert chain["studies"] == ["toy"]
    assert chain["violations"] > 0
    assert theorems["A1.cross"]["outcome"] == "unchecked"
    assert theorems["A1.cross"]["tightness_max"] is None


@pytest.mark.parametrize(("claims", "outcome"), [
    ("claims=(chain(), chain(transport='missing'))", "no data"),
    ("controls=(chain(bound=QUARTER, expect='violated'),)", "only controls"),
])
def test_a_theorem_is_not_said_to_hold_too_early(judged, claims, outcome):
    _, out = judged(claims, "--theorems", "--json")
    assert {theorem["outcome"] for theorem in json.loads(out) if theorem["studies"]} == {outcome}


def test_a_study_without_verdicts_leaves_its_theorems_without_data():
    class Unrun:
        predictions = ()
        claims = (Claim(bound=MasterBound(), measured="joint_w1", kind="sure"),)
        controls = ()

    assert {one.outcome for one in by_theorem([("unrun", Unrun())], []) if one.studies} == {"no data"}
