"""Markdown with TeX formulas to HTML with MathML, which browsers show without any script or font of ours."""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

_BARE_ALPHABET = re.compile(r"\\(math(?:bb|cal))\s+([A-Za-z])")
_SIZED_FENCE = re.compile(r"\\[bB]igg?[lr]?(?=\\(?:[lr]Vert|[lr]vert|[lr]angle|[|{}]))")
_THIN = "0.17em"


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
    >>> formula("a<b")
    '<math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>'
    """
    from latex2mathml.converter import convert_to_element

    # The converter does not know sized fences by name (browsers stretch fences by themselves), and without braces it
    # says double-struck by an attribute that browsers do not read.
    plain = _BARE_ALPHABET.sub(r"\\\1{\2}", _SIZED_FENCE.sub("", tex))
    try:
        element = convert_to_element(plain, display="block" if display else "inline")
    except Exception:  # of many kinds, none of them documented
        return f"<code>{escape(tex)}</code>"
    element.attrib.pop("xmlns", None)
    for node in element.iter():
        node.text = unescape(node.text or "")  # it writes characters as references, and leaves them to be unescaped
        _set_as_in_tex(node)
    return ElementTree.tostring(element, encoding="unicode", short_empty_elements=False)


def _set_as_in_tex(node: ElementTree.Element) -> None:
    """The space around names of functions, and bars of norms as high as a letter."""
    for child, following in zip(node, [*node[1:], None], strict=False):
        text = unescape(child.text or "")
        if child.tag in ("mi", "mo") and len(text) > 1 and text.isalpha():
            opens = following is not None and unescape(following.text or "") == "("
            child.tag = "mo"
            child.attrib |= {"lspace": _THIN, "rspace": "0" if opens else _THIN}
        elif child.tag == "mo" and text in ("‖", "|") and "stretchy" not in child.attrib:
            child.attrib["stretchy"] = "false"


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def render(tex: str, options: dict[str, Any]) -> str:
        return formula(tex, display=options["display_mode"])

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(dollarmath_plugin, double_inline=True, allow_labels=False, renderer=render)
