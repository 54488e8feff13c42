"""Plan the turn again from the user's words alone, to see what they lead to.

The planner is shown what the user wrote in the thread: no passages, no results of untrusted tools,
no answer that was made from either. What it plans then cannot come from outside text. Nothing that
it plans is run: where the turn has made the same call before, the next round says that it is done,
and shows the result of a trusted tool.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dragoman.agents.grounding import Heard, ids_in
from dragoman.agents.parts import Parts
from dragoman.agents.planner import Request, make_plan
from dragoman.agents.prompts.preamble import observations, planning_request
from dragoman.agents.prompts.results import result_line
from dragoman.agents.references import next_wave
from dragoman.agents.repetition import decisive_arguments, is_prose
from dragoman.agents.state import ChatMessage, TurnState, calls_of
from dragoman.agents.taint import users_words
from dragoman.errors import ModelMistake
from dragoman.languages.dates import find_dates
from dragoman.tools import Call

_MOST_ROUNDS = 3
_OUTSIDE_ONLY = {"search_documents", "read_result"}
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"'）】]+", re.IGNORECASE)


class Replay:
    """What the user's words alone lead to, worked out as far as it is needed.

    Usage:
        replay = Replay(state, parts)
        await replay.until([call])
        replay.leads_to(call)
    """

    def __init__(self, state: TurnState, parts: Parts) -> None:
        """Ask nothing yet."""
        self._state = state
        self._parts = parts
        self._thread = users_words(state)
        self._done = calls_of(state.get("calls", []))
        self._shown: list[Call] = []
        self._planned: list[Call] = []
        self.usage: dict[str, int] = state.get("usage", {})
        """The turn's usage, what was asked here included."""

    async def until(self, wanted: Sequence[Call]) -> None:
        """Plan, one step after the other, until all of `wanted` came up or cannot come any more.

        At most as many steps as the turn itself has made, and three.
        """
        messages = [self._question()]
        for step in range(1, min(self._state["step"], _MOST_ROUNDS) + 1):
            plan = await make_plan(self._parts, self._request(messages, step), self.usage)
            self.usage = dict(plan.usage)
            seen = self._follow(plan.calls)
            if all(map(self.leads_to, wanted)) or not seen or len(seen) < len(plan.calls):
                return
            ahead = self._parts.plans_ahead
            lines = "\n".join(result_line(call, numbered=ahead) for call in seen)
            messages += [
                ChatMessage(role="assistant", content=plan.said),
                ChatMessage(role="user", content=observations(lines)),
            ]

    def leads_to(self, call: Call) -> bool:
        """Whether the same call came up: same tool, same decisive arguments.

        Free text may differ, but what it names must have been said by the user: links, addresses
        and ids. A call of nothing but free text must be the same to the letter.
        """
        return any(self._is_same(call, other) for other in self._planned)

    def _request(self, messages: Sequence[ChatMessage], step: int) -> Request:
        state = self._state
        return Request(
            prompt=[*self._parts.preamble, *self._thread, *messages],
            offered=[name for name in state["shortlist"] if name not in _OUTSIDE_ONLY],
            said=self._said(),
            question=state["shown"],
            language=state["language"],
            today=self._parts.today(),
            step=step,
            first_number=len(self._shown) + 1,
        )

    def _question(self) -> ChatMessage:
        state, parts = self._state, self._parts
        today = parts.today()
        days = find_dates(state["shown"], state["language"], today=today)
        content = planning_request(
            state["shown"],
            "",
            today=today,
            dates={named.text: named.day for named in days},
            tools="" if parts.lists_tools else parts.registry.render(state["shortlist"]),
        )
        return ChatMessage(role="user", content=content)

    def _said(self) -> list[str]:
        return [
            self._state["shown"],
            *(message["content"] for message in self._thread),
            *(call.observation() for call in self._shown),
        ]

    def _follow(self, calls: Sequence[Call]) -> list[Call]:
        """Note what was planned; give back the calls that the turn has made as well."""
        waiting, seen = list(calls), []
        while waiting:
            # A reference to a withheld result cannot be filled: such a call comes back with an
            # error, and counts for nothing.
            ready, waiting = next_wave(waiting, self._shown)
            self._planned += [call for call in ready if not call.error]
            found = [made for call in ready if (made := self._made(call)) is not None]
            self._shown += found
            seen += found
            if len(found) < len(ready):
                break
        return seen

    def _made(self, planned: Call) -> Call | None:
        """`planned` with what the turn knows of it, None when the turn has not made that call."""
        for call in self._done:
            if planned.error or call.error or not self._is_same(call, planned):
                continue
            trusted = self._parts.registry.get(call.tool).trusted
            shows = trusted and call.arguments == planned.arguments
            return replace(planned, result=call.result if shows else None)
        return None

    def _is_same(self, call: Call, other: Call) -> bool:
        if call.tool != other.tool:
            return False
        try:
            mine = self._parts.registry.validate(call.tool, call.arguments)
            theirs = self._parts.registry.validate(other.tool, other.arguments)
        except ModelMistake:
            return False
        if mine == theirs:
            return True
        decisive = decisive_arguments(mine)
        if not decisive or decisive != decisive_arguments(theirs):
            return False
        return self._is_harmless(mine)

    def _is_harmless(self, arguments: Mapping[str, Any]) -> bool:
        """Whether free text names nothing that could lead somewhere and the user has not said."""
        heard = Heard(self._said())
        hidden = self._parts.privacy.hidden  # what is said stands there masked
        prose = [hidden(str(value)) for name, value in arguments.items() if is_prose(name)]
        return all(
            found in heard for text in prose for found in [*_LINK.findall(text), *ids_in(text)]
        )
