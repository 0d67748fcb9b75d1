"""What ``lsdm --help`` says of each command in a few words, and the examples that its own help ends with."""

from __future__ import annotations

SHORT = {
    "list": "What there is: studies, laws, methods, metrics, theorems.",
    "run": "Compute what is missing from the store.",
    "plan": "Replicates and time that studies still need.",
    "status": "Cells done, failed, stale and missing; time left.",
    "verdicts": "Judge every claim, then every theorem.",
    "figures": "Draw the figures of stored rows.",
    "report": "One page with verdicts, tables and pictures.",
    "export": "Write all rows to one file.",
    "replay": "Compute one cell again; does it reproduce?",
    "merge": "Bring several stores into one.",
    "migrate": "Rewrite a store of an older version.",
    "distance": "Exact W1 of two files, with its proof.",
    "bounds": "Bounds on W1 of a sample and its law; all theorems.",
}
"""A few words on each command, short enough for one line."""

_LINES = {
    "list": {
        "lsdm list": "everything there is, with one line each",
        "lsdm list --studies mine/simulations": "with studies of your own",
    },
    "run": {
        "lsdm run --quick": "every study in small: minutes",
        "lsdm run geometric_fidelity": "one study at full scale; Ctrl-C, and run again goes on",
        "lsdm run mine --quick --studies DIR --store mine.sqlite": "your own study, into a store of its own",
        "lsdm run family --target-mcse 2% --max-replicates 400": "until means are precise",
    },
    "plan": {
        "lsdm plan family": "replicates and time that are still needed",
        "lsdm plan family --target-mcse 2% --max-replicates 400": "... and for that precision",
    },
    "status": {
        "lsdm status": "every study, at both scales",
        "lsdm status family --json": "one study, for a program",
    },
    "verdicts": {
        "lsdm verdicts --quick": "after `lsdm run --quick`",
        "lsdm verdicts --published --brief": "a line for each study, from the published full-scale rows",
        "lsdm verdicts --published --theorems": "theorem by theorem",
        "lsdm verdicts two_stage_bound --published": "one study, claim by claim",
    },
    "figures": {
        "lsdm figures --published": "into results/figures",
        "lsdm figures family --quick --out pictures": "one of them, from `lsdm run --quick`",
        "lsdm figures --published --venue icml": "sizes and letters of a venue",
    },
    "report": {
        "lsdm report": "the page of the full-scale rows: results/report.html",
        "lsdm report --published --out page.html": "of the published rows",
    },
    "export": {
        "lsdm export --format csv --out rows.csv": "every stored row, and what its columns mean",
    },
    "replay": {
        "lsdm replay 3f2a91": "a cell by the first digits of its key, as `lsdm status` prints them",
    },
    "merge": {
        "lsdm merge results/*.shard-*-of-20.sqlite --store results/all.sqlite": "stores of an array job",
    },
    "migrate": {
        "lsdm migrate old.sqlite new.sqlite": "the old file stays as it is",
    },
    "distance": {
        "lsdm distance a.csv b.csv": "exact W1 with its certificate",
        "lsdm distance a.csv b.csv --diameter 2": "... and a certified interval for the laws",
        "lsdm distance a.csv b.csv --blocks 1,3": "distances of the first column and of the other three, added",
    },
    "bounds": {
        "lsdm bounds --space cube:3 --n 100,1000": "every bound that knows the unit cube",
        "lsdm bounds --list": "every theorem in one line",
    },
}

EXAMPLES = {
    command: "\b\nExamples:\n" + "\n".join(f"  {line}\n      {meaning}" for line, meaning in lines.items())
    for command, lines in _LINES.items()
}
"""Epilog of each command; its first character keeps the lines as they are."""
