"""Rule out foreign scripts while a reply is written.

Qwen models drift into Chinese, and copy the script of their sources. Where the script tells the
languages apart, a JSON schema's pattern makes the drift impossible to write: the decoder never
offers those characters.
"""

from __future__ import annotations

from typing import Any

from dragoman.languages import profile
from dragoman.languages.scripts import CLASSES, WRITTEN_IN

# Ids, units and product names are written in these everywhere.
_EVERYWHERE = {"Latn", "Grek"}
_BASIC_PLANE = "\uffff"


def only_in_script(language: str, *, longest: int = 1500) -> dict[str, Any]:
    """JSON schema of a string without the scripts that `language` is not written in.

    Latin and Greek letters stay allowed everywhere: ids, units and product names are written in
    them.

    Args:
        language: BCP-47 tag of the reply.
        longest: Most characters of the string.
    """
    own = WRITTEN_IN[profile(language).script] | _EVERYWHERE
    foreign = "".join(_escaped(inside) for name, inside in CLASSES.items() if name not in own)
    return {"type": "string", "pattern": f'^[^{foreign}"\\\\]{{1,{longest}}}$'}


def _escaped(inside: str) -> str:
    r"""A character class in the four-digit ``\u`` escapes that every grammar engine reads."""
    # Ideographs beyond the basic plane have no such escape, and no model writes them by accident.
    return "".join(
        sign if sign == "-" else f"\\u{ord(sign):04x}" for sign in _within_basic_plane(inside)
    )


def _within_basic_plane(inside: str) -> str:
    end = next((place for place, sign in enumerate(inside) if sign > _BASIC_PLANE), len(inside))
    return inside[:end]
