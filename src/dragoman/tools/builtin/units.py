"""Units of measurement by the names that people give them, in any of the profiles' languages.

The sizes are pint's, in exact decimals; the names come from pint, from Unicode's CLDR (through
Babel) and from `traditional_units`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from dragoman.errors import ToolFailedMistake
from dragoman.languages import profiles
from dragoman.tools.builtin.traditional_units import DEFINITIONS, NAMES, SEVERAL_SIZES

if TYPE_CHECKING:
    import pint

DIGITS = 28
"""Digits that conversions are worked out in."""

_ALLOWED = re.compile(r"[^\W\d_][\w°µΩ²³ ./*^-]{0,39}|[°℃℉㎡㎏㎞㎝㎜%][CFcf]?")
_EXPONENT = re.compile(r"(\^|\*\*)\s*-?\d{2,}|\d{2,}")
_SQUARE = re.compile(r"(?:(?:square|sq\.?)[\s_]|平方)\s*(.+)", re.IGNORECASE)
_CUBIC = re.compile(r"(?:(?:cubic|cu\.?)[\s_]|立方)\s*(.+)", re.IGNORECASE)
_RAISED = re.compile(r"([^\W\d_]+)([23])(?!\d)")
# pint knows hundreds of one-letter constants and prefixes ("k" is Boltzmann's): few are meant.
_LETTERS = frozenset("mgshlLtdKWJNVAbB")
# CLDR's names where pint's differ.
_CLDR = {
    "celsius": "degC", "fahrenheit": "degF", "kelvin": "kelvin", "gallon-imperial":
    "imperial_gallon", "fluid-ounce": "fluid_ounce", "ounce-troy": "troy_ounce", "tonne":
    "metric_ton", "metric-ton": "metric_ton", "nautical-mile": "nautical_mile", "light-year":
    "light_year", "pound-force-per-square-inch": "psi", "millimeter-ofhg": "mmHg",
    "astronomical-unit": "astronomical_unit",
}  # fmt: skip
_SKIPPED = (
    "duration-quarter",
    "concentr",
    "graphics",
    "consumption",
    "angle-arc",
    "energy-foodcalorie",
    "mass-ton",
)


@lru_cache(maxsize=1)
def unit_registry() -> pint.UnitRegistry[Any]:
    """The units of pint with the traditional ones, in decimals; takes 0.3 s the first time."""
    import pint  # noqa: PLC0415 - read when the first unit is named

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(non_int_type=Decimal)
    with localcontext(Context(DIGITS)):
        registry.load_definitions(DEFINITIONS.strip().splitlines())
    return registry


def find_unit(name: str) -> pint.Unit:
    """The unit that `name` means: ``km``, ``square feet``, ``公斤``, ``m²``, ``km/h``.

    Raises:
        ToolFailedMistake: no unit, or a name with several sizes; says what to write.
    """
    unit: pint.Unit | None = _find(name)
    if unit is None:
        raise ToolFailedMistake(
            f"{name!r:.60} is not a unit; use an English name or symbol such as km or acre."
        )
    return unit


def is_unit(name: str) -> bool:
    """Whether `find_unit` finds exactly one unit of that name."""
    try:
        return _find(name) is not None
    except ToolFailedMistake:
        return False


def rounded(value: Decimal) -> Decimal:
    """A converted value: exact when it comes out even, else to 12 significant digits."""
    exact = Context(DIGITS - 4).plus(value).normalize(Context(DIGITS))
    if len(exact.as_tuple().digits) <= 22:
        return exact
    digits = max(12, value.adjusted() + 3)
    return Context(digits).plus(value)


def shown(value: Decimal) -> str:
    """`value` as plain digits, without trailing zeros; with an exponent when it is very far off."""
    if not value:
        return "0"
    text = format(value, "f" if -12 < value.adjusted() < DIGITS else "E")
    mantissa, letter, exponent = text.partition("E")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + letter + exponent


@lru_cache(maxsize=512)
def _find(name: str) -> Any:
    wanted = " ".join(unicodedata.normalize("NFC", name).split()).strip()
    folded = _folded(wanted)
    if folded in SEVERAL_SIZES:
        choices = ", ".join(_size(choice) for choice in SEVERAL_SIZES[folded])
        raise ToolFailedMistake(f"{name!r} has several sizes; use one of these names: {choices}.")
    if folded in _aliases():
        return unit_registry().parse_units(_aliases()[folded])
    if len(wanted) == 1 and wanted.isascii():
        return _by_pint(wanted)  # an "M" is not a meter
    return _by_pint(wanted) or _by_cldr(folded) or _by_pint(wanted.lower())


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, str]:
    return {_folded(name): unit for name, unit in NAMES.items()}


def _by_pint(text: str) -> Any:
    """The unit of an expression of pint's language, kept to what cannot be costly to work out."""
    if not _ALLOWED.fullmatch(text) or _EXPONENT.search(text) or "--" in text:
        return None
    if len(text) == 1 and text not in _LETTERS:
        return None
    for pattern, power in ((_SQUARE, 2), (_CUBIC, 3)):
        if found := pattern.fullmatch(text):
            inner = _find(found[1])
            return None if inner is None else inner**power
    text = text.replace("²", "**2").replace("³", "**3")
    text = _RAISED.sub(r"\1**\2", text).replace(" ", "_") if "/" not in text else text
    try:
        unit = unit_registry().parse_units(text)
        unit_registry().Quantity(Decimal(1), unit).to_base_units()
    except Exception:  # noqa: BLE001 - pint raises a dozen kinds, AssertionError among them
        return None
    return None if str(unit) == "dimensionless" else unit


def _by_cldr(folded: str) -> pint.Unit | None:
    found = sorted(_names().get(folded, ()))
    if not found:
        return None
    if len(found) > 1:
        choices = ", ".join(_size(choice) for choice in found)
        raise ToolFailedMistake(f"{folded!r} is several units; use one of these names: {choices}.")
    return unit_registry().parse_units(found[0])


@lru_cache(maxsize=1)
def _names() -> Mapping[str, frozenset[str]]:
    """CLDR's names of units in each profile's language, with pint's names."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    known: dict[str, str] = {}
    for unit, name in _localized():
        if unit not in known:
            known[unit] = _pint_name(unit)
        if known[unit] and name.strip():
            names[_folded(name)].add(known[unit])
    return {name: frozenset(units) for name, units in names.items()}


def _localized() -> Iterator[tuple[str, str]]:
    from babel import Locale  # noqa: PLC0415 - read when the first localized name is looked for
    from babel.units import format_unit  # noqa: PLC0415 - the same

    for profile in profiles():
        locale = Locale.parse(profile.tag, sep="-")
        for unit, names in locale.unit_display_names.items():
            if unit.startswith(_SKIPPED):
                continue
            # Where a language has one form only, CLDR keeps it as the short one.
            length: Literal["long", "short"] = "long" if "long" in names else "short"
            yield unit, names.get(length, "")
            for count in (1, 2, 5):
                text = format_unit(count, unit, length, locale=locale)
                if unit not in text:  # which Babel writes when CLDR has no name at all
                    yield unit, re.sub(r"[\d٠-٩۰-۹०-९๐-๙]+", "", text)


def _pint_name(unit: str) -> str:
    """The name in pint of a unit of CLDR, such as ``area-square-meter``; empty when it has none."""
    name = unit.partition("-")[2]
    above, _, below = name.partition("-per-")
    try:
        made = _factor(above) + (f" / ({_factor(below)})" if below else "")
        return str(unit_registry().parse_units(made))
    except Exception:  # noqa: BLE001 - see `_by_pint`
        return ""


def _factor(name: str) -> str:
    if name in _CLDR:
        return _CLDR[name]
    for word, power in (("square-", 2), ("cubic-", 3)):
        if name.startswith(word):
            return f"{_factor(name.removeprefix(word))} ** {power}"
    made = name.replace("-", "_")
    # pint reads a "pinch" as a pico-inch.
    if not any(made.startswith(prefix) for prefix, _, _ in unit_registry().parse_unit_name(made)):
        raise ValueError(name)
    return made


def _size(name: str) -> str:
    """A choice with its size: ``jin_cn (500 g)``."""
    with localcontext(Context(DIGITS)):
        quantity = unit_registry().Quantity(Decimal(1), name).to_base_units()
        if quantity.check("[mass]"):
            quantity = quantity.to("gram" if quantity.magnitude < 1 else "kilogram")
        return f"{name} ({shown(rounded(quantity.magnitude))} {quantity.units:~P})"


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
