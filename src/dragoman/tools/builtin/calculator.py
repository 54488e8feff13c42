"""Exact arithmetic on what people write, without running any code."""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, Overflow, localcontext

from dragoman.errors import ToolFailedMistake
from dragoman.tools.tool import tool

_LONGEST = 200
_LARGEST_EXPONENT = 1000
_DIGITS = 28

_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-", "·": "*", "^": "^", "٪": "%"})
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])")
_PERCENT = re.compile(r"(\d(?:[\d.]*\d)?)\s*%(?!\s*[\d(])")
_PERCENT_OF = re.compile(r"(\d(?:[\d.]*\d)?)\s*%\s*of\b", re.IGNORECASE)

_BINARY: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Decimal], Decimal]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


@tool(effect="none")
def calculator(expression: str) -> str:
    """Work out arithmetic exactly: sums, products, percentages.

    Args:
        expression: For example (12000 - 500) * 3 or 15% of 24900.
    """
    return evaluate(expression)


def evaluate(expression: str) -> str:
    """The value of `expression` as plain decimal digits.

    Takes ``+ - * / // % ** ( )``, percentages (``15%``, ``15% of 200``), full-width and
    Arabic-Indic digits, and thousands separators. Decimal arithmetic with 28 digits.

    Raises:
        ToolFailedMistake: what cannot be worked out, and why.
    """
    if len(expression) > _LONGEST:
        raise ToolFailedMistake(f"The expression is longer than {_LONGEST} characters.")
    try:
        tree = ast.parse(_plain(expression), mode="eval")
        with localcontext(Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)):
            return _shown(_value(tree.body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ToolFailedMistake(f"{expression!r} is not arithmetic.") from None
    except (ZeroDivisionError, Overflow):
        raise ToolFailedMistake(f"{expression!r} has no finite value.") from None
    except DecimalException:
        raise ToolFailedMistake(f"{expression!r} has no defined value.") from None


def _plain(expression: str) -> str:
    """The expression in ASCII: ``１２，０００`` → ``12000``, ``15%`` → ``(15/100)``."""
    text = unicodedata.normalize("NFKC", expression).translate(_SIGNS)
    text = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )
    text = text.replace("٬", "").replace("٫", ".").replace("、", ",")
    text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = _PERCENT_OF.sub(r"(\1/100)*", text)
    text = _PERCENT.sub(r"(\1/100)", text)
    return text.replace("^", "**").strip().removesuffix("=").strip()


def _value(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return Decimal(str(node.value))
        case ast.UnaryOp(op=sign) if type(sign) in _UNARY:
            return _UNARY[type(sign)](_value(node.operand))
        case ast.BinOp(op=ast.Pow()):
            return _power(_value(node.left), _value(node.right))
        case ast.BinOp(op=sign) if type(sign) in _BINARY:
            return _BINARY[type(sign)](_value(node.left), _value(node.right))
    raise ToolFailedMistake("Only numbers, + - * / // % ** and parentheses can be worked out here.")


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ToolFailedMistake(f"Exponents beyond {_LARGEST_EXPONENT} are not worked out.")
    return base**exponent


def _shown(value: Decimal) -> str:
    if value == value.to_integral_value() and abs(value) < Decimal(10) ** _DIGITS:
        return str(value.quantize(Decimal(1)))
    return format(value.normalize(), "f" if abs(value.adjusted()) < _DIGITS else "E")
