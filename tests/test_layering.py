"""The rooms import one way: a room knows the rooms to its left and nothing to its right."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "dragoman"

LEFT_OF = {
    "languages": set(),
    "models": {"languages"},
    "memory": {"languages", "models"},
    "privacy": {"languages"},
    "tools": {"languages", "models", "memory"},
    "agents": {"languages", "models", "memory", "tools", "privacy"},
    "serving": {"languages", "models", "memory", "tools", "privacy", "agents"},
}
FOR_EVERYBODY = {"closing", "errors", "settings", "ownership", "redaction"}
"""Modules at the root that any room may import; they themselves import no room."""


def imported_names(source: str, module: str) -> set[str]:
    """Full names of everything under `dragoman` that the source of `module` imports, anywhere."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*parent, *([node.module] if node.module else [])])
            names.add(origin)
            if origin == "dragoman":
                names |= {f"dragoman.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "dragoman"}


def rooms_in(names: set[str]) -> set[str]:
    """The rooms or root modules that the names lie in; the package itself counts as a room."""
    return {[*name.split("."), "(package)"][1] for name in names}


def offenses(source: str, module: str) -> set[str]:
    """What `module` may not import but does."""
    room = module.split(".")[1]
    allowed = LEFT_OF.get(room, set()) | FOR_EVERYBODY | {room}
    names = imported_names(source, module)
    if any(name != "dragoman" for name in names):
        # `from dragoman import settings` names the package as well as the module.
        names.discard("dragoman")
    return rooms_in(names) - allowed


def modules() -> list[tuple[str, Path]]:
    return [
        (".".join(["dragoman", *path.relative_to(PACKAGE).with_suffix("").parts]), path)
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


@pytest.mark.parametrize("room", LEFT_OF)
def test_room_imports_only_rooms_to_its_left(room: str) -> None:
    found = {
        module: sorted(bad)
        for module, path in modules()
        if module.split(".")[1] == room
        and (bad := offenses(path.read_text(encoding="utf-8"), module))
    }
    assert found == {}


@pytest.mark.parametrize("name", sorted(FOR_EVERYBODY))
def test_root_module_imports_no_room(name: str) -> None:
    source = (PACKAGE / f"{name}.py").read_text(encoding="utf-8")
    assert rooms_in(imported_names(source, f"dragoman.{name}")) <= FOR_EVERYBODY


def test_every_folder_of_the_package_is_a_known_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(LEFT_OF)


@pytest.mark.parametrize(
    ("source", "module", "expected"),
    [
        ("import dragoman.serving.cli", "dragoman.agents.x", {"serving"}),
        ("from dragoman.agents import Assistant", "dragoman.tools.x", {"agents"}),
        ("from dragoman import memory", "dragoman.languages.x", {"memory"}),
        ("from ..memory import store", "dragoman.models.x", {"memory"}),
        ("def f():\n    from dragoman.tools import tool", "dragoman.memory.x", {"tools"}),
        ("from dragoman import Assistant", "dragoman.tools.x", {"Assistant"}),
        ("import dragoman", "dragoman.tools.x", {"(package)"}),
        ("from dragoman.languages import detect\nimport json", "dragoman.memory.x", set()),
        ("from . import store", "dragoman.memory.x", set()),
        ("from dragoman import settings", "dragoman.memory.x", set()),
    ],
)
def test_checker_sees_every_form_of_import(source: str, module: str, expected: set[str]) -> None:
    assert offenses(source, module) == expected
