"""Markdown with TeX formulas to HTML with MathML, which browsers show without any script or font of ours."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

_SIZED_FENCE = re.compile(r"\\[bB]igg?[lr]?(?=\\(?:[lr]Vert|[lr]vert|[lr]angle|\|))")


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
    >>> formula("x<y")
    '<math display="inline"><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow></math>'
    """
    from latex2mathml.converter import convert

    # The converter does not know sized fences by name; a browser stretches those of a display by itself.
    plain = _SIZED_FENCE.sub("", tex)
    try:
        converted = convert(plain, display="block" if display else "inline")
    except Exception:  # of many kinds, none of them documented
        return f"<code>{escape(tex)}</code>"
    return converted.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def render(tex: str, options: dict[str, Any]) -> str:
        return formula(tex, display=options["display_mode"])

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(dollarmath_plugin, double_inline=True, allow_labels=False, renderer=render)
