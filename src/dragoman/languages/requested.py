"""Formats that a question asks for by name, beyond what its language usually writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dragoman.languages.formats import Calendar

_CALENDARS: dict[Calendar, re.Pattern[str]] = {
    "japanese": re.compile(
        r"和暦|和曆|和历|元号|元號|(?:令和|平成|昭和)(?:[0-9０-９一二三四五六七八九十元]+年|何年|で|にする)"
        r"|(?i:\bjapanese (?:era|calendar)\b|\bwareki\b|\breiwa\b)"
    ),
    # Persian هجری شمسی is the solar calendar, which is another one.
    "hijri": re.compile(
        r"هجري|هجری قمری|ہجری|[0-9٠-٩]{4} ?هـ|хиджр|हिजरी"
        r"|(?i:\bhijri(?:ah|yah)?\b|\bhijrah\b|\bhicri\b)"
    ),
    "buddhist": re.compile(
        r"พ\.ศ\.|พุทธศักราช|佛历|佛曆|仏暦|(?i:\bbuddhist (?:era|year|calendar)\b)"
    ),
}
_SHORT = re.compile(
    r"(?:何|幾|几|多少)[十百千]?[万萬億亿]|以[万萬億亿]"
    r"|[万萬億亿](?:元|円|圓|ドル)?(?:単位|单位|單位|で(?:教|答|表|言|書|示))"
    r"|몇\s?[십백천]?\s?[만억]|[만억]\s?원?\s?단위|लाख|करोड़"
    r"|(?i:\b(?:in|en|auf) (?:thousands|millions|billions|millones|Millionen|milioni)\b)"
    r"|в (?:тысячах|миллионах)|بالآلاف|بالملايين"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Formats:
    """What somebody asked for beyond their language's usual formats."""

    calendar: Calendar = "gregorian"
    """The calendar of dates."""

    compact: bool = False
    """Whether large numbers are shortened: ``1.2万``, ``3억``, ``12,3 Millionen``."""


def requested_formats(question: str) -> Formats:
    """The formats that `question` asks for: 和暦, 令和7年, بالتاريخ الهجري, พ.ศ., 何万円, 몇 억.

    Naming them is the only way to ask; nothing is guessed from the language.
    """
    named = (name for name, asked in _CALENDARS.items() if asked.search(question))
    return Formats(calendar=next(named, "gregorian"), compact=bool(_SHORT.search(question)))
