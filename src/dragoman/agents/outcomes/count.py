"""Outcomes and scores counted by period, agent and language: numbers, and no words of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from dragoman.agents.outcomes.outcome import kept_outcome
from dragoman.agents.outcomes.ratings import SATISFIED
from dragoman.agents.storage import Storage
from dragoman.agents.transcript import Turn

Period = Literal["all", "month", "week", "day"]

_RESOLVED = frozenset({"supported", "answered"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """What became of the questions of one period to one agent in one language."""

    period: str
    """``2026-11``, ``2026-W48`` or ``2026-11-24``, by when the question came; empty for all."""

    agent: str
    """Name of the agent; empty where it is not known."""

    language: str
    """BCP-47 tag of the answers; empty of turns that have none."""

    turns: int
    """Questions that were asked."""

    supported: int
    """Answers that rest on a passage, a tool's result or a prepared answer."""

    answered: int
    """Answers that rest on nothing that can be checked, as small talk does."""

    asked_back: int
    """Turns that ended with a question to the person."""

    gave_up: int
    """Turns that ended without an answer, which was said."""

    handed_off: int
    """Turns that went to a person."""

    open: int
    """Turns that wait for a person or go on."""

    failed: int
    """Turns that were cut off."""

    threads: int
    """Conversations whose latest turn is among these."""

    resolved: int
    """Of these, those whose latest turn was answered and none handed off."""

    rated: int
    """Turns that somebody has rated."""

    satisfied: int
    """Of these, those with 4 or 5."""

    score: float | None
    """Mean score, 1 to 5; None when nobody has rated."""


@dataclass(kw_only=True, slots=True)
class _Tally:
    ends: Counter[str] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=list)
    threads: int = 0
    resolved: int = 0


async def count(
    storage: Storage,
    tenant: str,
    *,
    by: Period = "all",
    since: date | None = None,
    until: date | None = None,
) -> list[Outcomes]:
    """The tenant's outcomes, one for each period, agent and language that occurs, in this order.

    Args:
        storage: The threads.
        tenant: Whose.
        by: How long a period is.
        since: First day that counts (UTC).
        until: Last day that counts (UTC).
    """
    tallies: dict[tuple[str, str, str], _Tally] = {}
    for summary in await storage.transcript.threads(tenant):
        key = f"{tenant}/{summary.id}"
        turns = await storage.transcript.turns(key)
        _add(tallies, turns, await storage.ratings.of(key), by, _within(turns, since, until))
    return [_row(group, tally) for group, tally in sorted(tallies.items())]


def _add(
    tallies: dict[tuple[str, str, str], _Tally],
    turns: list[Turn],
    scores: Mapping[str, int],
    by: Period,
    counted: Iterable[Turn],
) -> None:
    handed = any(kept_outcome(turn) == "handed_off" for turn in turns)
    for turn in counted:
        record: Mapping[str, Any] = turn.record
        language = turn.language or str(record.get("language", ""))
        group = (_period(turn, by), str(record.get("agent", "")), language)
        tally = tallies.setdefault(group, _Tally())
        end = kept_outcome(turn)
        tally.ends[end] += 1
        if turn.id in scores:
            tally.scores.append(scores[turn.id])
        if turn is turns[-1]:
            tally.threads += 1
            tally.resolved += end in _RESOLVED and not handed


def _within(turns: list[Turn], since: date | None, until: date | None) -> list[Turn]:
    first, last = str(since or ""), str(until or "9999")
    return [turn for turn in turns if first <= turn.asked_at[:10] <= last]


def _period(turn: Turn, by: Period) -> str:
    if by == "week":
        week = date.fromisoformat(turn.asked_at[:10]).isocalendar()
        return f"{week.year}-W{week.week:02}"
    return turn.asked_at[: {"all": 0, "month": 7, "day": 10}[by]]


def _row(group: tuple[str, str, str], tally: _Tally) -> Outcomes:
    period, agent, language = group
    ends, scores = tally.ends, tally.scores
    return Outcomes(
        period=period,
        agent=agent,
        language=language,
        turns=ends.total(),
        supported=ends["supported"],
        answered=ends["answered"],
        asked_back=ends["asked_back"],
        gave_up=ends["gave_up"],
        handed_off=ends["handed_off"],
        open=ends["open"],
        failed=ends["failed"],
        threads=tally.threads,
        resolved=tally.resolved,
        rated=len(scores),
        satisfied=sum(score >= SATISFIED for score in scores),
        score=round(sum(scores) / len(scores), 2) if scores else None,
    )
