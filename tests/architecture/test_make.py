"""The Makefile: what ``make paper`` does, in which order, and that the studies it names measure what it asks for."""

import os
import re
import shutil
import subprocess

import pytest
from test_floors import ROOT

from lsdm_stats.study import find_studies

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

ALONE = {name: value for name, value in os.environ.items()
         if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}  # ``make test`` sets them


def make(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=ROOT, env=ALONE, capture_output=True, text=True, check=check)


def dry_run(*words: str) -> list[str]:
    done = make("-n", *words)
    return done.stdout.replace("\\\n", " ").splitlines()


@needs_make
def test_the_paper_is_planned_run_drawn_reported_and_judged_in_this_order():
    lines = [line for line in dry_run("paper", "MCSE=4%", "MOST=60", "WORKERS=3") if "lsdm " in line]
    commands = [re.sub(r"^.*?/lsdm (\w+).*$", r"\1", line) for line in lines]
    assert commands == ["plan", "run", "run", "figures", "report", "verdicts"]
    assert "--target-mcse joint_w1=4% --max-replicates 60" in lines[0]
    assert lines[1].endswith("lsdm run --workers 3")
    assert lines[2].endswith("--workers 3 --target-mcse joint_w1=4% --max-replicates 60")
    assert all(re.search(r" --max-replicates 60(;|$)", line) for line in lines[3:])


@needs_make
@pytest.mark.parametrize("judged", [0, 1])
@pytest.mark.parametrize("target", ["study", "paper"])
def test_studies_end_with_a_short_table_the_place_of_the_report_and_the_code_of_the_verdicts(target, judged, tmp_path):
    said, ready = tmp_path / "said", tmp_path / "ready"
    ready.touch()  # later than pyproject.toml: nothing is installed
    command = tmp_path / "lsdm"
    command.write_text(f'#!/bin/sh\necho "$@" >> {said}\n[ "$1" != verdicts ] || exit {judged}\n')
    command.chmod(0o755)
    done = make(target, f"BIN={tmp_path}", f"READY={ready}", f"STORE={tmp_path / 'none'}", check=False)
    assert (done.returncode == 0) == (judged == 0)
    assert done.stdout.splitlines()[-1] == "The report: results/report.html (open it in a browser)"
    verdicts = said.read_text().splitlines()[-1].split()
    assert verdicts[0] == "verdicts"
    assert "--brief" in verdicts


@needs_make
def test_every_study_with_a_target_measures_joint_w1_and_may_have_so_many_replicates():
    from pandas import read_parquet

    (line,) = [line for line in dry_run("paper") if "lsdm run" in line and "--target-mcse" in line]
    names = line.split("lsdm run ")[1].split(" --")[0].split()
    most = int(line.split()[-1])
    for file in find_studies(tuple(names), directory=ROOT / "simulations"):
        assert file.study("full").replicates <= most
        rows = read_parquet(ROOT / "figures" / "data" / f"{file.name}.parquet", columns=["name"])
        assert (rows["name"] == "joint_w1").any()


@needs_make
def test_help_names_what_can_be_made():
    done = make()
    assert all(f"make {target}:" in done.stdout for target in ("study", "test", "paper", "gallery"))
