"""Markdown with TeX formulas to HTML with MathML, which browsers show without any script or font of ours."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

_BARE_ALPHABET = re.compile(r"\\(math(?:bb|cal))\s+([A-Za-z])")
_FUNCTION = re.compile(r"<(m[io])>([A-Za-z]{2,})</\1>(?=(<mo[^>]*>(?:&#x00028;|\())?)")
_NORM = re.compile(r"<mo>(&#x02016;|&#x0007C;)</mo>")
_SIZED_FENCE = re.compile(r"\\[bB]igg?[lr]?(?=\\(?:[lr]Vert|[lr]vert|[lr]angle|[|{}]))")


def to_html(text: str) -> Markup:
    r"""The HTML of a Markdown text; its tags come out as text, and formulas between dollars as MathML.

    Examples
    --------
    >>> print(to_html("*a* <b>").strip())
    <p><em>a</em> &lt;b&gt;</p>
    >>> "<msub><mi>W</mi><mn>1</mn></msub>" in to_html("$W_1$")
    True
    """
    from markupsafe import Markup

    return Markup(_parser().render(text))


def formula(tex: str, *, display: bool = False) -> str:
    r"""The MathML of one TeX formula; its escaped text as code where it cannot be converted.

    Examples
    --------
    >>> formula("a+b")
    '<math display="inline"><mrow><mi>a</mi><mo>&#x0002B;</mo><mi>b</mi></mrow></math>'
    """
    from latex2mathml.converter import convert

    # The converter does not know sized fences by name (browsers stretch fences by themselves), and without braces it
    # says double-struck by an attribute that browsers do not read.
    plain = _BARE_ALPHABET.sub(r"\\\1{\2}", _SIZED_FENCE.sub("", tex))
    try:
        converted = convert(plain, display="block" if display else "inline")
    except Exception:  # of many kinds, none of them documented
        return f"<code>{escape(tex)}</code>"
    converted = converted.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    # As in TeX, the bars of a norm are as high as a letter unless \left and \right are asked for.
    return _FUNCTION.sub(_named, _NORM.sub(r'<mo stretchy="false">\1</mo>', converted))


def _named(match: re.Match[str]) -> str:
    """The name of a function, with the space of a function around it and none before its parenthesis."""
    return f'<mo lspace="0.17em" rspace="{"0" if match[3] else "0.17em"}">{match[2]}</mo>'


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def render(tex: str, options: dict[str, Any]) -> str:
        return formula(tex, display=options["display_mode"])

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(dollarmath_plugin, double_inline=True, allow_labels=False, renderer=render)
