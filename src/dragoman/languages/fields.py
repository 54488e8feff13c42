"""What people call the things that a request must say: ``order_id`` is ご注文番号 in Japanese.

Usage:
    >>> field_name("order_id", "ja")
    'ご注文番号'
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from babel.lists import format_list

from dragoman.languages.profiles import profile


def field_name(argument: str, tag: str) -> str | None:
    """The word for an argument in a language; ``None`` when there is none.

    The whole name is looked for, then its endings: ``new_delivery_address`` is an address.
    """
    words = [word for word in re.split(r"[\s_-]+", argument.casefold()) if word]
    for start in range(len(words)):
        found = _fields().get("_".join(words[start:]))
        if found:
            return found[profile(tag).tag]
    return None


def ask_for(arguments: list[str], tag: str) -> str:
    """A polite request, in the language, to say what is missing.

    Args:
        arguments: Names of arguments; one without a word in the language is shown as it is.
        tag: BCP-47 tag of the language.
    """
    names = [field_name(name, tag) or name.replace("_", " ") for name in arguments]
    distinct = list(dict.fromkeys(names))
    listed = format_list(distinct, locale=profile(tag).locale)
    return profile(tag).replies.ask_for.format(fields=listed)


@cache
def _fields() -> dict[str, dict[str, str]]:
    import yaml  # noqa: PLC0415 - read only when something is asked for

    text = files("dragoman.languages").joinpath("fields.yaml").read_text("utf-8")
    return {
        name: entry["words"] for entry in yaml.safe_load(text).values() for name in entry["names"]
    }
