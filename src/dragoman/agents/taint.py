"""What others wrote and the planner has read: enforced here, not asked for in a prompt.

Documents, web pages and most tools' results are outside text: anybody may have written an order
into them. A turn that has read such text is tainted, and so are later turns that are shown an
answer made from it. What a tainted turn wants to do to the world is looked at by
`dragoman.agents.screen` before it runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.agents.parts import Parts
from dragoman.agents.pictures import pictured
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of
from dragoman.agents.transcript import Turn
from dragoman.errors import UnknownToolMistake
from dragoman.memory import Passage
from dragoman.settings import Settings
from dragoman.tools import Call
from dragoman.tools.registry import Registry

_SEARCH = "search_documents"
WITHHELD = "…"
"""What stands in place of an answer that a planner may not see."""


def outside_text(state: TurnState, parts: Parts) -> list[str]:
    """What the turn has read that others may have written, for people; empty when it is clean.

    Everything that the planner was shown counts, whether or not it used it. A small model plans
    from the user's words alone: the passages of such a turn reach only the writer, which can call
    nothing.
    """
    found = _documents(state, parts) if parts.reads_passages else []
    found += [
        f"result of {call.tool}"
        for call in calls_of(state.get("calls", []))
        if _taints(call, parts)
    ]
    if pictured(state):
        found.append("attached images")
    if state.get("tainted_answers"):
        found.append("earlier answers in this thread")
    return list(dict.fromkeys(found))


def _documents(state: TurnState, parts: Parts) -> list[str]:
    return [
        f"document {passage.source}"
        for passage in passages_of(state)
        if not is_trusted(passage, parts.settings)
    ]


def is_trusted(passage: Passage, settings: Settings) -> bool:
    """Whether the operator vouches for a passage: for all documents, or when it was stored."""
    return settings.trusted_documents or passage.metadata.get("trusted") is True


def is_guarded(call: Call, registry: Registry) -> bool:
    """Whether outside text may not lead to this call: it changes the world or a memory."""
    return call.tool in registry and registry.get(call.tool).effect != "none"


def answer_taint(state: TurnState, parts: Parts) -> list[str]:
    """The outside text that the turn's answer may carry on into later turns.

    None where no model wrote it: a question back to the user names arguments of a tool only.
    """
    if state.get("draft") is None:
        return []
    return list(dict.fromkeys([*_documents(state, parts), *outside_text(state, parts)]))


def tainted_answers(turns: Sequence[Turn], messages: Sequence[ChatMessage]) -> list[int]:
    """Places in a prompt's history of the answers that outside text went into.

    Args:
        turns: All turns of the thread, oldest first.
        messages: What `history` kept of them: two messages for each of the last finished turns.
    """
    done = [turn for turn in turns if turn.status == "done"]
    shown = done[len(done) - len(messages) // 2 :]
    return [2 * place + 1 for place, turn in enumerate(shown) if _carries(turn)]


def users_words(state: TurnState) -> list[ChatMessage]:
    """The thread as far as nothing from outside had a part in it: no images, no such answers."""
    tainted = set(state.get("tainted_answers", ()))
    return [
        ChatMessage(
            role=message["role"], content=WITHHELD if place in tainted else message["content"]
        )
        for place, message in enumerate(state["history"])
    ]


def _taints(call: Call, parts: Parts) -> bool:
    if call.tool == _SEARCH and parts.memory is not None:
        return False  # what it found is among the passages, each judged by itself
    try:
        return not parts.registry.get(call.tool).trusted
    except UnknownToolMistake:
        return False  # nothing ran, and the error is ours


def _carries(turn: Turn) -> bool:
    # A record without a word about it is from a time when nobody looked.
    return bool(turn.record.get("taint", True))
