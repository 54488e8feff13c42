"""What of the memory the person who asks may see, and what is known about them."""

from __future__ import annotations

from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState
from dragoman.memory import Memory, MemoryView


def memory_for(state: TurnState, parts: Parts) -> Memory | MemoryView | None:
    """The memory as the person's groups see it; all of it where no groups were named."""
    groups = state.get("groups")
    if parts.memory is None or groups is None:
        return parts.memory
    return parts.memory.seen_by(groups)


def facts_about(state: TurnState, parts: Parts) -> list[str]:
    """The few facts about the person that the writer is told, in the words they were told in.

    They are looked up by the person alone: a thread's id is the caller's choice, and could be
    another person's id.
    """
    if parts.memory is None or not (user := state.get("user")):
        return []
    facts = parts.memory.facts.recall(user, state["shown"], language=state["language"])
    return [fact.text for fact in facts]
