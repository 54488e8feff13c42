"""Read a task file: YAML without its traps, and errors that name a line and a column.

YAML as people misread it is refused or read the way it looks: aliases (a few lines of which can
stand for gigabytes), keys that are there twice, and ``no`` and ``on`` as truth values.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dragoman.agents.tasks.spec import TaskSpec
from dragoman.errors import TaskFileError

MOST_BYTES = 1_000_000
_DEEPEST = 60

Places = dict[tuple[str | int, ...], tuple[int, int]]
"""Line and column, from 1, of each value by its path."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain values: ``no``, ``on`` and dates stay texts."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


def read_yaml(path: Path) -> tuple[Any, Places, str]:
    """The file's value, where each part of it stands, and its text.

    Raises:
        TaskFileError: the file cannot be read, or is no plain YAML.
    """
    file = str(path)
    try:
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise TaskFileError(
            f"It cannot be read: {error.strerror or error}.", file=file, cure="Check the path."
        ) from None
    if len(data) > MOST_BYTES:
        raise TaskFileError(
            f"It is larger than {MOST_BYTES:,} bytes.",
            file=file,
            cure="Keep data out of the task file: read it in a step.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise TaskFileError(
            "It is not valid UTF-8 here.",
            file=file,
            line=line,
            column=column,
            cure="Convert it first: iconv -f ENCODING -t UTF-8.",
        ) from None
    return (*parse_yaml(text, file=file), text)


def parse_yaml(text: str, *, file: str) -> tuple[Any, Places]:
    """The value of a YAML text, and where each part of it stands.

    Raises:
        TaskFileError: no YAML, an alias, or a key that is there twice.
    """
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                raise _wrong("Aliases (*name) are not read in a task file.", event, file)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            places: Places = {}
            value = _value(loader, node, (), places, file) if node is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        raise TaskFileError(
            f"It is not YAML: {getattr(error, 'problem', None) or error}.",
            file=file,
            line=mark.line + 1 if mark else 0,
            column=mark.column + 1 if mark else 0,
            cure="Correct it there; texts with a colon or a # want quotation marks.",
        ) from None
    except RecursionError:
        raise TaskFileError("It is nested too deeply.", file=file) from None
    return value, places


def read_task(path: Path) -> tuple[TaskSpec, Places, str]:
    """The task in a file, where its parts stand, and the file's text.

    Raises:
        TaskFileError: the file cannot be read, or is no task.
    """
    value, places, text = read_yaml(path)
    return parse_task(value, places, file=str(path)), places, text


def parse_task(value: Any, places: Places, *, file: str) -> TaskSpec:
    """The task that a value describes.

    Raises:
        TaskFileError: it is none; names the first part that is wrong.
    """
    if not isinstance(value, dict):
        raise TaskFileError(
            "It holds no task.", file=file, cure="See what one may say: dragoman run --schema"
        )
    try:
        return TaskSpec.model_validate(value)
    except ValidationError as error:
        # pydantic adds that a list of steps is too short when a step in it could not be read.
        found = [item for item in error.errors(include_url=False) if item["type"] != "too_short"]
        first = (found or error.errors(include_url=False))[0]
        line, column, where = locate(first["loc"], places)
        more = f" ({len(found) - 1} more are wrong.)" if len(found) > 1 else ""
        raise TaskFileError(
            f"{where or 'task'}: {first['msg'].removeprefix('Value error, ')}.{more}",
            file=file,
            line=line,
            column=column,
            cure="See what a task may say: dragoman run --schema",
        ) from None


def locate(path: tuple[str | int, ...], places: Places) -> tuple[int, int, str]:
    """Line, column and name of what stands at `path`, or of the nearest part around it."""
    known: tuple[str | int, ...] = ()
    for part in path:
        if (*known, part) in places:  # parts that are not there: pydantic's names of unions
            known = (*known, part)
    line, column = places.get(known, (0, 0))
    missing = [path[-1]] if path and path[-1] not in known and isinstance(path[-1], str) else []
    return line, column, ".".join(str(part) for part in (*known, *missing))


def _value(  # noqa: C901 - a case for each kind of node
    loader: _Loader, node: Any, path: tuple[str | int, ...], places: Places, file: str
) -> Any:
    places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if len(path) > _DEEPEST:
        raise _wrong("It is nested too deeply.", node, file)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(loader, item, (*path, index), places, file)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, item in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _wrong("A key must be a text.", key_node, file)
            key = key_node.value
            if key in found:
                raise _wrong(f"The key {key!r} is there twice.", key_node, file)
            places[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            found[key] = _value(loader, item, (*path, key), places, file)
        return found
    if node.tag not in {
        f"tag:yaml.org,2002:{kind}" for kind in ("str", "bool", "null", "int", "float")
    }:
        raise _wrong(f"The tag {node.tag} is not read in a task file.", node, file)
    if node.tag.endswith(":int"):
        if len(node.value) > 40:
            raise _wrong("The number is too long.", node, file)
        return int(node.value)
    if node.tag.endswith(":float"):
        return float(node.value)
    return loader.construct_object(node)


def _wrong(message: str, at: Any, file: str) -> TaskFileError:
    mark = at.start_mark
    return TaskFileError(message, file=file, line=mark.line + 1, column=mark.column + 1)
