"""Running calls: validated, within their time, in parallel, and effects only once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dragoman.errors import ModelMistake, OutcomeUnknownMistake, ToolFailedMistake
from dragoman.tools.call import Call, as_plain
from dragoman.tools.calling import Calling, calling
from dragoman.tools.ledger import Ledger, effect_key
from dragoman.tools.registry import Registry
from dragoman.tools.results import SHOWN_OTHERWISE, Results
from dragoman.tools.tool import Tool

_UNKNOWN = (
    "This call was started before and it is not known whether it took effect. It was not repeated; "
    "a person must check."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Executor:
    """Runs the calls of one turn.

    Usage:
        done = await executor.run([Call(id="1.0", tool="calculator", arguments={...})])
    """

    registry: Registry
    """The tools that may be called."""

    ledger: Ledger
    """Where ``once`` effects are recorded."""

    thread: str
    """Thread id, tenant included."""

    turn: str
    """Turn id inside the thread."""

    default_seconds: float
    """Time limit of a tool that names none."""

    user: str = ""
    """Who is asking; empty when nobody is known by name."""

    groups: Sequence[str] | None = None
    """Groups of who is asking, which say what documents they see; None for all documents."""

    said: str = ""
    """What the person wrote in this thread: what `remember` may take a fact from."""

    results: Results | None = None
    """Where long results are kept; without it they are cut for good."""

    async def run(self, calls: Sequence[Call]) -> list[Call]:
        """Run independent calls together; each comes back with its result or its error.

        ``once`` calls run one after the other, in the order of the plan.
        """
        free = [call for call in calls if not self._is_once(call)]
        done = {call.id: call for call in await asyncio.gather(*map(self.run_one, free))}
        for call in calls:
            if call.id not in done:
                done[call.id] = await self.run_one(call)
        return [done[call.id] for call in calls]

    async def run_one(self, call: Call) -> Call:
        """Run one call; a mistake of the model or a failing tool becomes the call's `error`."""
        started = time.perf_counter()
        try:
            tool = self.registry.get(call.tool)
            result = await self.perform(call)
        except ModelMistake as mistake:
            return replace(call, error=str(mistake), seconds=time.perf_counter() - started)
        done = replace(call, result=result, seconds=time.perf_counter() - started)
        if self.results is None or tool.name in SHOWN_OTHERWISE:
            return done
        return await self.results.keep(self.thread, self.turn, done)

    async def perform(self, call: Call) -> Any:
        """What the call's tool returns.

        Raises:
            ModelMistake: the call cannot be run as it is, the tool failed, or nobody knows.
        """
        tool = self.registry.get(call.tool)
        arguments = self.registry.validate(call.tool, call.arguments)
        with calling(self._calling()):
            if tool.effect == "once":
                return await self._once(tool, call, arguments)
            return await self._invoke(tool, self._with_key(tool, call, arguments))

    def _calling(self) -> Calling:
        return Calling(
            thread=self.thread,
            turn=self.turn,
            user=self.user,
            groups=self.groups,
            said=self.said,
            results=self.results,
        )

    def _is_once(self, call: Call) -> bool:
        return call.tool in self.registry and self.registry.get(call.tool).effect == "once"

    def _key(self, call: Call) -> str:
        return effect_key(self.thread, self.turn, call.id, call.tool)

    def _with_key(self, tool: Tool, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        if tool.idempotency_key is None:
            return arguments
        return {**arguments, tool.idempotency_key: self._key(call)}

    async def _once(self, tool: Tool, call: Call, arguments: dict[str, Any]) -> Any:
        key = self._key(call)
        earlier = await self.ledger.begin(key, self.thread, tool.name, arguments)
        if earlier is not None:
            if earlier.state == "done":
                return earlier.result
            if earlier.state == "failed":
                raise ToolFailedMistake(earlier.result)
            if tool.idempotency_key is None:
                raise ToolFailedMistake(_UNKNOWN)
        try:
            # As it will be read back, so that a resumed turn sees what an unbroken one saw.
            result = as_plain(await self._invoke(tool, self._with_key(tool, call, arguments)))
        except OutcomeUnknownMistake:
            raise  # it may still take effect: the entry stays "started"
        except ModelMistake as mistake:
            await self.ledger.finish(key, "failed", str(mistake))
            raise
        await self.ledger.finish(key, "done", result)
        return result

    async def _invoke(self, tool: Tool, arguments: Mapping[str, Any]) -> Any:
        seconds = tool.timeout or self.default_seconds
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await tool.invoke(arguments)
        except ModelMistake:
            raise
        except Exception as error:
            if limit.expired():
                raise OutcomeUnknownMistake(
                    f"{tool.name} gave no answer within {seconds:g} s."
                ) from None
            # A tool is anybody's code: whatever it raises is an observation, not our crash.
            raise ToolFailedMistake(f"{tool.name} failed: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The error's own words, or its name when it has none."""
    return str(as_plain(error)) or type(error).__name__
