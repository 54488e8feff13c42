"""What an assistant is given is checked before anything is opened or kept."""

from __future__ import annotations

import re

from dragoman.errors import (
    BrokenTextError,
    EmptyQuestionError,
    InvalidInputError,
    TextTooLongError,
)

_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_THREAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def check_question(text: str, *, longest: int) -> None:
    """Refuse what is not a question at all.

    Raises:
        EmptyQuestionError: nothing but spaces.
        BrokenTextError: lone surrogates, as broken UTF-8 leaves them.
        TextTooLongError: more than `longest` characters.
    """
    if not isinstance(text, str):
        raise InvalidInputError(
            f"A question is a string, not {type(text).__name__}.", cure="Pass a str."
        )
    if not text.strip():
        raise EmptyQuestionError("The question is empty.", cure="Ask something.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BrokenTextError(
            "The question is not valid Unicode: it was decoded from broken UTF-8.",
            cure="Decode the bytes in their own encoding, or with errors='replace'.",
        )
    if len(text) > longest:
        raise TextTooLongError(
            f"The question has {len(text):,} characters; the limit is {longest:,}.",
            cure="Put long texts into the memory (`dragoman ingest`) and ask about them, or raise "
            "DRAGOMAN_QUESTION_CHARACTERS.",
        )


def check_thread(thread: str) -> str:
    """A thread id that is safe in keys and on command lines.

    Raises:
        InvalidInputError: another kind of text.
    """
    if not _THREAD_ID.fullmatch(thread):
        raise InvalidInputError(
            f"{thread!r} cannot be a thread id.",
            cure="Use 1 to 128 letters, digits, '.', '_' and '-'.",
        )
    return thread


def check_user(user: str) -> str:
    """A user id that facts can be kept under.

    Raises:
        InvalidInputError: another kind of text.
    """
    if not _USER_ID.fullmatch(user):
        raise InvalidInputError(
            f"{user!r} cannot be a user id.",
            cure="Use 1 to 128 letters, digits, '.', '_', '@', '+' and '-'.",
        )
    return user
