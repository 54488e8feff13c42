"""The language of a conversation, which one message does not turn.

`detect` says what one message is in. A thread answers in its own language until two clear messages
in a row are in another one. What has to be remembered for that is a small plain value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypedDict

from dragoman.languages.detection import UNDETERMINED, Detection

CLEAR = 0.8
"""A message is clear when its language has at least this confidence."""

_NEEDED = 2


class ThreadLanguageState(TypedDict):
    """A `ThreadLanguage` as JSON-ready data, for a checkpoint."""

    tag: str
    candidate: str
    seen: int
    settled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadLanguage:
    """The language of a conversation, and the one that it may be turning to.

    Usage:
        language = ThreadLanguage()
        for text in ("注文はどこですか？", "iPhone 15", "Where is my order?", "I need it today."):
            language = steady(language, detect(text, thread=language.tag))
        language.tag  # "ja" for the first three messages, "en" after the fourth
    """

    tag: str = ""
    """BCP-47 tag, empty before the first message that says anything."""

    settled: bool = False
    """Whether a clear message has set it; until then one clear message is enough."""

    candidate: str = ""
    """Tag of the other language that was last heard clearly, empty when there is none."""

    seen: int = 0
    """How many clear messages in a row were in the candidate."""

    def as_dict(self) -> ThreadLanguageState:
        """The state as plain data."""
        return {
            "tag": self.tag,
            "candidate": self.candidate,
            "seen": self.seen,
            "settled": self.settled,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, object] | None) -> Self:
        """The state from plain data; nothing gives that of a new thread."""
        state = state or {}
        return cls(
            tag=str(state.get("tag", "")),
            candidate=str(state.get("candidate", "")),
            seen=int(str(state.get("seen", 0))),
            settled=bool(state.get("settled", False)),
        )


def steady(thread: ThreadLanguage, found: Detection) -> ThreadLanguage:
    """The thread's language after a message that was detected as `found`.

    Args:
        thread: The state before the message.
        found: What `detect` said of it, with ``thread=thread.tag``.

    Returns:
        The new state. An unclear message changes nothing, except that it gives a language to a
        thread that has none. A clear one in the thread's language forgets the candidate; the
        second clear one in a row in another language turns the thread.
    """
    if found.tag == UNDETERMINED:
        return thread
    clear = found.confidence >= CLEAR
    if not thread.tag or (clear and not thread.settled):
        return ThreadLanguage(tag=found.tag, settled=clear)
    if not clear:
        return thread
    if found.tag == thread.tag:
        return ThreadLanguage(tag=thread.tag, settled=True)
    seen = thread.seen + 1 if found.tag == thread.candidate else 1
    if seen >= _NEEDED:
        return ThreadLanguage(tag=found.tag, settled=True)
    return ThreadLanguage(tag=thread.tag, settled=True, candidate=found.tag, seen=seen)
