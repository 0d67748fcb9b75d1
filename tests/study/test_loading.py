"""Study files are found, loaded by their text, and refused with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lsdm_stats.study import SourceFile, find_studies, load_study
from lsdm_stats.study.running.workers import perform


def test_both_scales_are_loaded_from_one_module(studies: Path):
    full, quick = load_study(studies / "toy.py"), load_study(studies / "toy.py", "quick")
    assert (len(full.cells()), len(quick.cells())) == (36, 3)
    assert type(full.methods[0][1]) is type(quick.methods[0][1])
    assert type(full.methods[0][1]).__module__ == "lsdm_studies.toy"


def test_changed_text_is_executed_anew_and_equal_text_is_not(studies: Path, rewrite):
    load_study(studies / "toy.py")
    before = sys.modules["lsdm_studies.toy"]
    load_study(studies / "toy.py")
    assert sys.modules["lsdm_studies.toy"] is before
    assert load_study(rewrite("STUDY = PLAIN.replace(seed=9)")).seed == 9
    assert sys.modules["lsdm_studies.toy"] is not before


def test_study_built_from_text_has_the_same_keys_wherever_the_file_was(study_text: str, studies: Path):
    elsewhere = SourceFile("/nowhere/toy.py", study_text + "\n# another text\n").study("full")
    assert [cell.key for cell in elsewhere.cells()] == [cell.key for cell in load_study(studies / "toy.py").cells()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"bad\.py, line 1: '\(' was never closed"),
        ("\n\nimport no_such_module_here", r"bad\.py, line 3: ModuleNotFoundError: No module named"),
        ("def f():\n    raise KeyError('a\\nb')\n\nf()", r"bad\.py, line 2: KeyError"),
        (
            "from lsdm_stats.study import Study\nSTUDY = Study(name='bad')",
            r"bad\.py, line 2: Study: sources is required",
        ),
        (
            "from lsdm_stats.spec import Spec\n\nclass Ball(Spec):\n    width = 0.1\n",
            r"bad\.py, line 3: width must have a type; it has none; write `width: float = 0\.1`$",
        ),
        (
            "from lsdm_stats.spec import Spec\n\nclass Ball(Spec):\n    width = Spec()\n",
            r"bad\.py, line 3: width must have a type; it has none; write `width: TYPE = …`$",
        ),
        ("x = 1", r"bad\.py must define STUDY, a Study; got NoneType; add STUDY = Study\(…\)"),
    ],
)
def test_error_in_a_study_file_is_one_line_with_file_and_line(tmp_path: Path, text: str, message: str):
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        load_study(tmp_path / "bad.py")
    assert "\n" not in str(caught.value)
    assert "lsdm_studies.bad" not in sys.modules or text == "x = 1"


def test_study_must_have_the_name_of_its_file(studies: Path):
    (studies / "toy.py").rename(studies / "other.py")
    with pytest.raises(ValueError, match=r"must have the name of its file, 'other'; got 'toy'"):
        load_study(studies / "other.py")


def test_studies_are_found_in_a_directory_or_beside_where_one_works(studies: Path, monkeypatch: pytest.MonkeyPatch):
    (studies / "_draft.py").write_text("1 / 0")
    assert [file.name for file in find_studies(directory=studies)] == ["toy"]
    monkeypatch.chdir(studies.parent)
    assert [file.path for file in find_studies(("toy",))] == ["simulations/toy.py"]
    with pytest.raises(ValueError, match=r"STUDY must be one of toy .*got 'toyy'"):
        find_studies(("toyy",))


def test_missing_or_empty_directory_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"there is none at .*nowhere; pass --studies DIR"):
        find_studies(directory=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="at least one study file is required"):
        find_studies(directory=tmp_path)


def test_worker_refuses_a_text_that_was_changed_on_its_way(study_text: str):
    file = SourceFile("toy.py", study_text)
    with pytest.raises(ValueError, match="damaged on its way"):
        perform(("toy.py", study_text + " ", file.sha256, "full", "0", ()))


def test_a_file_that_exits_is_refused_in_one_line():
    with pytest.raises(ValueError, match=r"quits\.py, line 2") as caught:
        SourceFile("quits.py", "import sys\nsys.exit(3)\n").module("lsdm_studies")
    assert "\n" not in str(caught.value)
