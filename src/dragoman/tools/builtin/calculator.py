"""Exact arithmetic on what people write, without running any code."""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
    localcontext,
)
from typing import Any

from dragoman.errors import ToolFailedMistake
from dragoman.tools.builtin.arithmetic import NotArithmeticError, read
from dragoman.tools.tool import tool

_LONGEST = 200
_DIGITS = 28
# More than is shown, so that 1/3*3 is 1 and products of long numbers keep every digit.
_WORKING_DIGITS = 120
_TRAPS = [DivisionByZero, InvalidOperation, Overflow, Underflow]


@tool(effect="none", trusted=True)
def calculator(expression: str) -> str:
    """Work out arithmetic exactly: sums, products, percentages, lengths and weights.

    Args:
        expression: For example (12000 - 500) * 3, 15% of 24900 or 3 km + 500 m.
    """
    return evaluate(expression)


def evaluate(expression: str) -> str:
    """The value of `expression` as plain decimal digits.

    Takes ``+ - * / // % ** ( )``, percentages (``15%``, ``15% of 200``, and as on a pocket
    calculator ``200 - 10%``, which is 180), superscripts, full-width and Arabic-Indic digits, and
    digits in groups (``12,000``, ``12 000``, ``1,00,000``). The decimal point is a point. ``//``
    and ``%`` round down, as in Python. Decimal arithmetic; what does not come out even is rounded
    to 28 digits. A number may have a unit (``3 km + 500 m``); the result has the first one's.

    Raises:
        ToolFailedMistake: what cannot be worked out, and why.
    """
    if len(expression) > _LONGEST:
        raise ToolFailedMistake(f"The expression is longer than {_LONGEST} characters.")
    try:
        with localcontext(Context(_WORKING_DIGITS, ROUND_HALF_EVEN, traps=_TRAPS)) as context:
            value = read(expression)
            if isinstance(value, Decimal):
                return _shown(value, is_exact=not context.flags[Inexact])
            return _measured(value)
    except NotArithmeticError as error:
        raise ToolFailedMistake(
            f"{expression!r} cannot be worked out: {error}. "
            "Write numbers with a decimal point, + - * / // % ** ( ) and 'of', nothing else; "
            "a unit such as km may follow a number."
        ) from None
    except (ZeroDivisionError, Overflow, Underflow):
        raise ToolFailedMistake(f"{expression!r} has no finite value.") from None
    except ArithmeticError:
        raise ToolFailedMistake(f"{expression!r} has no defined value.") from None


def _measured(value: Any) -> str:
    """A quantity with its unit, such as ``3.5 km``; a bare number where the units cancel out."""
    from dragoman.tools.builtin.units import rounded, shown  # noqa: PLC0415 - loaded by now

    value = value.to_reduced_units()
    digits = shown(rounded(value.magnitude))
    return f"{digits} {value.units:~P}".strip()


def _shown(value: Decimal, *, is_exact: bool) -> str:
    if not is_exact:
        value = Context(_DIGITS, ROUND_HALF_EVEN).plus(value)
    if not value:
        return "0"
    longest = _WORKING_DIGITS if is_exact else _DIGITS
    text = format(value, "f" if abs(value.adjusted()) < longest else "E")
    mantissa, letter, exponent = text.partition("E")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + letter + exponent
