"""Write docs/command-reference.md from the commands: ``python docs/command_reference.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import typer

from dragoman.serving.cli import app

PAGE = Path(__file__).with_name("command-reference.md")
_HEAD = """\
# Every command and option

Written by `python docs/command_reference.py` from the commands themselves; a test compares the two.
What the commands are for, their JSON and the exit codes are on [command-line.md](command-line.md).
"""


_EVERYWHERE = {"help", "install_completion", "show_completion"}


def reference() -> str:
    """The page as the commands of today give it."""
    command = typer.main.get_command(app)
    return "\n".join([_HEAD, *_pages("dragoman", command)]).rstrip() + "\n"


def _pages(name: str, command: object) -> Iterator[str]:
    children = getattr(command, "commands", None)
    parameters = [each for each in command.params if each.name not in _EVERYWHERE]
    if children is None or name == "dragoman":
        arguments = " ".join(_argument(each) for each in parameters if _is_argument(each))
        options = " [OPTIONS]" if any(not _is_argument(each) for each in parameters) else ""
        yield f"## `{name}{options}{' ' if arguments else ''}{arguments}`\n"
        yield _said(command.help) + "\n"
        if parameters:
            yield "| | |\n|---|---|"
            hints = get_type_hints(inspect.unwrap(command.callback))
            yield from (_row(each, hints) for each in parameters)
            yield ""
    for child in sorted(children or {}):
        yield from _pages(f"{name} {child}", children[child])


def _is_argument(parameter: object) -> bool:
    return parameter.param_type_name == "argument"


def _argument(parameter: object) -> str:
    name = parameter.metavar or parameter.name.upper()
    name = name.strip("{}[]")
    return name if parameter.required else f"[{name}]"


def _row(parameter: object, hints: dict[str, object]) -> str:
    help_ = _said(parameter.help)
    if _is_argument(parameter):
        return f"| `{_argument(parameter)}` | {help_} |"
    names = ", ".join(f"`{each}`" for each in [*parameter.opts, *parameter.secondary_opts])
    if not parameter.is_flag:
        names += f" {parameter.metavar or _value(hints[parameter.name])}"
    default = parameter.default
    shown = isinstance(default, int | float | str) and not isinstance(default, bool) and default
    help_ += " Required." if parameter.required else f" Default: {default}." if shown else ""
    return f"| {names} | {help_} |"


def _value(hint: object) -> str:
    """What stands after an option: its choices, or the kind of its value."""
    if get_origin(hint) is Literal:
        return "\\|".join(map(str, get_args(hint)))
    inner = [each for each in get_args(hint) if each is not type(None)]
    if inner:
        return _value(inner[0])
    return {int: "N", float: "NUMBER", Path: "PATH"}.get(hint, "TEXT")


def _said(text: str | None) -> str:
    """The first paragraph on one line."""
    return " ".join((text or "").split("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
