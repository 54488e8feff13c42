"""What the conversation and the user's locale add to what a text says.

A text that says little, such as an order number, ``OK`` or the name of a product, is in the
thread's language, and its confidence says that this was not heard but assumed.
"""

from __future__ import annotations

from functools import lru_cache

from dragoman.errors import InvalidInputError
from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection

ASSUMED = 0.4
"""Highest confidence of a language that was taken from the context."""

UNSURE = 0.5
"""Below this, a text's own language counts as unknown where the context has one."""

# Letters (see `scripts`) that a text needs to leave the thread's language. Latin letters may be a
# name or a product, and two or three words of English are at home everywhere.
_LEAVE_FOR_LATIN = 9.0
_LEAVE = 3.0

_SCRIPTS = {
    "zh-Hans": "Hans", "zh-Hant": "Hant", "yue": "Hant", "ja": "Jpan", "ko": "Kore", "th": "Thai",
    "hi": "Deva", "ru": "Cyrl", "uk": "Cyrl", "ar": "Arab", "fa": "Arab", "ur": "Arab",
}  # fmt: skip


@lru_cache(maxsize=256)
def tag_of(locale: str | None) -> str | None:
    """The language among ours that a locale such as ``zh_TW`` or ``pt-BR`` means, or None."""
    if not locale or locale == UNDETERMINED:
        return None
    if locale in FAMILIES:
        return locale
    from dragoman.languages.profiles import resolve_tag  # noqa: PLC0415 - reads a file, seldom

    try:
        return resolve_tag(locale)
    except InvalidInputError:
        return None  # a locale that we do not serve tells nothing about what somebody wrote


def script_of(tag: str) -> str:
    """ISO 15924 code of the script that `tag` is written in."""
    return _SCRIPTS.get(tag, "Latn")


def in_context(
    tag: str,
    confidence: float,
    *,
    script: str,
    evidence: float,
    thread: str | None,
    hint: str | None,
) -> Detection:
    """The detection of a text that by itself is in `tag`.

    Args:
        tag: What the text itself says, or ``und``.
        confidence: How sure that is, 0 to 1.
        script: Script of the text's letters, empty when it has none.
        evidence: How much the text says, in letters.
        thread: Tag of the conversation so far.
        hint: Tag of the user's locale.
    """
    around = thread or hint
    if tag == UNDETERMINED:
        confidence = 0.0
    if around and around != tag and (confidence < UNSURE or _says_little(tag, around, evidence)):
        tag, confidence = around, min(confidence, ASSUMED)
    shown = script_of(tag) if _fits(tag, script) else (script or "Zyyy")
    return Detection(
        tag=tag,
        script=shown,
        family=FAMILIES.get(tag, "other"),
        confidence=confidence if tag != UNDETERMINED else 0.0,
    )


def _says_little(tag: str, around: str, evidence: float) -> bool:
    if script_of(tag) == "Latn":
        return evidence < _LEAVE_FOR_LATIN
    return script_of(tag) != script_of(around) and evidence < _LEAVE


def _fits(tag: str, script: str) -> bool:
    """Whether a text in `script` can be in `tag`."""
    own = script_of(tag)
    if script in {"Hani", "Jpan", "Kana"}:
        return own in {"Hans", "Hant", "Jpan"}
    return script == "Hang" if own == "Kore" else own == script
