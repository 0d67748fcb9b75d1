"""``lsdm verdicts --brief``: a line for each study, a line for each letter of docs/theory.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsdm_stats.cli.console import new_console

if TYPE_CHECKING:
    from lsdm_stats.study import TheoremVerdict, Verdict


def print_brief(judged: Sequence[tuple[str, Verdict]], theorems: Sequence[TheoremVerdict]) -> None:
    """How many claims, predictions and controls of each study came out as expected, and how many theorems hold."""
    _print_table(("study", "claims hold", "predictions hold", "controls caught", "open", "refuted", "against"),
                 [_study(name, [verdict for one, verdict in judged if one == name]) for name in _names(judged)])
    _print_table(("theorems", "checked by studies", "hold", "open", "violated"),
                 [_letter(letter, [theorem for theorem in theorems if theorem.label[0] == letter])
                  for letter in dict.fromkeys(theorem.label[0] for theorem in theorems)])


def _names(judged: Sequence[tuple[str, Verdict]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in judged))


def _study(name: str, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    shares = [_share([verdict.ok for verdict in verdicts if verdict.role == role])
              for role in ("claim", "prediction", "control")]
    left = [verdict for verdict in verdicts if not verdict.ok]
    refuted, against = (sum(getattr(verdict, what) for verdict in left) for what in ("refuted", "contradicts"))
    return name, *shares, *map(_count, (len(left) - refuted - against, refuted, against))


def _letter(letter: str, theorems: Sequence[TheoremVerdict]) -> tuple[str, ...]:
    from lsdm_stats.report import theory

    outcomes = Counter(theorem.outcome for theorem in theorems)
    checked, holding, violated = len(theorems) - outcomes["unchecked"], outcomes["holds"], outcomes["violated"]
    title = theory()[letter].title if letter in theory() else ""
    numbers = map(_count, (holding, checked - holding - violated, violated))
    return f"{letter} {title}".strip(), f"{checked} of {len(theorems)}", *numbers


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)}" if right else "–"


def _count(number: int) -> str:
    return str(number) if number else "–"


def _print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    table.add_column(titles[0])
    for title in titles[1:]:
        table.add_column(title, justify="right")
    for row in rows:
        table.add_row(*row)
    console = new_console()
    console.print(table, soft_wrap=False)
    console.print()
