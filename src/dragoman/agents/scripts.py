"""Rule out foreign scripts while a reply is written.

Qwen models drift into Chinese, and copy the script of their sources. Where the script tells the
languages apart, a JSON schema's pattern makes the drift impossible to write: the decoder never
offers those characters.
"""

from __future__ import annotations

from typing import Any

from dragoman.languages import profile

_RANGES = {
    "Han": r"\u3400-\u9fff",
    "Kana": r"\u3041-\u30ff",
    "Hangul": r"\u1100-\u11ff\uac00-\ud7af",
    "Arabic": r"\u0600-\u06ff\u0750-\u077f",
    "Cyrillic": r"\u0400-\u04ff",
    "Thai": r"\u0e00-\u0e7f",
    "Devanagari": r"\u0900-\u097f",
}
_OWN = {
    "Hans": {"Han"},
    "Hant": {"Han"},
    "Jpan": {"Han", "Kana"},
    "Kore": {"Hangul"},
    "Arab": {"Arabic"},
    "Cyrl": {"Cyrillic"},
    "Thai": {"Thai"},
    "Deva": {"Devanagari"},
}


def only_in_script(language: str, *, longest: int = 1500) -> dict[str, Any]:
    """JSON schema of a string without the scripts that `language` is not written in.

    Latin letters stay allowed everywhere: ids, units and product names are written in them.

    Args:
        language: BCP-47 tag of the reply.
        longest: Most characters of the string.
    """
    own = _OWN.get(profile(language).script, set())
    foreign = "".join(ranges for name, ranges in _RANGES.items() if name not in own)
    return {"type": "string", "pattern": f'^[^{foreign}"\\\\]{{1,{longest}}}$'}
