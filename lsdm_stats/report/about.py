"""The text at the head of a study file, in the ADEMP scheme, as headed paragraphs."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """The first line of a docstring, and its parts: heading (perhaps empty) and paragraphs."""

    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def about(docstring: str) -> About:
    r"""The parts of a docstring.

    Examples
    --------
    >>> about("Does it hold?\n\nAims\n    Check it.\n\nMethods\n-------\n    All of them.")
    About(title='Does it hold?', parts=(('Aims', ('Check it.',)), ('Methods', ('All of them.',))))
    """
    title, _, rest = textwrap.dedent(docstring).strip().partition("\n")
    parts: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n\s*\n|\n(?=\S)", rest.strip("\n")):
        heading, _, body = block.partition("\n") if block[:1].strip() else ("", "", block)
        if set(heading) == {"-"}:
            heading = ""
        paragraph = " ".join(body.split())
        if heading:
            parts.append((heading.strip(), []))
        if paragraph:
            if not parts:
                parts.append(("", []))
            parts[-1][1].append(paragraph)
    return About(title.strip(), tuple((heading, tuple(paragraphs)) for heading, paragraphs in parts))
