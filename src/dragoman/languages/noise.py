"""What has no language of its own: code, addresses, paths, handles and ids.

They become spaces before a text's language is looked for, so that offsets stay what they were.
"""

from __future__ import annotations

import re

# A text without any of these needs no masking, which is most short questions.
_SIGNS = re.compile(r"[`@#/\\_\d<$]|\w\.\w")
_NOISE = re.compile(
    r"```.*?(?:```|\Z)"  # fenced code, also while it is still being written
    r"|`[^`\n]+`"
    r"|</?[A-Za-z][^<>\n]*>"
    r"|(?:https?|ftp|file)://[^\s<>()（）「」『』、。，]+"
    r"|\bwww\.[^\s<>()（）「」『』、。，]+"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<![A-Za-z0-9.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){0,6}"
    r"\.(?:com|org|net|io|dev|app|gov|edu|co|jp|cn|tw|hk|kr|de|fr|ru|sa|ir)(?![A-Za-z0-9])"
    r"|(?:[A-Za-z]:)?(?:[\\/][\w.-]+){2,}"
    r"|[@#][A-Za-z0-9_]+"
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{1,80}\.(?:py|js|ts|json|ya?ml|toml|md|txt|pdf|docx?|xlsx?|csv|html?|png|jpe?g|exe|sh)\b"
    r"|(?<![A-Za-z0-9])[A-Za-z]+\([^()\n]*\)"  # a call
    r"|(?<![A-Za-z0-9])[A-Za-z]+(?:_[A-Za-z0-9]+)+"  # snake_case
    # an id: letters and digits in one piece, with or without hyphens
    r"|(?<![A-Za-z0-9-])(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*",
    re.DOTALL,
)

_QUOTED = re.compile(
    r"“[^“”\n]+”|„[^„“”\n]+[“”]|«[^«»\n]+»|\"[^\"\n]+\"|「[^「」\n]+」|『[^『』\n]+』|《[^《》\n]+》"
)


def silence(text: str) -> str:
    """`text` with spaces in place of everything that is nobody's language."""
    return _NOISE.sub(_blank, text) if _SIGNS.search(text) else text


def outside_quotes(text: str) -> str:
    """`text` with spaces in place of what it quotes, which others may have said."""
    return _QUOTED.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())
