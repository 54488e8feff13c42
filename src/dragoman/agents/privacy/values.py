"""Values of any shape with every text in them changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from dragoman.tools.call import as_plain

_LONG_NUMBER = 10**8
"""From here on a whole number may be that of a phone, a card or a person."""


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with `change` applied to each text in it; names of fields stay.

    Dataclasses stay what they are; other objects become JSON data. A long whole number that changes
    as a text becomes that text.
    """
    return _walked(value, change, lambda number: _number(number, change))


def changed_texts(value: Any, change: Callable[[str], str]) -> Any:
    """`changed`, but for numbers, which stay what they are."""
    return _walked(value, change, lambda number: number)


def _walked(  # noqa: PLR0911 - one for each shape
    value: Any, change: Callable[[str], str], number: Callable[[int], int | str]
) -> Any:
    if isinstance(value, str):
        return change(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return number(value)
    if isinstance(value, Mapping):
        return {name: _walked(item, change, number) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_walked(item, change, number) for item in value])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _walked(getattr(value, field.name), change, number)
            for field in dataclasses.fields(value)
            if field.init
        }
        return dataclasses.replace(value, **fields)
    return _walked(as_plain(value), change, number)


def _number(value: int, change: Callable[[str], str]) -> int | str:
    text = str(value)
    new = change(text) if abs(value) >= _LONG_NUMBER else text
    return value if new == text else new
