"""Ids and addresses in arguments must have been said by somebody: a small model likes to invent.

Asked to track "my parcel", a small model fills the order id with the one of an example. So what
looks like an id is compared with everything that was said: the user's words, the passages and the
results of the turn. What nobody has said is not called with; the user is asked instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dragoman.languages.figures import figures
from dragoman.tools import Tool

_ID_NAME = re.compile(
    r"(?:^|_)(?:id|ids|e?mail|phone|mobile|tel|sku|iban|serial|tracking|account|reference|ref"
    r"|(?:order|ticket|invoice|case|booking|customer|parcel|part)(?:_(?:no|nr|number|code))?)$",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.\w+")
# Letters and digits in one word (A-2209, RC300), or digits too long for a date, time or amount.
_ID_LIKE = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{3,40}(?![\w-])|\d{7,}")
_PLACEHOLDER = re.compile(
    r"\s*(?:|<.*>|\[.*\]|\{.*\}|\.\.\.|…|\?+|-+|x{2,}|n/?a|none|null|nil|unknown|undefined|string|"
    r"tbd|missing|your[ _][\w ]{1,20}|the[ _](?:order|user|customer)[ _][\w ]{1,20}|"
    r"example[\w ]{0,20})\s*",
    re.IGNORECASE,
)

_SAID_IN_WORDS = 12
"""Numbers up to here are often written as words, in any of 24 languages."""


def ungrounded(tool: Tool, arguments: Mapping[str, Any], said: Iterable[str]) -> list[str]:
    """Names of the arguments that hold what nobody has said, in the schema's order.

    Args:
        tool: The tool that is to be called.
        arguments: As the planner wrote them; references such as ``$1.id`` count as said.
        said: Everything that may be copied from.
    """
    heard = Heard(said)
    properties = tool.schema["properties"]
    return [
        name
        for name, schema in properties.items()
        if name in arguments and not _is_said(name, schema, arguments[name], tool, heard)
    ]


class Heard:
    """What was said, folded so that width, case, spaces and dashes make no difference."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Fold `texts` once."""
        whole = "\n".join(texts)
        self._text = _folded(whole)
        self._figures = figures(whole)
        self._digits = "".join(re.findall(r"\d", self._text))

    def __contains__(self, value: str) -> bool:
        folded = _folded(value)
        if folded in self._text:
            return True
        digits = "".join(re.findall(r"\d", folded))
        # A phone number may have been written in groups, with a country code or without.
        return len(digits) >= 7 and digits == folded.lstrip("+") and digits in self._digits

    def has_figure(self, value: float) -> bool:
        """Whether a number was said in any digits; a small one may have been said in words."""
        return abs(value) <= _SAID_IN_WORDS or bool(figures(f"{value:g}") & self._figures)


def ids_in(text: str) -> list[str]:
    """What looks like an id or an e-mail address in `text`."""
    shown = unicodedata.normalize("NFKC", text)
    emails = _EMAIL.findall(shown)
    return emails + _ID_LIKE.findall(_EMAIL.sub(" ", shown))


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for something that is not known: empty, ``unknown``, ``<id>``."""
    return _PLACEHOLDER.fullmatch(value) is not None


def _is_said(name: str, schema: Mapping[str, Any], value: Any, tool: Tool, heard: Heard) -> bool:
    if schema.get("type") in {"number", "integer"} and isinstance(value, int | float):
        return heard.has_figure(value)
    if not _is_free_text(schema):
        return True
    texts = [text for text in _texts(value) if not text.lstrip().startswith("$")]
    if name in tool.identifiers or _ID_NAME.search(name):
        return all(not is_placeholder(text) and text in heard for text in texts)
    required = name in tool.schema.get("required", ())
    return all(
        not (required and is_placeholder(text)) and all(found in heard for found in ids_in(text))
        for text in texts
    )


def _is_free_text(schema: Mapping[str, Any]) -> bool:
    if schema.get("type") == "array":
        return _is_free_text(schema.get("items", {}))
    return schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _folded(text: str) -> str:
    shown = unicodedata.normalize("NFKC", text).casefold()
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in shown)
    return re.sub(r"[ \t\-‐-―_.]", "", digits)
