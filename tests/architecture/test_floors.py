"""The README's floors block is the map; imports may only go strictly down it."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

import lsdm_stats

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lsdm_stats"
HOMES = lsdm_stats._HOMES
UNPLACED = {"__init__", "__main__"}


def floors() -> list[list[str]]:
    """Floors from the top, as the README draws them."""
    block = re.search(r"```floors\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block, "README.md has no floors block"
    return [[room.strip() for room in line.split("|")] for line in block[1].strip().splitlines()]


def room_of(path: Path, package: Path) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def imported_rooms(source: str) -> set[str]:
    """Rooms that a file imports, wherever in the file and in whatever way; the package as a whole is every room."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts == ["lsdm_stats"] and isinstance(node, ast.Import):
                rooms.update(room for floor in floors() for room in floor)
            elif parts[0] == "lsdm_stats" and len(parts) > 1:
                rooms.add(HOMES.get(parts[1], parts[1]).split(".")[0])
    return rooms


def violations(package: Path) -> list[str]:
    height = {room: level for level, rooms in enumerate(reversed(floors())) for room in rooms}
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        if room in UNPLACED:
            continue
        others = (imported_rooms(path.read_text()) & set(height)) - {room}
        found += [f"{path.relative_to(package)} imports {other}" for other in others if height[other] >= height[room]]
    return found


def test_every_room_has_a_floor_and_every_floor_its_rooms():
    rooms = {room_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} - UNPLACED
    placed = {room for floor in floors() for room in floor}
    assert rooms == placed


def test_imports_go_strictly_down():
    assert violations(PACKAGE) == []


def test_within_the_study_running_stands_on_storage_and_judging_on_neither():
    allowed = {"judging": set(), "storage": set(), "running": {"storage"}}
    study = PACKAGE / "study"
    for path in study.rglob("*.py"):
        own = path.relative_to(study).parts[0]
        if own == "__init__.py":
            continue
        assert "lsdm_stats.study" not in re.findall(r"^\s*from (\S+) import", path.read_text(), re.MULTILINE), path
        found = set(re.findall(r"lsdm_stats\.study\.(judging|storage|running)\b", path.read_text())) - {own}
        assert found <= allowed.get(own, set()), path


def test_no_relative_imports():
    for path in PACKAGE.rglob("*.py"):
        relative = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) and node.level
        ]
        assert not relative, path


@pytest.mark.parametrize(
    "planted",
    [
        "from lsdm_stats.study import Study",
        "def fit():\n    import lsdm_stats.study",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lsdm_stats import study",
        "def fit():\n    from lsdm_stats.matchers import EnergyScore",
        "from lsdm_stats import LSDM",
        "import lsdm_stats",
        "from importlib import import_module\nimport_module('lsdm_stats.study')",
    ],
)
def test_a_planted_upward_or_sideways_import_is_found(tmp_path, planted):
    room = tmp_path / "latents"
    room.mkdir()
    (room / "planted.py").write_text(textwrap.dedent(planted))
    assert violations(tmp_path)


def test_only_nets_imports_torch_and_only_wasserstein_imports_pot():
    homes = {"torch": {"nets"}, "ot": {"wasserstein"}}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in typing_only or not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                library = name.split(".")[0]
                assert room_of(path, PACKAGE) in homes.get(library, {room_of(path, PACKAGE)}), (
                    f"{path} imports {library}"
                )
