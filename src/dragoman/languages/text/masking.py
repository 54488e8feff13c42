"""What is nobody's language: code, addresses, ids, and the wording of sources.

Masked characters become spaces, so that offsets stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Where a word of Latin letters begins and ends; `\b` sees no border to a letter of another script.
_LEFT, _RIGHT = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"

# A text without any of these has nothing to blank, which is most short questions.
_SIGNS = re.compile(r"[`~@#/\\_\d<$(]|\w\.\w")
# Every repetition before something required is bounded, so that no text takes quadratic time.
_NEUTRAL_PARTS = (
    r"```.*?(?:```|\Z)",  # fenced code, also while it is still being written
    r"~~~.*?(?:~~~|\Z)",
    r"`[^`\n]{1,500}`",
    r"\$\$.{1,500}?\$\$",
    r"\\\(.{1,500}?\\\)",
    r"\\\[.{1,500}?\\\]",
    r"</?[A-Za-z][^<>\n]{0,500}>",
    _LEFT + r"(?:(?:https?|ftp|file)://|www\.)[!-~]+",
    _LEFT + r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}",
    _LEFT + r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}"
    r"\.(?:com|org|net|io|dev|app|gov|edu|co|jp|cn|tw|hk|kr|de|fr|ru|sa|ir)" + _RIGHT,
    r"(?:[A-Za-z]:)?(?:[\\/][A-Za-z0-9_.-]+){2,}",  # paths
    _LEFT + r"[A-Za-z0-9_-]{1,64}\.(?:py|js|ts|json|ya?ml|toml|md|txt|pdf|docx?|xlsx?"
    r"|csv|html?|png|jpe?g|exe|sh)" + _RIGHT,
    r"[@#][A-Za-z0-9_]+",
    _LEFT + r"[A-Za-z]{1,64}\([!-'*-~]{0,200}\)",  # a call
    _LEFT + r"(?=[A-Za-z0-9_-]{0,64}[0-9])(?=[A-Za-z0-9_-]{0,64}[A-Za-z])"
    r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*",  # ids
    _LEFT + r"[A-Za-z]+(?:_[A-Za-z0-9]+)+",  # snake_case
    r"\[[0-9]+(?:\s*[,，、]\s*[0-9]+)*\]",  # citations
)
_NEUTRAL = re.compile("|".join(_NEUTRAL_PARTS), re.DOTALL)
# In a question, iPhone is a word of another language; in a reply, a name like any id.
_CAMEL_CASE = re.compile(_LEFT + r"[a-z]+[A-Z][A-Za-z]*")
_QUOTED = re.compile(
    r"“([^“”\n]+)”|„([^„“”\n]+)[“”]|«([^«»\n]+)»|‘([^‘’\n]{2,})’|\"([^\"\n]+)\""
    r"|「([^「」\n]+)」|『([^『』\n]+)』|《([^《》\n]+)》|〈([^〈〉\n]+)〉"
)
_BRACKETED = re.compile(r"[(（]([^()（）\n]{1,80})[)）]")
_SPACES = re.compile(r"\s+")

# Longer than this, a text among `ignore` is a source: only what is quoted from it is left out.
_LONGEST_NAME = 60


def silence(text: str) -> str:
    """`text` with spaces in place of everything that is nobody's language."""
    return _NEUTRAL.sub(_blank, text) if _SIGNS.search(text) else text


def outside_quotes(text: str) -> str:
    """`text` with spaces in place of what it quotes, which others may have said."""
    return _QUOTED.sub(_blank, text)


def mask(text: str, ignore: Sequence[str] = ()) -> str:
    """`text` with spaces in place of what has no language, or is not the writer's own.

    Args:
        text: What was written.
        ignore: Names that may stand anywhere, and texts that may be quoted from.
    """
    text = _CAMEL_CASE.sub(_blank, silence(text))
    sources: list[str] = []
    for piece in ignore:
        name = piece.strip()
        if len(name) > _LONGEST_NAME:
            sources.append(_SPACES.sub(" ", name).casefold())
        elif name:
            text = re.sub(_whole(name), _blank, text, flags=re.IGNORECASE)
    if not sources:
        return text

    def blank_if_quoted(match: re.Match[str]) -> str:
        inside = _SPACES.sub(" ", match.group()[1:-1].strip()).casefold()
        return _blank(match) if any(inside in source for source in sources) else match.group()

    return _QUOTED.sub(blank_if_quoted, text)


def asides(text: str) -> list[tuple[int, int]]:
    """Where `text` quotes or glosses something in a few words: “Have a nice day”, (machine…)."""
    found = [match.span() for match in _QUOTED.finditer(text) if len(match.group()) <= 82]
    return found + [match.span() for match in _BRACKETED.finditer(text)]


def blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with spaces in place of `spans`."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _whole(name: str) -> str:
    left = _LEFT if re.match("[A-Za-z0-9]", name) else ""
    right = _RIGHT if re.search("[A-Za-z0-9]$", name) else ""
    return left + re.escape(name) + right


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
