"""Codes of countries and currencies, read from their names in any of our languages.

Usage:
    >>> currency_code("円", "ja"), country_code("일본", "ko")
    ('JPY', 'JP')
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

from dragoman.errors import InvalidInputError
from dragoman.languages.profiles import profile
from dragoman.languages.quantities import currency_of

_COUNTRY = re.compile(r"[A-Z]{2}")


def currency_code(text: str, tag: str) -> str:
    """The ISO 4217 code of a currency that is named, signed or coded in `text`.

    Raises:
        InvalidInputError: it is no currency.
    """
    name = _folded(text)
    known = _currencies("en")
    if name.upper() in known.values():
        return name.upper()
    found = currency_of(name, tag) or _currencies(tag).get(name) or known.get(name)
    if found is None:
        raise InvalidInputError(
            f"{text!r} is not a currency.", cure="Use an ISO 4217 code such as JPY or EUR."
        )
    return found


def country_code(text: str, tag: str) -> str:
    """The ISO 3166 code of a country that is named or coded in `text`.

    Raises:
        InvalidInputError: it is no country.
    """
    name = _folded(text)
    known = _countries("en")
    if name.upper() in known.values():
        return name.upper()
    found = _countries(tag).get(name) or known.get(name)
    if found is None:
        raise InvalidInputError(
            f"{text!r} is not a country.", cure="Use an ISO 3166 code such as JP or DE."
        )
    return found


@cache
def _currencies(tag: str) -> dict[str, str]:
    locale = Locale.parse(profile(tag).locale)
    return {_folded(name): code for code, name in locale.currencies.items()}


@cache
def _countries(tag: str) -> dict[str, str]:
    locale = Locale.parse(profile(tag).locale)
    return {
        _folded(name): code
        for code, name in locale.territories.items()
        if _COUNTRY.fullmatch(code) and code not in {"EU", "UN", "EZ", "ZZ", "XA", "XB", "QO"}
    }


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(" .")
