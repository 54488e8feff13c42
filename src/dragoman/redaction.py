"""Secrets and personal data taken out of texts that are kept for operators: logs, tracebacks.

Secrets are found by value, where the process was given them (`keep_secret`), and by form: keys of
known services, bearer tokens, passwords in addresses, values under names such as ``api_key``.
Personal data is found by form alone: e-mail addresses, telephone numbers, card numbers with a right
check digit. Digits and signs are recognized in full width and in Arabic or Indic digits as well,
and without spaces around them, as Chinese and Japanese text has them. Names and addresses of people
have no form and stay.
"""

from __future__ import annotations

import logging
import re
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

_SHORTEST_SECRET = 6
"""Characters below which a known value is left alone: it would be found in ordinary words."""

_DISTINCT_SECRET = 16
"""Characters from which a known value is found inside a word, too: ``postgres`` is a password as
well as the beginning of ``postgresql``."""

_known: set[str] = set()

_KEY_NAME = (
    r"(?:[\w-]{0,40}(?:api[_-]?key|access[_-]?key|secret|password|passwd|token|credential)"
    r"|authorization|pwd|x-[\w-]{0,40}key)"
)
_SERVICE_KEY = r"""(?<![A-Za-z0-9])(?:
    (?:sk|pk|rk|gsk|hf|tgp|pplx|nvapi|glpat|npm|dop|r8|fw)[-_][A-Za-z0-9_-]{16,}
    | drg_[A-Za-z0-9]{6,}_[A-Za-z0-9_-]{20,}
    | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
    | xox[abeoprs]-[A-Za-z0-9-]{10,}
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
    | AIza[A-Za-z0-9_-]{30,} | ya29\.[A-Za-z0-9_-]{20,}
    | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
)"""
# Each with the group that is the secret. Repetitions have bounds, so that a long text takes no
# more than its share of time.
_SECRETS = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}KEY-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", re.DOTALL
        ),
        0,
    ),
    (re.compile(_SERVICE_KEY, re.VERBOSE), 0),
    (re.compile(r"\b(?:bearer|basic)\s+([\w.~+/=-]{8,})", re.IGNORECASE | re.ASCII), 1),
    (
        re.compile(
            r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/@:'\"<>]{0,200}:([^\s/'\"<>]{1,200})@", re.IGNORECASE
        ),
        1,
    ),
    (re.compile(rf"[?&;]{_KEY_NAME}=([^&\s'\"<>#;]+)", re.IGNORECASE), 1),
    (re.compile(r"[?&](?:key|sig|signature)=([^&\s'\"<>#;]{8,})", re.IGNORECASE), 1),
    (re.compile(rf"[\"']{_KEY_NAME}[\"']\s?[:=]\s?[\"']([^\"']+)[\"']", re.IGNORECASE), 1),
    (
        re.compile(
            rf"\b{_KEY_NAME}\s?[:=]\s?(?!bearer|basic)([^\s,;'\"(){{}}\[\]]{{6,}})", re.IGNORECASE
        ),
        1,
    ),
)
_EMAIL = re.compile(
    r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.IGNORECASE
)
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-])")
_PHONE = re.compile(
    r"""
    # +81 3-1234-5678, 0044 20 7946 0958
    (?<![\w+])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?(?:\d[ .-](?=\d{3}))?\d{2,5}
    (?:[ .-]?\d{2,5}){1,4}(?!\d)
    | (?<![\w.,/-])\(?0\d{1,4}\)?[ -]\d{1,4}[ -]\d{3,4}(?![\w-])  # 03-1234-5678, 010-1234-5678
    | (?<![\w.,/-])0[5-9]\d{8,9}(?!\d)  # 09012345678, 0612345678
    | (?<![\w.,/-])1[3-9]\d{9}(?!\d)  # mobile numbers of China
    | (?<![\w.,/-])\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?![\w-])  # North America
    """.replace("[ ", r"[\ "),
    re.ASCII | re.VERBOSE,
)


def keep_secret(value: str) -> str:
    """`value` itself; from now on it is taken out of logs and errors, wherever it turns up.

    Usage:
        key = keep_secret(os.environ["SHOP_KEY"])
    """
    if len(value) >= _SHORTEST_SECRET:
        _known.update({value, quote(value, safe="")})
    return value


def names_secret(name: str) -> bool:
    """Whether what stands under `name`, in a header or a variable, is a secret.

    Usage:
        names_secret("X-Api-Key")  # True
    """
    return re.fullmatch(_KEY_NAME, name, re.IGNORECASE) is not None


def without_secrets(text: str) -> str:
    """`text` with keys, tokens and passwords replaced by ``[secret]``.

    Usage:
        without_secrets("postgresql://shop:hunter22@db/shop")  # postgresql://shop:[secret]@db/shop
    """
    if _known:
        text = _pattern_of(frozenset(_known)).sub("[secret]", text)
    for pattern, group in _SECRETS:
        text = _replaced(text, [found.span(group) for found in pattern.finditer(text)], "[secret]")
    return text


def redacted(text: str) -> str:
    """`text` without secrets, e-mail addresses, telephone numbers and card numbers.

    Usage:
        redacted("联系alice@example.com, 卡号４１１１ 1111 1111 1111")  # 联系[e-mail], 卡号[card]
    """
    text = without_secrets(text)
    for name, find in _PERSONAL:
        text = _replaced(text, list(find(_folded(text))), name)
    return text


@lru_cache(maxsize=8)
def _pattern_of(values: frozenset[str]) -> re.Pattern[str]:
    """Any of `values`; first of all our own mark, which holds a word that may be a password."""
    found = [r"\[secret\]"]
    for value in sorted(values, key=len, reverse=True):
        word = re.escape(value)
        found.append(word if len(value) >= _DISTINCT_SECRET else rf"(?<!\w){word}(?!\w)")
    return re.compile("|".join(found), re.ASCII)


class RedactingFilter(logging.Filter):
    """Lets every log record pass, redacted: its message, its arguments and its traceback.

    Usage:
        handler = logging.StreamHandler()
        handler.addFilter(RedactingFilter())
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact `record` in place."""
        _redact_record(record)
        return True


def redact_logs() -> None:
    """Redact all log records of this process, whichever library writes them, from now on.

    For a program that owns its process, as the command line and the server do; a library's user
    may prefer a `RedactingFilter` on a handler. Calling it again does nothing.
    """
    make = logging.getLogRecordFactory()
    if not isinstance(make, _RedactingFactory):
        logging.setLogRecordFactory(_RedactingFactory(make))


class _RedactingFactory:
    """A record factory that redacts what another one makes."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **options: Any) -> logging.LogRecord:
        record = self._make(*args, **options)
        _redact_record(record)
        return record


def _redact_record(record: logging.LogRecord) -> None:
    if record.exc_info and not record.exc_text:
        # Formatters use this text, where there is one, instead of making their own.
        record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
    for name in ("exc_text", "stack_info"):
        if text := getattr(record, name):
            setattr(record, name, redacted(text))
    message = _message(record)
    if message is None:  # logging would print the arguments as they are
        record.msg, record.args = f"{redacted(str(record.msg))} (its arguments do not fit)", None
        return
    clean = redacted(message)
    if clean == message:
        return
    # A formatter may look at the arguments, as those of web servers do: they are kept if need be.
    if isinstance(record.args, tuple):
        record.args = tuple(map(_redacted_argument, record.args))
    if _message(record) != clean:
        record.msg, record.args = clean, None


def _message(record: logging.LogRecord) -> str | None:
    """What the record says, ``None`` when its arguments do not fit."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - an argument's own code
        return None


def _redacted_argument(argument: Any) -> Any:
    text = str(argument)
    clean = redacted(text)
    return argument if clean == text else clean


def _replaced(text: str, spans: list[tuple[int, int]], name: str) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{name}{text[end:]}"
    return text


def _emails(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _EMAIL.finditer(text))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _PHONE.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _CARD.finditer(text) if _has_check_digit(found[0]))


def _has_check_digit(text: str) -> bool:
    """Whether the digits pass Luhn's test, as all card numbers do and one other in ten."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


_PERSONAL = (("[e-mail]", _emails), ("[card]", _cards), ("[phone]", _phones))


def _folded(text: str) -> str:
    """`text` in ASCII digits and signs where it has others, every character at its place."""
    return text if text.isascii() else "".join(map(_fold, text))


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":  # full width
        return chr(ord(character) - 0xFEE0)
    return "-" if character in "‐‑‒–—―−－ー" else " " if character == "\u3000" else character
