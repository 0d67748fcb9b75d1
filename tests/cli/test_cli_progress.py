"""What a run shows on a terminal, and elsewhere."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from lsdm_stats.cli.progress import current, display
from lsdm_stats.study import Finished, Progress

DONE = Finished("toy (full): a", "k1", "done", None, 1.0)
FAILED = Finished("toy (full): b", "k2", "failed", "no pairs", 2.0)
REPORTS = (
    Progress(3, 1, 0, {}),
    Progress(3, 1, 0, {}, None, ("toy (full): a",)),
    Progress(3, 1, 0, {}, None, ("toy (full): a", "toy (full): b")),
    Progress(3, 1, 0, {"done": 1}, DONE, ("toy (full): b",)),
    Progress(3, 1, 0, {"done": 1, "failed": 1}, FAILED, ()),
)


def shown(reports: tuple[Progress, ...], *, terminal: bool) -> str:
    file = StringIO()
    console = Console(file=file, force_terminal=terminal, width=120, highlight=False, markup=False)
    with display(console) as show:
        for report in reports:
            show(report)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", file.getvalue())


def test_elsewhere_there_is_one_line_at_the_start_and_one_per_block():
    assert shown(REPORTS, terminal=False).splitlines() == [
        "3 blocks to run, 1 stored already",
        "[1/3] done toy (full): a (1.0 s)",
        "[2/3] failed toy (full): b (2.0 s): no pairs",
    ]


def test_a_terminal_shows_counts_time_left_current_cells_and_only_blocks_with_a_reason():
    text = shown(REPORTS[:4], terminal=True)
    assert "3 blocks to run, 1 stored already" in text
    assert "1/3" in text
    assert "0 failed" in text
    assert " left " in text
    assert "  toy (full): b (0 s)" in text
    assert "[1/3] done" not in text
    text = shown(REPORTS, terminal=True)
    assert "[2/3] failed toy (full): b (2.0 s): no pairs" in text
    assert "1 failed" in text


def test_of_many_current_cells_the_oldest_are_named():
    lines = current({f"cell {number}": float(number) for number in range(20)}, 20.0)
    assert lines[0] == "  cell 0 (20 s)"
    assert lines[-1] == "  and 12 more"
    assert len(lines) == 9
