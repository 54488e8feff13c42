"""Argument types that say more than their JSON form: ids, currencies, countries, synonyms.

Usage:
    @tool(effect="none")
    def quote(order: Id, to: CountryCode, pay_in: CurrencyCode = "JPY") -> str:
        \"\"\"What it costs to send an order to a country.\"\"\"
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from dragoman.errors import InvalidInputError
from dragoman.languages.codes import country_code, currency_code


@dataclass(frozen=True, slots=True)
class Identifier:
    """Marks a text that must have been said by somebody before a call may carry it."""


Id = Annotated[str, Identifier()]
"""An id: copied from what was said or found, never made up."""


@dataclass(frozen=True, slots=True)
class ReadIn:
    """Marks a text that is read in the asker's language, so that ``円`` becomes ``JPY``."""

    read: Callable[[str, str], str]
    """From what was written and the language's tag to the value; raises `InvalidInputError`."""

    def __call__(self, value: object) -> object:
        """Read `value` as English, for callers who know no language; codes stay codes."""
        if not isinstance(value, str):
            return value
        try:
            return self.read(value, "en")
        except InvalidInputError as error:
            raise ValueError(f"{error} {error.cure}") from None


_CURRENCY, _COUNTRY = ReadIn(currency_code), ReadIn(country_code)

CurrencyCode = Annotated[
    str,
    _CURRENCY,
    BeforeValidator(_CURRENCY),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"}),
]
"""An ISO 4217 code; a name or sign in the asker's language (``円``, ``ريال``) becomes its code."""

CountryCode = Annotated[
    str,
    _COUNTRY,
    BeforeValidator(_COUNTRY),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"}),
]
"""An ISO 3166 code of two letters; a name in the asker's language (``일본``) becomes its code."""


def synonyms(words: Mapping[str, Sequence[str]]) -> BeforeValidator:
    """For a `Literal`: other words that people use for its values, in any language.

    Usage:
        Speed = Annotated[Literal["standard", "express"], synonyms({"express": ["速達", "특급"]})]
    """
    values = {_folded(word): value for value, known in words.items() for word in (value, *known)}
    return BeforeValidator(
        lambda value: values.get(_folded(value), value) if isinstance(value, str) else value
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
