"""``lsdm verdicts``: what is printed, and what the exit code says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lsdm_stats.cli import main

CLAIMS = """
from lsdm_stats.study import Comparison, Selection

AT = Selection(source="centred", method="paired")
TWO = Selection(source="shifted", method="paired")


def closer(**change):
    return Comparison(title="same error", measured="error", of=AT, over=TWO, quantity="ratio", **change)


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


def test_json_holds_every_verdict(judged):
    code, out = judged("claims=(closer(at_least=0.01, at_most=100.0), closer(at_least=100.0))", "--json")
    assert code == 1
    verdicts = json.loads(out)
    assert [(one["study"], one["outcome"], one["ok"]) for one in verdicts] == [
        ("toy", "holds", True),
        ("toy", "violated", False),
    ]
    assert verdicts[0]["lower"] < verdicts[0]["estimate"] < verdicts[0]["upper"]
