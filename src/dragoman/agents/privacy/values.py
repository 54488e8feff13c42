"""Values of any shape with every text in them changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from dragoman.tools.call import as_plain

_LONG_NUMBER = 10**8
"""From here on a whole number may be that of a phone, a card or a person."""


def changed(value: Any, change: Callable[[str], str]) -> Any:  # noqa: PLR0911 - one for each shape
    """`value` with `change` applied to each text in it; names of fields stay.

    Dataclasses stay what they are; other objects become JSON data. A long whole number that changes
    as a text becomes that text.
    """
    if isinstance(value, str):
        return change(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        new = change(text) if abs(value) >= _LONG_NUMBER else text
        return value if new == text else new
    if isinstance(value, Mapping):
        return {name: changed(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([changed(item, change) for item in value])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: changed(getattr(value, field.name), change)
            for field in dataclasses.fields(value)
            if field.init
        }
        return dataclasses.replace(value, **fields)
    return changed(as_plain(value), change)
