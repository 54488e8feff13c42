"""What is known about a call that a server did not answer as asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dragoman.errors import BrokenTextError


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A call, the status that came back and the text that explains it."""

    host: str
    """Address of the server."""

    model: str
    """Model that was asked for, empty when the call names none."""

    status: int
    """HTTP status; 200 when the error came as a line of a stream that had begun well."""

    text: str
    """The innermost error text, or the raw body when it was not an error in JSON."""

    details: dict[str, Any]
    """What came beside the text, such as the two numbers of an exceeded context."""

    worded: bool = True
    """Whether the text came as an error in JSON, not as a page or something unreadable."""


def read_failure(*, host: str, model: str, status: int, body: str) -> Failure:
    """What a body or a stream line says, unwrapped down to the innermost text.

    Errors come as ``{"error": "text"}``, as ``{"error": {"message": "text"}}`` and, where one
    server passes on another's, with JSON inside the text.
    """
    text, worded = body.strip(), False
    details: dict[str, Any] = {}
    for _ in range(4):  # server, runner and route wrap one another at most three deep
        try:
            parsed = json.loads(text)
        except ValueError:
            break
        if isinstance(parsed, dict) and isinstance(parsed.get("error"), dict):
            parsed = parsed["error"]
        if not isinstance(parsed, dict):
            break
        inner = parsed.get("error", parsed.get("message"))
        if not isinstance(inner, str):
            break
        worded = True
        details = {**details, **parsed}
        text = inner.strip()
    return Failure(host=host, model=model, status=status, text=text, details=details, worded=worded)


def excerpt(text: str) -> str:
    """The first 160 characters of a text from outside, on one line, without its full stop."""
    line = " ".join(text.split())
    return f"{line[:160]}…" if len(line) > 160 else line.rstrip(".")


def broken_text(error: UnicodeEncodeError) -> BrokenTextError:
    """The error for a text with lone surrogates, which no JSON can carry."""
    return BrokenTextError(
        f"The text is not valid Unicode at character {error.start}.",
        cure="Clean it before it is sent: dragoman.languages.clean does.",
    )
