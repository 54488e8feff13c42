"""Which script a character belongs to: the one table of the scripts that we meet.

How much a run of letters says is in `weighing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, cast

Script = Literal["Hani", "Kana", "Hang", "Arab", "Cyrl", "Thai", "Deva", "Latn", "Grek", "Hebr"]

# Letters and the marks that belong to them. Ideographs include the iteration marks 々 and 〆, kana
# the long vowel mark; combining accents (U+0300 on) count as Latin, where they are mostly used.
CLASSES: dict[Script, str] = {
    "Hani": "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
    "Kana": "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Hang": "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb",
    "Arab": "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef"
    "\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Cyrl": "\u0400-\u052f\u1c80-\u1c88",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Deva": "\u0900-\u0963\u0971-\u097f",
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
    "\uff21-\uff3a\uff41-\uff5a",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebr": "\u0590-\u05ff",
}
"""The inside of a regular expression's character class for each script."""

WRITTEN_IN: dict[str, frozenset[Script]] = {
    "Hans": frozenset({"Hani"}),
    "Hant": frozenset({"Hani"}),
    "Jpan": frozenset({"Hani", "Kana"}),
    "Kore": frozenset({"Hang"}),
    "Arab": frozenset({"Arab"}),
    "Latn": frozenset({"Latn"}),
    "Cyrl": frozenset({"Cyrl"}),
    "Thai": frozenset({"Thai"}),
    "Deva": frozenset({"Deva"}),
}
"""The letters of a language's script, by the ISO 15924 code that its profile names."""

SOLE: dict[Script, str] = {"Hang": "ko", "Thai": "th", "Deva": "hi", "Kana": "ja"}
"""Scripts that one language of ours is written in."""

_RUNS = re.compile("|".join(f"(?P<{name}>[{inside}]+)" for name, inside in CLASSES.items()))


def runs(text: str) -> Iterator[tuple[Script, int, int]]:
    """The runs of letters of one script in `text`: script, start and end."""
    for match in _RUNS.finditer(text):
        yield cast("Script", match.lastgroup), match.start(), match.end()


def counts(text: str) -> dict[Script, int]:
    """How many letters of each script `text` has; scripts without any are left out."""
    found: dict[Script, int] = {}
    for script, start, end in runs(text):
        found[script] = found.get(script, 0) + end - start
    return found
