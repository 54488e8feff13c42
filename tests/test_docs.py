"""The README and the pages in docs/ tell the truth: their code runs, their links lead somewhere.

A Python block runs as it stands. A comment in the line before it says otherwise:

    <!-- scripted: [...] -->    the engine is a ScriptedModel with this JSON list as its script
    <!-- real model -->         needs the embedded model; runs with the `real_model` tests
    <!-- not run: reason -->    cannot run in a test
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from hashed_words import HashedWords

import dragoman.agents.assistant
import dragoman.memory.attachment
from dragoman.models import Engine
from dragoman.serving.cli import app
from dragoman.testing import ScriptedModel

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "examples" / "README.md"])
BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<kind>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    kind: str
    note: str
    code: str


def blocks(kind: str) -> list[Block]:
    return [
        Block(
            page=page.relative_to(ROOT).as_posix(),
            line=text.count("\n", 0, match.start("code")),
            kind=kind,
            note=match["note"] or "",
            code=match["code"],
        )
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for match in BLOCK.finditer(text)
        if match["kind"] == kind
    ]


def parameters(found: list[Block]) -> list[Any]:
    return [
        pytest.param(
            block,
            id=f"{block.page}:{block.line}",
            marks=[pytest.mark.real_model] if block.note.startswith("real model") else [],
        )
        for block in found
    ]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with documents in it, a home of its own, and no real embedder."""
    monkeypatch.chdir(tmp_path)
    for name in ("docs", "handbook", "policies"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "delivery.md").write_text("# Delivery\n\nParcels take two days.\n")
    embedder = HashedWords()
    monkeypatch.setattr(dragoman.memory.attachment, "connect_embedder", lambda *_: embedder)
    return tmp_path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedModel], None]:
    """Make every engine spec lead to a scripted model."""

    def use(model: ScriptedModel) -> None:
        async def connect(*_: object, **__: object) -> Engine:
            return Engine.of(model)

        monkeypatch.setattr(dragoman.agents.assistant, "connect", connect)

    return use


@pytest.mark.parametrize("block", parameters(blocks("python")))
def test_python_example_runs(
    block: Block, workplace: Path, engine: Callable[[ScriptedModel], None]
) -> None:
    note, _, rest = block.note.partition(": ")
    if note == "not run":
        pytest.skip(rest)
    script = json.loads(rest) if note == "scripted" else []
    program = compile("\n" * block.line + block.code, block.page, "exec")
    with ScriptedModel(script) as model:
        if note != "real model":
            engine(model)
        exec(program, {"__name__": "example"})


def commands() -> dict[str, set[str]]:
    """Every command of the program, by its full name, with its options."""
    root = typer.main.get_command(app)
    found: dict[str, set[str]] = {}

    def walk(command: Any, name: str) -> None:
        found[name] = {option for each in command.params for option in each.opts}
        for child, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{name} {child}")

    walk(root, "dragoman")
    return found


def mentioned(line: str) -> tuple[str, set[str]] | None:
    """The command that a line of a page calls, with the options given to it."""
    words = re.sub(r'"[^"]*"', "TEXT", line.split("#", maxsplit=1)[0]).split()
    if words[:1] != ["dragoman"]:
        return None
    known = commands()
    name, rest = "dragoman", words[1:]
    while rest and f"{name} {rest[0]}" in known:
        name, rest = f"{name} {rest[0]}", rest[1:]
    unknown = {rest[0]} if rest and name == "dragoman" and not rest[0].startswith("-") else set()
    return name, unknown | {word.split("=")[0] for word in rest if word.startswith("-")}


@pytest.mark.parametrize("block", parameters(blocks("console")))
def test_commands_of_an_example_exist(block: Block) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for line in block.code.splitlines():
        if line.startswith("$ make "):
            assert line.split()[2] in targets, line
        elif found := mentioned(line.removeprefix("$ ")):
            name, options = found
            assert options - {"--help", "-"} <= commands()[name], line


@pytest.mark.parametrize("line", ["dragoman nonsense", "dragoman ask --nonsense TEXT"])
def test_checker_notices_a_command_that_does_not_exist(line: str) -> None:
    found = mentioned(line)
    assert found is not None
    assert not found[1] <= commands()[found[0]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_quick_start_is_twelve_lines() -> None:
    first = next(block for block in blocks("python") if block.page == "README.md")
    assert len(first.code.splitlines()) <= 12
