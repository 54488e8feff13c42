"""Events, turns and passages as the API writes them: plain JSON, each text with a direction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dragoman.agents.events import Event
from dragoman.agents.result import Answer, PendingApproval
from dragoman.agents.transcript import Turn
from dragoman.errors import InvalidInputError
from dragoman.languages import detect, profile
from dragoman.memory import Document, Passage
from dragoman.serving.as_json import plain

_HIDDEN = {"hash", "metadata"}
"""Fields of passages and documents that are of no use to a client."""


def written_event(event: Event) -> dict[str, Any]:
    """The data of an event."""
    if event.type == "token":  # by far the most frequent one
        return {"type": "token", "text": event.text}
    if event.type == "answer":
        return {"type": "answer", "answer": written_answer(event.answer)}
    if event.type == "passages":
        return {"type": "passages", "passages": [*map(written_passage, event.passages)]}
    data: dict[str, Any] = plain(event)
    if event.type == "language":
        data["direction"] = direction(event.detection.tag)
    elif event.type == "approval":
        data["direction"] = direction_of_text(event.text)
    return data


def written_answer(answer: Answer) -> dict[str, Any]:
    """An answer, with its citations and passages."""
    return {
        "text": answer.text,
        "language": answer.language,
        "direction": direction(answer.language),
        "citations": [
            {
                "number": citation.number,
                "quote": citation.quote,
                "marked": citation.marked,
                "passage": written_passage(citation.passage),
            }
            for citation in answer.citations
        ],
        "calls": plain(answer.calls),
        "usage": plain(answer.usage),
        "thread": answer.thread,
        "passages": [*map(written_passage, answer.passages)],
        "review": plain(answer.review),
        "handed_off": plain(answer.handed_off),
        "pending": plain(answer.pending),
    }


def written_passage(passage: Passage | Mapping[str, Any]) -> dict[str, Any]:
    """A passage, from a search or from a turn's record."""
    data = passage if isinstance(passage, Mapping) else plain(passage)
    kept = {name: value for name, value in data.items() if name not in _HIDDEN}
    return {**kept, "direction": direction(str(data["language"]))}


def written_document(document: Document, *, uploaded: bool) -> dict[str, Any]:
    """A stored document, without its text."""
    data = {name: value for name, value in plain(document).items() if name not in _HIDDEN}
    data["stored_at"] = document.stored_at.isoformat(timespec="seconds")
    return {**data, "direction": direction(document.language), "uploaded": uploaded}


def written_turn(turn: Turn, waiting: PendingApproval | None = None) -> dict[str, Any]:
    """A turn of a thread.

    Args:
        turn: The turn.
        waiting: What it waits for, while its status is ``waiting``.
    """
    record = turn.record
    passages = [*map(written_passage, record.get("passages", ()))]
    language = turn.language or (waiting.language if waiting else "")
    return {
        "id": turn.id,
        "number": turn.number,
        "agent": record.get("agent", ""),
        "question": turn.question,
        "question_direction": direction_of_text(turn.question),
        "answer": turn.answer,
        "language": language,
        "direction": direction(language),
        "status": turn.status,
        "asked_at": turn.asked_at,
        "citations": [
            {**cited, "passage": passages[cited["number"] - 1]}
            for cited in record.get("citations", ())
            if 0 < cited["number"] <= len(passages)
        ],
        "passages": passages,
        "calls": plain(record.get("calls", ())),
        "review": plain(record.get("review", {})),
        "usage": plain(record.get("usage", {})),
        "handed_off": plain(record.get("handed") or None),
        "requests": plain(waiting.requests) if waiting else [],
        "text": waiting.text if waiting else "",
    }


def written_approval(pending: PendingApproval) -> dict[str, Any]:
    """A turn that waits for a person."""
    return {**plain(pending), "direction": direction(pending.language)}


def direction(tag: str) -> str:
    """``rtl`` for a language that is written from right to left, else ``ltr``."""
    try:
        return profile(tag).direction
    except InvalidInputError:
        return "ltr"


def direction_of_text(text: str) -> str:
    """The direction of the language that a text is in."""
    return direction(detect(text[:400]).tag) if text else "ltr"


def dumped(data: Any) -> str:
    """One line of JSON; a lone surrogate, which no UTF-8 can hold, becomes a question mark."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
