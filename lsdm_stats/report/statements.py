"""The statements of docs/theory.md by label: what is claimed, in which setting, without the proofs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HEADING = re.compile(r"^(#{2,4}) (.+)$", re.MULTILINE)
_LABEL = re.compile(r"([A-Z])(\d*)(?:\.\w+)?\b\.?")
_AGREED = "From here on"
_PROOF = re.compile(r"\\qquad\\textit\{Proof|\*Proof")


@dataclass(frozen=True)
class Section:
    """A heading of docs/theory.md, as Markdown.

    Parameters
    ----------
    label : str
        ``A``, ``A1`` or ``A1.pushed``.
    title : str
        The rest of the heading.
    statement : str
        What stands before the first proof.
    context : str
        What was said earlier in the same numbered section "from here on".
    """

    label: str
    title: str
    statement: str
    context: str = ""


def sections(text: str) -> dict[str, Section]:
    r"""Every section of the text that has a label, and ``Notation``.

    Examples
    --------
    >>> found = sections("### A1 The chain\n\nFor any $E$.\n\n#### A1.pushed\n\n$$a\\le b.$$\n\n*Proof.* Clear. ∎\n")
    >>> found["A1"].title, found["A1.pushed"].statement
    ('The chain', '$$a\\le b.$$')
    """
    found: dict[str, Section] = {}
    heads = list(_HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    context = ""
    for head, end in zip(heads, ends, strict=False):
        body = text[head.end() : end].strip().removesuffix("---").strip()
        match = _LABEL.match(head[2])
        label = match[0].rstrip(".") if match else head[2]
        if label not in found and (match or label == "Notation"):
            if len(head[1]) < 4:
                context = ""
            found[label] = Section(label, head[2][match.end() if match else 0 :].strip(), _statement(body), context)
        context = "\n\n".join([context, *_from_here_on(body)]).strip()
    return found


@cache
def theory() -> dict[str, Section]:
    """The sections of docs/theory.md by label, as it came with the package.

    Returns
    -------
    dict from str to Section
        ``Notation`` and every section with a label; empty where the document did not come along.

    Examples
    --------
    >>> theory()["A1"].title
    'The chain: matching plus reconstruction'
    """
    package = Path(__file__).parents[1]
    for path in (package / "_shipped" / "docs" / "theory.md", package.parent / "docs" / "theory.md"):
        if path.is_file():
            return sections(path.read_text(encoding="utf-8"))
    return {}


def _statement(body: str) -> str:
    """The text before the first proof, formulas closed; lemmas with proofs of their own are left out."""
    kept: list[str] = []
    for paragraph in re.split(r"\n\s*\n", body):
        proof = _PROOF.search(paragraph)
        if proof is None:
            kept.append(paragraph)
            continue
        before = paragraph[: proof.start()].rstrip()
        if not before.startswith("**"):
            kept.append(before + "$$" * (before.count("$$") % 2))
        break
    return "\n\n".join(part for part in kept if part)


def _from_here_on(body: str) -> list[str]:
    paragraphs = re.split(r"\n\s*\n", body)
    return ["Here" + paragraph.removeprefix(_AGREED) for paragraph in paragraphs if paragraph.startswith(_AGREED)]
