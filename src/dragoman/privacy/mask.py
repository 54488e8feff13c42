"""Put stable names in the place of personal data, and the data back in the place of the names.

A name is letters, digits and ``_`` alone (``JP_PHONE_1``), because that is what small models copy:
of brackets around it, Qwen2.5-Coder 1.5B took some away in calls (docs/privacy.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dragoman.privacy.find import Found, find

KINDS = ("id", "phone", "card", "email", "person", "place", "account", "other")
"""Kinds of personal data that a name can be of; the last four come from other finders."""

Find = Callable[[str], Sequence[Found]]

_NAME = re.compile(
    rf"(?<![A-Za-z0-9_])(?:[A-Z]{{2}}_)?(?:{'|'.join(KINDS).upper()})_[1-9]\d{{0,5}}(?!\d)"
)
_BEGUN = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{0,15}\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A text without personal data, and what stood in it."""

    text: str
    """The text, with a name such as ``JP_PHONE_1`` for each datum."""

    data: Mapping[str, str]
    """The data by name. A name that stood in the text already, and is nobody's, stands for
    itself, so that no datum is ever given it."""


def mask(text: str, known: Mapping[str, str] | None = None, *, find: Find = find) -> Masked:
    """Mask `text`; the same datum has the same name wherever it stands.

    What has been masked is not masked again: the names in it stay.

    Args:
        text: Any text.
        known: Data that have names already, as `Masked.data` of an earlier text of the thread.
        find: What finds personal data.
    """
    data = dict(known or {})
    for name in _NAME.findall(text):
        data.setdefault(name, name)
    names = {datum: name for name, datum in data.items()}
    inside = bytearray(len(text))  # a finder may take a name for something of a person
    for written in _NAME.finditer(text):
        inside[written.start() : written.end()] = b"\1" * (written.end() - written.start())
    parts: list[str] = []
    at = 0
    for found in find(text):
        if any(inside[found.start : found.end]):
            continue
        if found.text not in names:
            name = names[found.text] = _free(found, data)
            data[name] = found.text
        parts += [text[at : found.start], names[found.text]]
        at = found.end
    return Masked(text="".join([*parts, text[at:]]), data=data)


def restore(text: str, data: Mapping[str, str]) -> str:
    """`text` with the data in the place of their names."""
    return _NAME.sub(lambda name: data.get(name[0], name[0]), text)


def hide(text: str, data: Mapping[str, str]) -> str:
    """`text` with names in the place of data that are known already, the longest datum first."""
    for name, datum in sorted(data.items(), key=lambda item: -len(item[1])):
        text = text.replace(datum, name)
    return text


def has_names(text: str) -> bool:
    """Whether something in `text` has the form of a name."""
    return _NAME.search(text) is not None


class Restoring:
    """`restore` for a text that comes in pieces: a name may be split over several.

    Usage:
        restoring = Restoring(data)
        shown = "".join(map(restoring.feed, pieces)) + restoring.rest()
    """

    def __init__(self, data: Mapping[str, str]) -> None:
        """Begin; `data` is looked up when a name is complete, so it may grow."""
        self._data = data
        self._held = ""

    def feed(self, piece: str) -> str:
        """As much of the text as is known; what may be the beginning of a name is held back."""
        text = self._held + piece
        begun = _BEGUN.search(text)
        end = begun.start() if begun else len(text)
        self._held = text[end:]
        return restore(text[:end], self._data)

    def rest(self) -> str:
        """What was held back when the text is over."""
        held, self._held = self._held, ""
        return restore(held, self._data)


def _free(found: Found, taken: Mapping[str, str]) -> str:
    kind = f"{found.country}_{found.kind}".strip("_").upper()
    number = 1 + sum(name.startswith(f"{kind}_") for name in taken)
    while f"{kind}_{number}" in taken:
        number += 1
    return f"{kind}_{number}"
