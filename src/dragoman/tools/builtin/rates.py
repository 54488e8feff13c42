"""Exchange rates from a file that somebody keeps up to date; nothing is fetched.

Read are the European Central Bank's files (``eurofxref.csv``, one day, and ``eurofxref-hist.csv``,
of which the latest day counts) and YAML or JSON with ``date``, ``base`` and ``rates``, for example
``{date: 2026-11-20, base: EUR, rates: {USD: 1.1}}``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from dragoman.errors import ConfigurationError

_LARGEST = 5_000_000  # bytes; the European Central Bank's file since 1999 has 1.2 million
_CODE = re.compile(r"[A-Z]{3}")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """What one unit of `base` cost on one day."""

    day: date
    """The day of the rates."""

    base: str
    """ISO 4217 code of the currency that the rates are for."""

    per_base: Mapping[str, Decimal]
    """How much of each currency one unit of `base` is; `base` itself is 1."""

    def rate(self, source: str, target: str) -> Decimal:
        """How much of `target` one unit of `source` is, in the current decimal context."""
        return self.per_base[target] / self.per_base[source]


def read_rates(path: Path) -> Rates:
    """The rates of a file.

    Raises:
        ConfigurationError: it cannot be read, or is in another format.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise _unusable(path, f"it is larger than {_LARGEST:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
        return _from_csv(text) if path.suffix.lower() == ".csv" else _from_data(_data(path, text))
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except (ValueError, InvalidOperation) as error:
        raise _unusable(path, str(error)) from error


def _data(path: Path, text: str) -> Any:
    if path.suffix.lower() == ".json":
        return json.loads(text, parse_float=str, parse_int=str)
    import yaml  # noqa: PLC0415 - only a YAML file needs it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"it is not YAML ({error})") from error


def _from_data(data: Any) -> Rates:
    if not (isinstance(data, dict) and isinstance(data.get("rates"), dict)):
        raise ValueError("it has no mapping 'rates'")  # noqa: TRY004 - a format, not a type
    return _rates(_day(str(data.get("date", ""))), str(data.get("base", "")), data["rates"])


def _from_csv(text: str) -> Rates:
    header, *rows = [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(row)
    ] or [[]]
    if not rows or header[0].lower() != "date":
        raise ValueError("its first column is not 'Date', or it has no rows")
    day, values = max(((_day(row[0]), row[1:]) for row in rows), key=lambda pair: pair[0])
    # What the bank has no rate for that day is "N/A"; each line ends with a comma.
    found = zip(header[1:], values, strict=False)
    return _rates(day, "EUR", {code: value for code, value in found if code and value != "N/A"})


def _rates(day: date, base: str, given: Mapping[Any, Any]) -> Rates:
    per_base = {base: Decimal(1)}
    for code, value in given.items():
        rate = Decimal(str(value))
        if not (rate.is_finite() and rate > 0):
            raise ValueError(f"the rate of {code} is {value}")
        per_base[str(code)] = rate
    for code in per_base:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code!r} is not a currency's ISO 4217 code")
    return Rates(day=day, base=base, per_base=per_base)


def _day(text: str) -> date:
    """A day as ``2026-11-20`` or, in the bank's daily file, ``20 November 2026``."""
    try:
        number, month, year = text.split()
        return date(int(year), _MONTHS[month[:3].lower()], int(number))
    except (KeyError, ValueError):
        return datetime.fromisoformat(text).date()


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The exchange rates in {path} cannot be used: {why}.",
        cure="Set DRAGOMAN_RATES_FILE to the European Central Bank's eurofxref.csv, or to a YAML "
        "or JSON file with date, base and rates.",
    )
