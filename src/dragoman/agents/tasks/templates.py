"""References in values: ``${{ inputs.name }}``, alone or inside a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dragoman.agents.tasks.expression import Parsed, parse
from dragoman.errors import TaskReferenceError

_REFERENCE = re.compile(r"\$\$\{\{|\$\{\{(.*?)\}\}", re.DOTALL)
_WHOLE = re.compile(r"\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*", re.DOTALL)


def references(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Parsed]]:
    """Every expression in `value`, with the path of the text that it stands in.

    Raises:
        TaskReferenceError: one cannot be read.
    """
    if isinstance(value, str):
        for match in _REFERENCE.finditer(value):
            if match[1] is not None:
                yield path, parse(match[1])
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from references(item, (*path, index))


def filled(value: Any, scope: Mapping[str, Any]) -> Any:
    """`value` with what its references lead to; one that stands alone keeps its type.

    Raises:
        TaskReferenceError: a reference leads nowhere.
    """
    if isinstance(value, Mapping):
        return {key: filled(item, scope) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, scope) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _WHOLE.fullmatch(value):
        return parse(whole[1]).value(scope)

    def text(match: re.Match[str]) -> str:
        if match[1] is None:
            return "${{"
        found = parse(match[1]).value(scope)
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return _REFERENCE.sub(text, value)


def filled_where_known(value: Any, scope: Mapping[str, Any]) -> Any:
    """`value` with the references that can be followed already; the others stay as they are."""
    if isinstance(value, Mapping):
        return {key: filled_where_known(item, scope) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled_where_known(item, scope) for item in value]
    try:
        return filled(value, scope)
    except TaskReferenceError:
        return value
