"""How each language wants to be treated: one `LanguageProfile` for each, read from one data file.

Usage:
    >>> profile("ja").endonym
    '日本語'
    >>> profile("pt-PT").tag
    'pt'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from dragoman.errors import InvalidInputError
from dragoman.languages.detection import Family

Direction = Literal["ltr", "rtl"]

# Tags that mean one of ours without beginning with it: regions of Chinese, and older codes.
_ALIASES = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-my": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-yue": "yue",
    "cmn-hans": "zh-Hans",
    "cmn-hant": "zh-Hant",
    "cmn": "zh-Hans",
    "in": "id",
    "zsm": "ms",
    "pes": "fa",
    "arb": "ar",
}

# Languages that the readers of another one read as well, the nearest first.
_READ_AS_WELL = {
    "zh-Hans": ("zh-Hant", "yue"),
    "zh-Hant": ("yue", "zh-Hans"),
    "yue": ("zh-Hant", "zh-Hans"),
    "id": ("ms",),
    "ms": ("id",),
}

# Languages that write without spaces, or join articles, prepositions and endings to a word.
_JOINS_WORDS = frozenset({"zh-Hans", "zh-Hant", "yue", "ja", "ko", "th", "ar", "fa", "ur"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Replies:
    """What is said in the language itself when no model should speak."""

    not_found: str
    """The documents do not contain the answer."""

    hand_over: str
    """A person takes over."""

    please_repeat: str
    """The question was not understood."""

    partial: str
    """Only a part could be done; what is known follows."""

    error: str
    """Something failed on our side."""

    results: str
    """What was found follows."""

    sources_heading: str
    """Heading above a list of sources."""

    greeting: str
    """Answer to a greeting."""

    thanks: str
    """Answer to thanks."""

    ask_for: str
    """Asks for what is missing; ``{fields}`` stands for its names."""

    awaiting_approval: str
    """A person must agree first; ``{action}`` stands for what is to be done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageProfile:
    """Everything that differs from language to language, apart from code.

    Usage:
        profile("ar").direction  # "rtl"
        profile("ko").replies.not_found
    """

    tag: str
    """BCP-47 tag, for example ``zh-Hant``."""

    name_en: str
    """English name, for logs and for prompts that are written in English."""

    endonym: str
    """The language's own name for itself."""

    script: str
    """ISO 15924 code, for example ``Jpan``."""

    direction: Direction
    """Which way the text runs."""

    family: Family
    """Branch of the assistant that serves the language."""

    locale: str
    """Locale for dates, numbers and currency, in Babel's spelling, for example ``pt_BR``."""

    currency: str
    """ISO 4217 code of the currency that an amount without one is taken to be in."""

    sentence_ends: str
    """Characters that end a sentence."""

    quotes: tuple[tuple[str, str], ...]
    """Pairs of quotation marks, the usual one first."""

    register: str
    """How a stranger is addressed politely, said in the language itself."""

    analyzer: str
    """How text is cut into lexical terms; see `dragoman.languages.text.analyze`."""

    characters_per_token: float
    """Characters of running text in one token of the Qwen tokenizer, measured."""

    answer_instruction: str
    """What a writer is told, in the language: this language, this register, brief."""

    rewrite_instruction: str
    """What a model is told, in the language, when its answer was not in the language."""

    replies: Replies
    """What is said when no model should speak."""


def readable(tag: str) -> tuple[str, ...]:
    """The language of a profile's tag, and those that its readers read as well, nearest first."""
    return (tag, *_READ_AS_WELL.get(tag, ()))


def joins_words(tag: str) -> bool:
    """Whether a phrase of the language may be a part of a longer run of letters.

    It writes without spaces, or joins articles, prepositions and endings to a word.
    """
    return tag in _JOINS_WORDS


def profile(tag: str) -> LanguageProfile:
    """The profile for `tag`, which may carry a region or be an older code.

    Raises:
        InvalidInputError: no language of ours answers to `tag`.
    """
    return _profiles()[resolve_tag(tag)]


def profiles() -> tuple[LanguageProfile, ...]:
    """All profiles, in the order of the data file."""
    return tuple(_profiles().values())


def resolve_tag(tag: str) -> str:
    """The tag among ours that `tag` means: ``zh_TW`` is ``zh-Hant``, ``pt-PT`` is ``pt``.

    Raises:
        InvalidInputError: no language of ours answers to `tag`.
    """
    known = {name.lower(): name for name in _profiles()}
    parts = tag.strip().replace("_", "-").lower().split("-")
    while parts:
        name = "-".join(parts)
        found = known.get(name) or _ALIASES.get(name)
        if found:
            return found
        parts.pop()
    raise InvalidInputError(
        f"{tag!r} is not a language that Dragoman knows.",
        cure=f"Use one of: {', '.join(_profiles())}.",
    )


@cache
def _profiles() -> dict[str, LanguageProfile]:
    import yaml  # noqa: PLC0415 - the parser is only needed once the data is

    text = (files("dragoman.languages") / "profiles.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast
    return {tag: _read(tag, entry) for tag, entry in yaml.load(text, Loader=loader).items()}  # noqa: S506 - a safe loader


def _read(tag: str, entry: dict[str, Any]) -> LanguageProfile:
    return LanguageProfile(
        **{
            **entry,
            "tag": tag,
            "quotes": tuple((pair[0], pair[1]) for pair in entry["quotes"]),
            "replies": Replies(**entry["replies"]),
        }
    )
