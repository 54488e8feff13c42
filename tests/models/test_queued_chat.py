"""Calls wait for their engine, hear their place, and are charged to whom they belong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import BudgetExceededError, EngineBusyError
from dragoman.models.caller import Caller, EngineEvent, EngineWait, caller, calling
from dragoman.models.connect import connect
from dragoman.models.queued_chat import QueuedChat
from dragoman.models.usage_ledger import UsageLedger
from dragoman.models.waiting_line import WaitingLine
from dragoman.models.wrapped_chat import innermost
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel


class Gate(ScriptedModel):
    """A model that writes only when it is let."""

    def __init__(self, *script: str) -> None:
        super().__init__(script)
        self._gate = asyncio.Event()

    def open(self) -> None:
        self._gate.set()

    async def _astream(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        await self._gate.wait()
        async for chunk in super()._astream(*arguments, **options):
            yield chunk


async def test_a_second_call_waits_and_hears_its_place() -> None:
    gate = Gate("one", "two")
    chat = QueuedChat(inner=gate, line=WaitingLine("ollama:m@box", places=1, longest=1))
    heard: list[EngineEvent] = []

    async def ask(tenant: str) -> str:
        with calling(Caller(tenant=tenant, hear=heard.append)):
            return (await chat.ainvoke("?")).text

    tasks = [asyncio.create_task(ask(tenant)) for tenant in ("a", "b")]
    while not heard:  # noqa: ASYNC110 - one step of the loop at a time
        await asyncio.sleep(0)
    assert heard == [EngineWait(engine="ollama:m@box", ahead=0)]
    with pytest.raises(EngineBusyError):
        await ask("b")
    gate.open()
    assert await asyncio.gather(*tasks) == ["one", "two"]


def ollama(request: Request) -> Reply:
    if request.path == "/api/show":
        return Reply.json({"capabilities": ["completion"], "model_info": {}, "details": {}})
    if request.path == "/api/version":
        return Reply.json({"version": "0.32.15"})
    return Reply.lines(*answer("a", "b"))


async def test_a_turn_is_charged_to_its_tenant_and_ends_at_its_limit(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama)
    table = {"ollama:*": {"input": 1_000_000.0}}
    settings = Settings(home=tmp_path, turn_money=10.0, prices=table)
    engine = await connect(f"ollama:m@{server.url}", settings)
    with engine.turn(tenant="acme", thread="1") as budget:
        await engine.writer(max_tokens=9).ainvoke("?")
        await engine.planner({"type": "object"}, max_tokens=9).ainvoke("?")
        with pytest.raises(BudgetExceededError, match="14 of 10 money"):
            await engine.writer(max_tokens=9).ainvoke("?")
    assert (budget.spent.calls, budget.spent.tokens) == (2, 18)
    ledger = UsageLedger(tmp_path / "usage.sqlite")
    assert ledger.spent("acme").money == 14
    assert caller().tenant == "default"
    with engine.turn(tenant="acme"):  # the next turn has a budget of its own
        await engine.writer(max_tokens=9).ainvoke("?")


def test_synchronous_calls_belong_to_the_turn_as_well(server: ReplayServer, tmp_path: Path) -> None:
    server.answer_with(ollama)
    engine = asyncio.run(connect(f"ollama:m@{server.url}", Settings(home=tmp_path)))
    with engine.turn(tenant="acme") as budget:
        engine.writer(max_tokens=9).invoke("?")
    assert budget.spent.calls == 1
    assert UsageLedger(tmp_path / "usage.sqlite").spent("acme").calls == 1


@pytest.mark.parametrize(("parallel", "queued"), [(0, False), (3, True)])
async def test_a_server_that_works_on_many_at_once_has_no_line_unless_asked_for(
    tmp_path: Path, parallel: int, queued: bool
) -> None:
    settings = Settings(home=tmp_path, engine_parallel=parallel)
    engine = await connect("openai:m@http://127.0.0.1:9/v1", settings)
    assert isinstance(engine.chat, QueuedChat) is queued
    assert isinstance(innermost(engine.chat), BaseChatModel)
