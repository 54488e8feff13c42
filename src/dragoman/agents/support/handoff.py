"""A conversation that a person has to take up, as it is kept and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["asked", "angry", "legal", "stuck", "low_confidence"]
Status = Literal["open", "taken", "closed"]
Author = Literal["customer", "staff"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Something that was written while the conversation was with a person."""

    author: Author
    """Who wrote it."""

    person: str
    """Name of the member of the staff; empty for the customer."""

    text: str
    """What they wrote, word for word."""

    at: str
    """When, ISO 8601 in UTC."""

    turn: str
    """Turn that it belongs to: the customer's own, or the one that the staff answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOff:
    """One conversation in the inbox."""

    id: str
    """Short id, unique in the data folder."""

    thread: str
    """Thread id, without the tenant."""

    turn: str
    """Turn in which it was handed over."""

    agent: str
    """Name of the agent that handed it over."""

    reason: Reason
    """Why."""

    language: str
    """BCP-47 tag of the customer's language."""

    staff_language: str
    """BCP-47 tag of the language of `summary`."""

    summary: str
    """What it is about, written by the model for the staff; empty when it could write none that
    holds what was said and nothing else."""

    draft: str
    """What the agent would have answered, where its answer was held back."""

    status: Status
    """``open`` until somebody takes it, ``taken`` while they have it, ``closed`` when the
    conversation is with the agent again."""

    person: str
    """Who has or had it; empty while it is open."""

    opened_at: str
    """When it was handed over, ISO 8601 in UTC."""

    taken_at: str
    """When somebody took it; empty while it is open."""

    closed_at: str
    """When it went back to the agent; empty until then."""

    messages: tuple[Message, ...] = ()
    """The customer's words that led to it, and what was written since."""

    @property
    def unanswered(self) -> int:
        """Messages of the customer since the staff last wrote."""
        count = 0
        for message in reversed(self.messages):
            if message.author == "staff":
                break
            count += 1
        return count


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOff:
    """What the answer of a turn says of a hand-off."""

    id: str
    """Id of the hand-off."""

    reason: Reason
    """Why the conversation is with a person."""

    queued: bool = False
    """Whether it was with one before, so that this message only waits for them."""

    opens_at: str = ""
    """When somebody is there, ISO 8601 with the market's zone; empty when somebody is now."""
