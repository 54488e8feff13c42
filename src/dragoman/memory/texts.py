"""Texts that a program hands over, prepared like the documents that come from files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dragoman.errors import InvalidInputError
from dragoman.languages import resolve_tag
from dragoman.memory.extracted import Extracted
from dragoman.memory.prepare import Prepared, content_hash, prepare


def prepare_text(text: str, document_id: str | None, metadata: Mapping[str, Any]) -> Prepared:
    """One text as a document that lacks only its vectors.

    Args:
        text: The text.
        document_id: Its id; it follows from the text when None.
        metadata: The caller's; ``title``, ``source`` and ``language`` become the document's own.
    """
    stored = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
    id_ = document_id or f"text-{content_hash(text)[:24]}"
    return prepare(
        id_,
        Extracted(text=text, title=str(metadata.get("title", ""))),
        hash=content_hash(text, stored),
        source=str(metadata.get("source", id_)),
        metadata=stored,
        language=_stated_language(metadata),
    )


def _stated_language(metadata: Mapping[str, Any]) -> str | None:
    """The tag in a caller's metadata; None, so that it is detected, when it is none of ours."""
    stated = metadata.get("language")
    try:
        return resolve_tag(stated) if isinstance(stated, str) else None
    except InvalidInputError:
        return None  # the field is the caller's own and may mean anything
