"""Statements of docs/theory.md as the report shows them: every theorem has one, without its proof, in MathML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from lsdm_stats.report.mathematics import formula, to_html
from lsdm_stats.report.statements import sections, theory
from lsdm_stats.study import by_theorem

LABELS = [theorem.label for theorem in by_theorem([], [])]


@pytest.mark.parametrize("label", LABELS)
def test_every_theorem_has_a_statement_without_proof(label: str):
    statement = theory()[label].statement
    assert statement
    assert "∎" not in statement
    assert "Proof" not in statement
    assert statement.count("$$") % 2 == 0
    assert statement.replace("$$", "").count("$") % 2 == 0


@pytest.mark.parametrize("label", [*LABELS, "Notation", "B", "D", "E", "A6", "B2", "E1"])
def test_every_formula_becomes_mathml_without_leftovers(label: str):
    html = to_html(theory()[label].statement)
    assert "$" not in html
    assert "\\" not in html
    assert not re.search(r'mathvariant="(?:double-struck|script)"', html)  # browsers do not read it
    for found in re.findall(r"<math.*?</math>", html, re.DOTALL):
        assert "".join(ElementTree.fromstring(found).itertext()).strip()


def test_what_holds_from_here_on_goes_with_later_statements_of_the_section():
    found = theory()
    assert found["A3.converse"].context == ""
    assert found["A3.latent"].context.startswith("Here the stages are **orthonormal**")
    assert found["A4.conditional"].context.startswith("Here $P_{X'}=P_X$")
    assert found["A5.ambient"].context == ""


def test_a_proof_within_a_formula_is_cut_with_the_formula_closed():
    assert theory()["A3.latent"].statement == r"$$W_{lat}\le W_{joint}.$$"


def test_a_lemma_with_a_proof_of_its_own_ends_the_preface():
    text = "### B2 Heat\n\nLet $t>0$.\n\n**Lemma.** *It is.*\n*Proof.* Yes. ∎\n\nMore.\n"
    assert sections(text)["B2"].statement == "Let $t>0$."


def test_tags_and_broken_formulas_are_text():
    html = to_html("<script>alert(1)</script> $\\text{<b>}$ and $\\frac{$ [x](javascript:alert(1))")
    assert "<script" not in html
    assert "<b>" not in html
    assert 'href="javascript' not in html
    assert formula(r"\left(<b>") == r"<code>\left(&lt;b&gt;</code>"


def test_functions_have_their_space_and_norms_the_height_of_a_letter():
    assert '<mo lspace="0.17em" rspace="0">dist</mo>' in formula(r"\operatorname{dist}(y,M)")
    assert '<mo lspace="0.17em" rspace="0.17em">ln</mo>' in formula(r"\ln n")
    assert formula(r"\Big\lVert x\Big\rVert").count('<mo stretchy="false">‖</mo>') == 2
    assert "𝔼" in formula(r"\mathbb E X")
