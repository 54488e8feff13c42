"""The language of a text by itself: what its script allows, then what its words say."""

from __future__ import annotations

import re

from dragoman.languages.detection import UNDETERMINED
from dragoman.languages.scripts import CLASSES, SOLE

_READ = frozenset({"Latn", "Cyrl", "Arab", "Hani"})
_KANA = re.compile(f"[{CLASSES['Kana']}]")
_HAN = re.compile(f"[{CLASSES['Hani']}]")
# Kana among Chinese characters, below which a text is asked whether it is Chinese with a の in it.
_FEW_KANA = 0.12


def identify(
    text: str, script: str, *, thread: str | None = None, hint: str | None = None
) -> tuple[str, float]:
    """The likeliest language of `text`, whose letters are mostly of `script`, and its probability.

    Returns:
        A tag among `FAMILIES`, or ``und`` with 0 when the text is in a language that is not.
    """
    if script in SOLE:
        return SOLE[script], 0.99
    if script == "Jpan":
        kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
        if kana > _FEW_KANA * (kana + han):
            return "ja", 0.99
        script = "Hani"
    if script not in _READ:
        return UNDETERMINED, 0.0
    from dragoman.languages.likelihood import decide, scores_of  # noqa: PLC0415 - brings numpy

    columns, scores = scores_of(text, script)
    return decide(columns, scores, thread, hint)
