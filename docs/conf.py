"""How the documentation is built: ``make docs``."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import lsdm_stats

ROOT = Path(__file__).resolve().parents[1]

project = "lsdm_stats"
author = "The lsdm_stats developers"
release = version = lsdm_stats.__version__
html_title = f"lsdm_stats {version}"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_copyright = False
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
default_role = "py:obj"
suppress_warnings = ["ref.python"]  # a name that two rooms have: either will do

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
]

myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 4

ROOMS = [room.strip() for line in re.search(r"```floors\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
         .splitlines() for room in line.split("|")]
autosummary_context = {"packages": [f"lsdm_stats.{room}" for room in ROOMS
                                    if hasattr(import_module(f"lsdm_stats.{room}"), "__path__")]}
autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}
autodoc_typehints = "none"  # docstrings say types, with shapes and units
numpydoc_show_class_members = False
