"""Personal data taken out of training data: what a model has learned, it can say to anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from dragoman.privacy import find
from dragoman.redaction import redacted


class Masker(Protocol):
    """Replaces what identifies a person."""

    @property
    def name(self) -> str:
        """What the data card says about it."""
        ...

    def mask(self, text: str) -> str:
        """`text` with placeholders such as ``[e-mail]`` for what identifies a person."""
        ...


_IDENTITY_NUMBERS = re.compile(
    r"(?<![A-Za-z0-9-])(?:"
    r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"  # China
    r"|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}"  # Korea
    r"|\d{3}-\d{2}-\d{4}"  # United States
    r"|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"  # bank accounts (IBAN)
    r")(?![A-Za-z0-9-])"
)


class FormMasker:
    """Masks what has a form: e-mail addresses, telephone, card, identity and account numbers, keys.

    Names and postal addresses have none and stay: a masker that knows names can be used instead.

    Usage:
        FormMasker().mask("Write to ada@example.com")  # Write to [e-mail]
    """

    name = "by form: e-mail, telephone, card, identity and bank account numbers, keys; not names"
    """What the data card says about it."""

    def mask(self, text: str) -> str:
        """`text` with placeholders."""
        # Wider than in a conversation: a wrong check digit may be a slip of the pen.
        text = redacted(_IDENTITY_NUMBERS.sub("[id]", text))
        for found in reversed(find(text)):
            text = f"{text[: found.start]}[{found.kind}]{text[found.end :]}"
        return text


def masked(value: Any, masker: Masker) -> Any:
    """JSON data with every text in it masked; names of fields stay."""
    if isinstance(value, str):
        return masker.mask(value)
    if isinstance(value, Mapping):
        return {key: masked(each, masker) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, masker) for each in value]
    return value
