"""Questions with a prepared answer: asked exactly so, they are answered without any model.

A file lists, for each entry, the ways to ask in each language and the answer in each language:

    - ask:
        en:
          - When are you open?
          - What are your opening hours?
        ja: 営業時間は？
      answer:
        en: We are open from 11 am to 5 pm on Sundays, else from 9 am to 8 pm.
        ja: 日曜は11時から17時まで、ほかの日は9時から20時までです。

A question matches when it is the same but for capitals, width, spaces and punctuation. It never
matches by likeness: what is only similar goes to the model.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, Self

import yaml

from dragoman.errors import DragomanError, InvalidInputError
from dragoman.languages import resolve_tag
from dragoman.languages.text.normalize import fold

_LARGEST = 1024 * 1024
_CURE = "Write a list of entries with ask and answer, each by language; see docs/planning.md."


class Faq:
    """Prepared answers, looked up in memory.

    Usage:
        faq = Faq.load("faq.yaml")
        faq.answer("営業時間は?", "ja")
    """

    def __init__(self, answers: dict[tuple[str, str], str]) -> None:
        """Answers by language and folded question; `load` reads a file."""
        self._answers = answers

    def __len__(self) -> int:
        return len(self._answers)

    def answer(self, question: str, tag: str) -> str:
        """The prepared answer in that language, empty when there is none.

        Args:
            question: As it was asked.
            tag: BCP-47 tag of the language that is answered in.
        """
        return self._answers.get((tag, _folded(question, tag)), "")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a YAML file.

        Raises:
            InvalidInputError: it cannot be read, an entry lacks an answer in a language that it is
                asked in, or one question has two answers.
        """
        path = Path(path)
        try:
            raw = path.read_bytes()
            entries = yaml.safe_load(raw.decode("utf-8-sig")) if len(raw) <= _LARGEST else None
        except OSError as error:
            raise InvalidInputError(
                f"{path} cannot be read: {error.strerror}.", cure="Check faq_file."
            ) from None
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            raise InvalidInputError(f"{path} is no YAML in UTF-8: {error}", cure=_CURE) from None
        if not isinstance(entries, list):
            raise InvalidInputError(
                f"{path} is no list of questions, or larger than {_LARGEST // 1024} KiB.",
                cure=_CURE,
            )
        answers: dict[tuple[str, str], str] = {}
        for number, entry in enumerate(entries, 1):
            try:
                _add(answers, entry)
            except ValueError as fault:
                raise InvalidInputError(f"{path}, entry {number}: {fault}.", cure=_CURE) from None
        return cls(answers)


def _add(answers: dict[tuple[str, str], str], entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != {"ask", "answer"}:
        raise ValueError("it must have ask and answer, and nothing else")
    if not all(isinstance(entry[part], dict) for part in entry):
        raise ValueError("ask and answer must be given by language")
    told = {_tag(tag): text for tag, text in entry["answer"].items()}
    for tag, ways in ((_tag(tag), ways) for tag, ways in entry["ask"].items()):
        text = told.get(tag)
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"it has no answer in {tag}")
        for way in [ways] if isinstance(ways, str) else ways or []:
            key = (tag, _folded(str(way), tag))
            if not key[1]:
                raise ValueError(f"{way!r} asks nothing")
            if answers.setdefault(key, text.strip()) != text.strip():
                raise ValueError(f"{way!r} has another answer already")


def _tag(tag: object) -> str:
    try:
        return resolve_tag(str(tag))
    except DragomanError as error:
        raise ValueError(error.message) from None


def _folded(question: str, tag: str) -> str:
    """Letters, digits and the marks that belong to them; signs that make a difference stay."""
    kept = (
        char if unicodedata.category(char)[0] in "LMN" or char in "+-%#@&<>" else " "
        for char in fold(question, tag)
    )
    return " ".join("".join(kept).split())
