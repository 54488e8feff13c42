"""Tools of a guarded turn: they are given the data, and what they say is masked."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal

from dragoman.agents.privacy.guard import Guard
from dragoman.errors import InvalidArgumentsMistake, ModelMistake, ToolFailedMistake
from dragoman.tools.call import as_plain
from dragoman.tools.ledger import Entry, Ledger
from dragoman.tools.registry import Registry
from dragoman.tools.tool import Tool

_ON_NAMES = frozenset({"search_documents", "read_result"})
"""Tools that work on what has been masked; a query goes to the embedder as the model wrote it."""


class GuardedRegistry(Registry):
    """The tools of another registry, at the border of a turn.

    Arguments are restored when they are validated: rules, approvals and the tool itself see the
    data. Results, and the words of errors, are masked before anything else reads them.
    """

    def __init__(self, inner: Registry, guard: Guard) -> None:
        """Guard the tools of `inner`."""
        super().__init__(inner)
        self._guard = guard
        self._guarded: dict[str, Tool] = {}

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            UnknownToolMistake: there is none.
        """
        if name not in self._guarded:
            self._guarded[name] = _guarded(super().get(name), self._guard)
        return self._guarded[name]

    def validate(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments`, restored, then checked and coerced by the tool's model.

        Raises:
            UnknownToolMistake: no such tool.
            InvalidArgumentsMistake: what is wrong with which argument.
        """
        given = arguments if name in _ON_NAMES else self._guard.restored(arguments)
        try:
            return super().validate(name, given)
        except InvalidArgumentsMistake as mistake:
            raise InvalidArgumentsMistake(self._guard.hidden(str(mistake))) from None


class GuardedLedger(Ledger):
    """A ledger of effects that is written with names; without `Guard` data of what was done."""

    def __init__(self, inner: Ledger, guard: Guard) -> None:
        """Write into `inner`."""
        self._inner = inner
        self._guard = guard

    async def setup(self) -> None:
        """Nothing: the inner ledger is set up."""

    async def find(self, key: str) -> Entry | None:
        """The entry of `key`, with names."""
        return await self._inner.find(key)

    async def begin(
        self, key: str, thread: str, tool: str, arguments: Mapping[str, Any]
    ) -> Entry | None:
        """Record that the call is about to run; see `Ledger.begin`."""
        masked = await self._guard.masked(as_plain(dict(arguments)))
        return await self._inner.begin(key, thread, tool, masked)

    async def finish(self, key: str, state: Literal["done", "failed"], result: Any) -> None:
        """Record how the call ended; see `Ledger.finish`."""
        await self._inner.finish(key, state, await self._guard.masked(as_plain(result)))

    async def reopen(self, key: str) -> None:
        """Let the call of `key` run again; see `Ledger.reopen`."""
        await self._inner.reopen(key)


def _guarded(tool: Tool, guard: Guard) -> Tool:
    """`tool` with its results masked; its definition is not checked and built anew."""

    async def masking(**arguments: Any) -> Any:
        try:
            return await guard.masked(await tool.invoke(arguments))
        except ModelMistake as mistake:
            raise type(mistake)(await guard.masked(str(mistake))) from None
        except Exception as error:
            reason = str(as_plain(error)) or type(error).__name__
            raise ToolFailedMistake(f"{tool.name} failed: {await guard.masked(reason)}") from error

    guarded = copy.copy(tool)
    object.__setattr__(guarded, "function", masking)
    return guarded
