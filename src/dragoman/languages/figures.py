"""The figures that a text states, so that texts can be compared whatever way they write them.

``１２，０００円``, ``1.2万円``, ``一万二千円`` and ``12.000 ¥`` state the same figure; so do
``令和7年``, ``พ.ศ. 2568`` and 2025.
"""

from __future__ import annotations

import re
import unicodedata

from dragoman.errors import InvalidInputError
from dragoman.languages.calendars import BUDDHIST_OFFSET, ERA_YEARS, from_hijri
from dragoman.languages.quantities import parse_eastern

_FIGURE = re.compile(
    r"(?<![0-9+])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])(?:[.,٫][0-9]{1,2}(?![0-9]))?"  # 12 000,50
    r"|[0-9]+(?:[.,:٬٫][0-9]+)*"
)
_CENTS = re.compile(r"[.,٫]([0-9]{1,2})$")
_DAY = re.compile(r"(?<![0-9.])([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![0-9])")  # 05.03.2025
_POWERS = "十百千万萬億亿兆만억조천백십"
# Digits before a power, with more of them after it: 1.2万, 3億5,000万, 3억 5000만. Without any
# digit, at least two signs of which one is a power: 三十, 二千五百.
_EASTERN = re.compile(
    rf"[0-9][0-9.,]*[{_POWERS}]+(?:\s?[0-9][0-9.,]*[{_POWERS}]+)*(?:[0-9]+(?:,[0-9]{{3}})*)?"
    r"|(?=[一二三四五六七八九]+[十百千万萬億亿]|十[一二三四五六七八九])"
    r"[〇一二三四五六七八九十百千万萬億亿兆]{2,}"
)
_ERA = re.compile(rf"({'|'.join(ERA_YEARS)})([0-9]{{1,2}}|元|[一二三四五六七八九十]{{1,3}})(?=年)")
_LATIN_ERA = re.compile(r"\b(Reiwa|Heisei|Shōwa|Taishō|Meiji) ([0-9]{1,2})\b")
_BUDDHIST = re.compile(r"(?:พ\.ศ\.|พุทธศักราช)\s?([0-9]{4})")


def figures(text: str) -> set[str]:
    """The figures in `text`: ASCII digits without separators or leading zeros, years Gregorian."""
    text = "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in unicodedata.normalize("NFKC", text)
    )
    text = from_hijri(text)
    text = _ERA.sub(_gregorian, text)
    text = _LATIN_ERA.sub(_gregorian, text)
    text = _BUDDHIST.sub(lambda year: str(int(year[1]) - BUDDHIST_OFFSET), text)
    text = _EASTERN.sub(_plain, text)
    return {_bare(found) for found in _FIGURE.findall(_DAY.sub(r"\1 / \2 / \3", text))}


def _bare(figure: str) -> str:
    """The digits of `figure`, without what changes nothing of its value: 012.50 is 12.5."""
    figure = _CENTS.sub(lambda cents: "." + cents[1].rstrip("0"), figure)
    return re.sub(r"[^0-9]", "", figure).lstrip("0") or "0"


def _gregorian(year: re.Match[str]) -> str:
    counted = 1 if year[2] == "元" else int(parse_eastern(year[2]))
    return str(ERA_YEARS[year[1]] + counted - 1)


def _plain(number: re.Match[str]) -> str:
    try:
        value = parse_eastern(number.group())
    except InvalidInputError:
        return number.group()
    return f" {value.normalize():f} "
