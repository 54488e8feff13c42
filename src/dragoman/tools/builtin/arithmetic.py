"""Arithmetic as people write it, in any digits: read by a small parser, never run as code."""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Value = Any
"""A decimal, or a decimal with a unit (a pint quantity): both know the operators."""
Binary = Callable[[Value, Value], Value]

MOST_NESTED = 40
LARGEST_EXPONENT = 1000

_SIGNS = str.maketrans(
    {
        "×": "*", "∗": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "^": "^", "٪": "%",
        # Dashes that keyboards give for a minus; ー is what a Japanese one gives among digits.
        "−": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "ー": "-",
        "٬": ",", "、": ",", "٫": ".",
    }
)  # fmt: skip
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_PLAIN_SCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")

# 12,000 · 12 000 · 12’000 · 1,00,000 (India). Other commas are refused.
_GROUPED = r"\d{1,3}(?:(?:,\d{3})+|(?:\ \d{3})+|(?:['’]\d{3})+)|\d{1,2}(?:,\d{2})+,\d{3}"
# km, m², km/h; a slash with spaces around it divides.
_UNIT = r"[^\W\d_]+(?:\^\(?[23]\)?)?"
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<number>(?:(?:{_GROUPED})(?![\d,])|\d+)(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<percent_of>%\s*of(?![a-z]))
      | (?P<unit>{_UNIT}(?:/{_UNIT})?)
      | (?P<sign>\*\*|//|[-+*/%^()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def _modulo(left: Value, right: Value) -> Value:
    """What is left over after `_floor`, so that it has the divisor's sign, as in Python."""
    _check_bare(left, right, "// and %")
    if right == 0:
        raise ZeroDivisionError
    rest = left % right
    return rest + right if rest and (rest < 0) != (right < 0) else rest


def _floor(left: Value, right: Value) -> Value:
    return (left - _modulo(left, right)) / right


def _power(base: Value, exponent: Value) -> Value:
    _check_bare(base, exponent, "powers")
    if abs(exponent) > LARGEST_EXPONENT:
        raise NotArithmeticError(f"exponents beyond {LARGEST_EXPONENT} are not worked out")
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    return base**exponent


def _check_bare(left: Value, right: Value, what: str) -> None:
    if not (isinstance(left, Decimal) and isinstance(right, Decimal)):
        raise NotArithmeticError(f"{what} are worked out without units only")


_SUM, _PRODUCT, _POWER = 1, 2, 3  # how tightly they bind; a sign binds like a product

_BINARY: dict[str, tuple[int, Binary]] = {
    "+": (_SUM, operator.add),
    "-": (_SUM, operator.sub),
    "*": (_PRODUCT, operator.mul),
    "% of": (_PRODUCT, operator.mul),
    "/": (_PRODUCT, operator.truediv),
    "//": (_PRODUCT, _floor),
    "%": (_PRODUCT, _modulo),
    "**": (_POWER, _power),
}


class NotArithmeticError(ValueError):
    """A text that is not arithmetic; the message says why, as part of a sentence."""


def read(text: str) -> Value:
    """The value of `text` in the current decimal context, with its unit when it has one.

    Raises:
        NotArithmeticError: what cannot be read, and where.
        ArithmeticError: what has no value, such as a division by zero.
    """
    reader = _Reader(_tokens(_plain(text)))
    value = reader.value()
    if reader.next:
        raise NotArithmeticError(f"{reader.next!r} is one too many")
    return value


def _plain(text: str) -> str:
    """The text in ASCII as far as it is arithmetic: ``１２，０００×３`` → ``12,000*3``."""
    text = _SUPERSCRIPT.sub(lambda found: f"^({found[0].translate(_PLAIN_SCRIPT)})", text)
    text = _INVISIBLE.sub(" ", text).translate(_SIGNS)
    text = "".join(map(_plain_character, text)).strip()
    return re.sub(r"\s*=\s*\??$", "", text)


def _plain_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":  # the full-width form of ASCII
        return chr(ord(character) - 0xFEE0)
    # French and Polish group digits with spaces that do not break; a line break groups nothing.
    return " " if unicodedata.category(character) == "Zs" else character


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        # Letters mean something after a number only: "3 km", never "km 3" or "sin(3)".
        if found is None or (
            found["unit"] and not (tokens and _measures(tokens[-1], found["unit"]))
        ):
            raise NotArithmeticError(f"{text[position:].strip()[:20]!r} is not understood")
        if found["unit"]:
            tokens.append(found["unit"])
            position = found.end()
            continue
        symbol = re.sub(r"[,'’\s]", "", found[0])
        if found["percent_of"]:
            tokens += ["%", "% of"]
        else:
            tokens.append("**" if symbol == "^" else symbol)
        position = found.end()
    return tokens


def _measures(number: str, unit: str) -> bool:
    """Whether `unit` after `number` is one; pint is not loaded for anything else."""
    if not re.match(r"[\d.]", number):
        return False
    from dragoman.tools.builtin.units import is_unit  # noqa: PLC0415 - only sums with units need it

    return is_unit(_unit_name(unit))


def _unit_name(unit: str) -> str:
    return unit.replace("(", "").replace(")", "")


def _with_unit(number: Decimal, unit: str) -> Value:
    from dragoman.tools.builtin.units import find_unit, unit_registry  # noqa: PLC0415 - as above

    return unit_registry().Quantity(number, find_unit(_unit_name(unit)))


class _Reader:
    """Precedence climbing over the tokens, innermost first."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._position = 0

    @property
    def next(self) -> str:
        """The symbol to come; empty at the end."""
        return self._tokens[self._position]

    def value(self, *, above: int = 0, depth: int = 0) -> Value:
        """The value of all operators that bind tighter than `above`."""
        if depth > MOST_NESTED:
            raise NotArithmeticError(f"it is nested deeper than {MOST_NESTED} levels")
        left, of_percentages = self._operand(depth)
        while _BINARY.get(self.next, (0,))[0] > above:
            sign = self._take()
            strength, work = _BINARY[sign]
            start = self._position
            # The right side of a power is worked out first: 2**3**2 is 2**9.
            right = self.value(above=strength - (sign == "**"), depth=depth + 1)
            is_percentage = self._tokens[start + 1 : self._position] == ["%"]
            if strength == _SUM and is_percentage and not of_percentages:
                right *= left  # as on a pocket calculator: 200 - 10% is 180
            of_percentages = of_percentages and is_percentage
            try:
                left = work(left, right)
            except TypeError:  # as pint says it: kilometers and kilograms, or a bare number
                raise NotArithmeticError("its units do not go together") from None
        return left

    def _operand(self, depth: int) -> tuple[Value, bool]:
        """A number, a parenthesis or a signed one of these, and whether it is a percentage."""
        symbol = self._take()
        if symbol in {"+", "-"}:
            value = self.value(above=_PRODUCT, depth=depth + 1)
            return (-value if symbol == "-" else +value), False
        if symbol == "(":
            value = self.value(depth=depth + 1)
            if self._take() != ")":
                raise NotArithmeticError("a parenthesis is not closed")
        elif re.match(r"[\d.]", symbol):
            value = +Decimal(symbol)
            if self.next[:1].isalpha():
                value = _with_unit(value, self._take())
        else:
            where = f"before {symbol!r}" if symbol else "at the end"
            raise NotArithmeticError(f"a number is missing {where}")
        if self._at_percentage():
            self._take()
            try:
                return value / 100, True
            except TypeError:  # as pint says it: a temperature cannot be divided
                raise NotArithmeticError("its units do not go together") from None
        return value, False

    def _at_percentage(self) -> bool:
        """Whether a percent sign comes that no operand follows; with one it is the remainder."""
        if self.next != "%":
            return False
        return not re.match(r"[\d.(]", self._tokens[self._position + 1])

    def _take(self) -> str:
        symbol = self.next
        self._position += bool(symbol)
        return symbol
