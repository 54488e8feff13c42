"""Results as JSON, for programs that call the command line."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from dragoman.errors import DragomanError


def plain(value: Any) -> Any:
    """The value made of dicts, lists, strings, numbers, booleans and None only.

    Dataclasses become dicts of their fields, errors their code, message and cure. What has no
    JSON form, such as a date in a tool's result, becomes its text.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, DragomanError):
        return value.as_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, bytes | bytearray):
        return [plain(item) for item in value]
    return str(value)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Write one JSON document and a line end to standard output, at once."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()


def print_json_line(value: Any) -> None:
    """Write one line of JSON Lines to standard output."""
    print_json(value, indent=None)
