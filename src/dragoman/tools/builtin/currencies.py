"""Currencies by the names that people give them, in any of the profiles' languages."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from dragoman.errors import InvalidInputError
from dragoman.languages import parse_quantity, profiles

# What the word alone means to most; "peso", "franc" or "rupee" alone mean nothing certain.
_SHORT = {
    "yen": "JPY", "won": "KRW", "yuan": "CNY", "renminbi": "CNY", "euro": "EUR", "euros": "EUR",
    "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP", "sterling": "GBP",
    "ポンド": "GBP", "파운드": "GBP", "英镑": "GBP", "英鎊": "GBP", "ユーロ": "EUR", "유로": "EUR",
    "欧元": "EUR", "歐元": "EUR", "韩元": "KRW", "韓元": "KRW", "ウォン": "KRW", "元": "CNY",
    "人民元": "CNY", "위안": "CNY", "台币": "TWD", "台幣": "TWD", "新台幣": "TWD", "臺幣": "TWD",
    "港币": "HKD", "港幣": "HKD", "港元": "HKD", "baht": "THB", "バーツ": "THB", "바트": "THB",
    "泰铢": "THB", "泰銖": "THB", "dong": "VND", "rupiah": "IDR", "ringgit": "MYR",
}  # fmt: skip


def find_currency(name: str) -> str:
    """ISO 4217 code of ``USD``, ``€``, ``円``, ``米ドル`` or ``دولار``; empty when it is none."""
    folded = _folded(name)
    if len(folded) == 3 and folded.upper() in _codes():
        return folded.upper()
    if folded in _SHORT:
        return _SHORT[folded]
    if found := _names().get(folded):
        return found
    try:
        return parse_quantity(f"1 {name}", "en").currency
    except InvalidInputError:
        return ""


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    from babel.numbers import list_currencies  # noqa: PLC0415 - Babel takes 50 ms

    return frozenset(list_currencies())


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """CLDR's names that mean one currency only."""
    from babel import Locale  # noqa: PLC0415 - as above

    names: defaultdict[str, set[str]] = defaultdict(set)
    for profile in profiles():
        locale = Locale.parse(profile.tag, sep="-")
        for code, name in locale.currencies.items():
            names[_folded(name)].add(code)
    return {name: next(iter(codes)) for name, codes in names.items() if len(codes) == 1}


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
