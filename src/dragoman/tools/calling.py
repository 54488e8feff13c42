"""Around a running call: whose it is and where it belongs, for tools that must know.

Most tools need nothing but their arguments. `remember` needs to know who said a thing and where,
and `read_result` whose results it may read; a model must not fill those in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dragoman.errors import ToolFailedMistake

if TYPE_CHECKING:
    from dragoman.tools.results import Results


@dataclass(frozen=True, kw_only=True, slots=True)
class Calling:
    """The turn that a call is made in."""

    thread: str
    """Thread id, tenant included."""

    turn: str
    """Turn id inside the thread."""

    user: str = ""
    """Who is asking; empty when nobody is known by name."""

    groups: Sequence[str] | None = None
    """Groups of who is asking, which say what documents they see; None for all documents."""

    said: str = ""
    """What the person wrote in this thread, as far as it is at hand; never what tools found."""

    results: Results | None = None
    """Where long results of this thread are kept."""


_calling: ContextVar[Calling] = ContextVar("dragoman_calling")


@contextmanager
def calling(now: Calling) -> Iterator[None]:
    """Make calls inside it belong to `now`, also in threads that a tool is run in.

    Usage:
        with calling(Calling(thread="default/t", turn="1")):
            await tool.invoke(arguments)
    """
    token = _calling.set(now)
    try:
        yield
    finally:
        _calling.reset(token)


def current_calling() -> Calling:
    """The turn of the call that is running.

    Raises:
        ToolFailedMistake: the function was called outside any turn.
    """
    try:
        return _calling.get()
    except LookupError:
        raise ToolFailedMistake("This tool works inside a conversation only.") from None


def current_groups() -> Sequence[str] | None:
    """The groups of who is asking; None outside any turn, where an operator calls."""
    now = _calling.get(None)
    return None if now is None else now.groups
