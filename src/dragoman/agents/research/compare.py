"""One question put to several documents: what each of them says, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anyio.to_thread import run_sync

from dragoman.agents.research.evidence import (
    evidence_in,
    evidence_prompt,
    evidence_schema,
    nearest,
)
from dragoman.agents.research.library import Read, read
from dragoman.agents.research.restate import restated
from dragoman.agents.research.statements import Statement
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.languages import detect, profile, resolve_tag
from dragoman.memory import Document, Memory, MemoryView
from dragoman.models import Engine, parse_constrained


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one document says."""

    document: Document
    """The document."""

    said: str
    """What it says, in the language of the question; that it says nothing, where it does not."""

    quote: str = ""
    """Where it says so, word for word; empty when it does not."""

    start: int = 0
    """Offset of the quote in the document's text."""

    end: int = 0
    """Offset after it."""

    restated: bool = False
    """Whether `said` is the model's sentence, with the quote's figures; else it is the quote."""


async def compare(
    engine: Engine,
    memory: Memory | MemoryView,
    question: str,
    documents: Sequence[str],
    *,
    language: str = "",
) -> list[Finding]:
    """Ask each of `documents` the question; the findings in their order.

    Args:
        engine: The model.
        memory: Where the documents are.
        question: A question, in any language.
        documents: Ids, or parts of sources or titles.
        language: BCP-47 tag to answer in; the question's own when empty.

    Raises:
        DocumentNotFoundError: no document has a name.
        InvalidInputError: a name fits several documents.
    """
    tag = resolve_tag(language or detect(question).tag)
    reads = [await run_sync(read, memory, name) for name in documents]
    found = [await _statement(engine, memory, question, one) for one in reads]
    said = iter(await restated(engine, [one for one in found if one], language=tag))
    nothing = profile(tag).replies.not_found
    findings = []
    for one, statement in zip(reads, found, strict=True):
        if statement is None:
            findings.append(Finding(document=one.document, said=nothing))
            continue
        text, is_restated = next(said)
        findings.append(
            Finding(
                document=one.document,
                said=text,
                quote=statement.text,
                start=statement.start,
                end=statement.end,
                restated=is_restated,
            )
        )
    return findings


async def _statement(
    engine: Engine, memory: Memory | MemoryView, question: str, one: Read
) -> Statement | None:
    shown = await run_sync(lambda: nearest(question, one.statements, memory.embedder))
    if not shown:
        return None
    planner = engine.planner(evidence_schema(len(shown)), max_tokens=200)
    messages = [dict(entry) for entry in evidence_prompt(question, shown, before="")]
    try:
        found = evidence_in(parse_constrained(await planner.ainvoke(messages)), shown)
    except (EngineReplyError, EngineRunawayError):
        return None
    return found.statement if found else None
