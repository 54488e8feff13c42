"""A thread with everything that is kept of it, for programs and for people to take away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dragoman.agents.storage import Storage
from dragoman.agents.transcript import Turn
from dragoman.errors import ThreadNotFoundError
from dragoman.tools.ledger import Effect
from dragoman.tools.results import LongResult

FORMAT = "dragoman-thread/1"
"""Name and version of the form; a field may be added under the same version, none is removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadExport:
    """One conversation: what was said, read, called, decided and done."""

    format: str = FORMAT
    """Name and version of this form."""

    tenant: str
    """Whose thread it is."""

    thread: str
    """Thread id, without the tenant."""

    turns: tuple[Turn, ...]
    """Its turns, oldest first. The `record` of a finished one holds ``citations``, ``passages``,
    ``calls``, ``approvals``, ``review``, ``usage`` and ``taint``; that of a waiting one, the
    ``requests`` that wait for a person."""

    effects: tuple[Effect, ...] = ()
    """What its tools did to the world, oldest first; the same entries as in the ledger."""

    results: tuple[LongResult, ...] = ()
    """Results that were too long for a call, of which the calls hold the handles."""


async def gather(storage: Storage, *, tenant: str, thread: str) -> ThreadExport:
    """Everything that is kept of a thread.

    Raises:
        ThreadNotFoundError: the tenant has no such thread.
    """
    key = f"{tenant}/{thread}"
    turns = await storage.transcript.turns(key)
    if not turns:
        raise ThreadNotFoundError(
            f"There is no thread {thread!r}.", cure="See: dragoman threads list (--tenant NAME)"
        )
    return ThreadExport(
        tenant=tenant,
        thread=thread,
        turns=tuple(turns),
        effects=tuple(await storage.ledger.of(key, f"{tenant}/")),
        results=tuple(await storage.results.of(key)),
    )


def as_markdown(found: ThreadExport) -> str:
    """The thread as a page for people: questions, answers, sources, calls, decisions, effects.

    What others wrote stands in quotations and code, and no line of an answer is a heading, so that
    none can pass for a part of the page.
    """
    parts = [f"# Thread {found.thread}"]
    for turn in found.turns:
        parts += _turn(turn)
    if found.effects:
        rows = "\n".join(_effect(effect) for effect in found.effects)
        parts += ["## Effects", f"{_EFFECTS}\n{rows}"]
    return "\n\n".join(parts) + "\n"


_HEADING = re.compile(r"^ {0,3}#", re.MULTILINE)
_EFFECTS = "| begun | tool | arguments | outcome | result |\n|---|---|---|---|---|"


def _turn(turn: Turn) -> list[str]:
    record = turn.record
    parts = [f"## {turn.number}. {turn.asked_at} ({turn.status})", _quotation(turn.question)]
    if turn.answer:
        parts.append(_HEADING.sub(r"\\#", turn.answer))
    for title, entries in (
        ("Sources", [_source(found, record) for found in record.get("citations", ())]),
        ("Calls", [_call(call) for call in record.get("calls", ())]),
        ("Decisions", [_decision(entry) for entry in record.get("approvals", ())]),
        (
            "Waiting for a person" if turn.status == "waiting" else "Never decided",
            [_made(asked["call"]) for asked in record.get("requests", ())],
        ),
    ):
        if entries:
            parts.append(f"{title}:\n\n" + "\n".join(f"- {entry}" for entry in entries))
    return parts


def _source(citation: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    passage = record["passages"][citation["number"] - 1]
    page = f", page {passage['page']}" if passage.get("page") else ""
    return f"[{citation['number']}] {_code(passage['source'])}{page}: {_code(citation['quote'])}"


def _call(call: Mapping[str, Any]) -> str:
    if call["error"]:
        return f"{_made(call)} → failed: {_code(call['error'])}"
    return f"{_made(call)} → {_code(_json(call['result']))}"


def _made(call: Mapping[str, Any]) -> str:
    return _code(f"{call['tool']}({_json(call['arguments'])})")


def _decision(entry: Mapping[str, Any]) -> str:
    reason = f": {_line(entry['reason'])}" if entry["reason"] else ""
    asked = _made({"tool": entry["tool"], "arguments": entry["asked"]})
    return f"{asked} {entry['outcome']} at {entry['decided_at']}{reason}"


def _effect(effect: Effect) -> str:
    cells = [
        effect.started_at,
        effect.tool,
        _code(_json(effect.arguments)),
        "nobody knows" if effect.state == "started" else effect.state,
        _code(_json(effect.result)),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(text: str) -> str:
    """`text` on one line of code, whatever backticks it holds."""
    line = _line(text) or " "
    longest = max((len(run) for run in _runs_of_backticks(line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def _runs_of_backticks(text: str) -> list[str]:
    return "".join(mark if mark == "`" else " " for mark in text).split()


def _line(text: str) -> str:
    return " ".join(text.split())


def _quotation(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
