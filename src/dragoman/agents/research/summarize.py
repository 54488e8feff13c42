"""A summary of documents in which every sentence rests on one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anyio.to_thread import run_sync

from dragoman.agents.prompts.spotlight import RULE, quoted
from dragoman.agents.research.library import Read, read
from dragoman.agents.research.restate import restated
from dragoman.agents.research.statements import Statement
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.languages import estimate_tokens, resolve_tag
from dragoman.memory import Document, Memory, MemoryView
from dragoman.models import Engine, parse_constrained

_ROLE = (
    "You choose what a summary must say. You are shown numbered statements of a document. Name "
    f"the few that matter most to a reader{{about}}, by their numbers. {RULE}"
)
_WINDOW = 900
"""Tokens of statements in one request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One sentence of a summary."""

    said: str
    """The sentence, in the language of the summary."""

    document: Document
    """The document that it comes from."""

    quote: str
    """What it rests on, word for word."""

    start: int
    """Offset of the quote in the document's text."""

    end: int
    """Offset after it."""

    restated: bool
    """Whether `said` is the model's sentence, with the quote's figures; else it is the quote."""


async def summarize(
    engine: Engine,
    memory: Memory | MemoryView,
    documents: Sequence[str],
    *,
    language: str,
    about: str = "",
    points: int = 5,
) -> list[Point]:
    """The points that matter most, in the order of the documents.

    Args:
        engine: The model.
        memory: Where the documents are.
        documents: Ids, or parts of sources or titles.
        language: BCP-47 tag of the summary.
        about: What the reader wants to know; everything when empty.
        points: Most points for each document.

    Raises:
        DocumentNotFoundError: no document has a name.
        InvalidInputError: a name fits several documents.
    """
    tag = resolve_tag(language)
    summary: list[Point] = []
    for name in documents:
        one = await run_sync(read, memory, name)
        chosen = await _chosen(engine, one, about, points)
        for statement, (said, is_restated) in zip(
            chosen, await restated(engine, chosen, language=tag), strict=True
        ):
            summary.append(
                Point(
                    said=said,
                    document=one.document,
                    quote=statement.text,
                    start=statement.start,
                    end=statement.end,
                    restated=is_restated,
                )
            )
    return summary


async def _chosen(engine: Engine, one: Read, about: str, points: int) -> list[Statement]:
    """The statements that matter most; of a long document, the best of each part's best."""
    left = one.statements
    while True:
        windows = list(_windows(left))
        if len(windows) <= 1:
            return await _best(engine, left, about, points)
        kept = [chosen for part in windows for chosen in await _best(engine, part, about, points)]
        if len(kept) >= len(left):  # parts so short that nothing was left out
            return kept[:points]
        left = kept


def _windows(found: Sequence[Statement]) -> Iterator[list[Statement]]:
    window: list[Statement] = []
    tokens = 0
    for statement in found:
        cost = estimate_tokens(statement.shown)
        if window and tokens + cost > _WINDOW:
            yield window
            window, tokens = [], 0
        window.append(statement)
        tokens += cost
    if window:
        yield window


async def _best(
    engine: Engine, shown: Sequence[Statement], about: str, points: int
) -> list[Statement]:
    if len(shown) <= points:
        return list(shown)
    numbers: dict[str, Any] = {
        "type": "array",
        "items": {"enum": list(range(1, len(shown) + 1))},
        "minItems": 1,
        "maxItems": points,
    }
    schema = {
        "type": "object",
        "properties": {"statements": numbers},
        "required": ["statements"],
        "additionalProperties": False,
    }
    lines = "\n".join(f"{n}. {quoted(one.shown)}" for n, one in enumerate(shown, 1))
    wanted = f" who asks: {about}" if about else ""
    messages = [
        {"role": "system", "content": _ROLE.format(about=wanted)},
        {"role": "user", "content": f"{lines}\n\nThe {points} most important ones:"},
    ]
    try:
        reply = parse_constrained(
            await engine.planner(schema, max_tokens=16 * points + 20).ainvoke(messages)
        )
    except (EngineReplyError, EngineRunawayError):
        return list(shown[:points])
    chosen = {int(number) for number in reply.get("statements", [])}
    return [one for number, one in enumerate(shown, 1) if number in chosen]
