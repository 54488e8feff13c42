"""Put stable names in the place of personal data, and the data back in the place of the names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dragoman.privacy.find import find

_NAME = re.compile(r"\[(?:ID|PHONE|CARD|EMAIL)_\d+\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A text without personal data, and what stood in it."""

    text: str
    """The text, with a name such as ``[PHONE_1]`` for each datum."""

    data: Mapping[str, str]
    """The data by name."""


def mask(text: str, known: Mapping[str, str] | None = None) -> Masked:
    """Mask `text`; the same datum has the same name wherever it stands.

    Args:
        text: Any text. Names in it that are nobody's stay as they are.
        known: Data that have names already, as `Masked.data` of an earlier text of the thread.
    """
    data = dict(known or {})
    names = {datum: name for name, datum in data.items()}
    taken = {*data, *_NAME.findall(text)}  # nobody gets at another's data by writing its name
    parts: list[str] = []
    at = 0
    for found in find(text):
        name = names.get(found.text)
        if name is None:
            name = _free(found.kind.upper(), taken)
            taken.add(name)
            names[found.text], data[name] = name, found.text
        parts += [text[at : found.start], name]
        at = found.end
    return Masked(text="".join([*parts, text[at:]]), data=data)


def restore(text: str, data: Mapping[str, str]) -> str:
    """`text` with the data in the place of their names."""
    return _NAME.sub(lambda name: data.get(name[0], name[0]), text)


def _free(kind: str, taken: set[str]) -> str:
    number = 1
    while f"[{kind}_{number}]" in taken:
        number += 1
    return f"[{kind}_{number}]"
