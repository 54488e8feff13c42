"""Whatever asks a model is counted: each role and each helper, by tenant, at one real server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from langchain_core.messages import AIMessage, HumanMessage
from replay import ReplayServer, Reply, Request, answer

from dragoman.memory.rerank_judge import JudgeReranker
from dragoman.models.compacting import MAY_GO
from dragoman.models.connect import connect
from dragoman.models.engine import Engine
from dragoman.models.images import describe_image, plain_picture
from dragoman.models.usage_ledger import UsageLedger
from dragoman.settings import Settings

WINDOW = 300
TOOL = {"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}


def ollama(request: Request) -> Reply:
    """Sees, plans, and refuses a prompt of more than 1,500 characters as a real one does."""
    if request.path == "/api/show":
        return Reply.json({"capabilities": ["completion", "vision"], "details": {}})
    if request.path == "/api/version":
        return Reply.json({"version": "0.32.15"})
    length = sum(len(message["content"]) for message in request.json["messages"])
    if length > 1500:
        inner = {"code": 400, "message": "exceeds the available context size", "n_ctx": WINDOW,
                 "n_prompt_tokens": length // 4, "type": "exceed_context_size_error"}  # fmt: skip
        return Reply.json({"error": json.dumps({"error": inner})}, status=400)
    return Reply.lines(*answer('{"answers": "yes"}'))


async def plan(engine: Engine) -> object:
    return await engine.planner({"type": "object"}, max_tokens=9).ainvoke("?")


async def write(engine: Engine) -> object:
    return await engine.writer(max_tokens=9).ainvoke("?")


async def stream(engine: Engine) -> object:
    return [chunk async for chunk in engine.writer(max_tokens=9).astream("?")]


async def call_natively(engine: Engine) -> object:
    return await engine.caller([TOOL], max_tokens=9).ainvoke("?")


async def describe(engine: Engine) -> object:
    return await describe_image(engine, plain_picture((1, 2, 3)))


async def judge(engine: Engine) -> object:
    return await run_sync(JudgeReranker(engine).rank, "?", ["a passage"])


async def compact(engine: Engine) -> object:
    mark = {MAY_GO: True}
    past = [
        HumanMessage("x " * 800, additional_kwargs=mark),
        AIMessage("y", additional_kwargs=mark),
    ]
    return await engine.writer(max_tokens=9).ainvoke([*past, HumanMessage("?")])


@pytest.mark.parametrize(
    ("ask", "calls"),
    [(plan, 1), (write, 1), (stream, 1), (call_natively, 1), (describe, 1), (judge, 1),
     (compact, 2)],
)  # fmt: skip
async def test_it_is_counted_and_priced_for_its_tenant_and_turn(
    server: ReplayServer,
    tmp_path: Path,
    ask: Callable[[Engine], Awaitable[object]],
    calls: int,
) -> None:
    server.answer_with(ollama)
    prices = {"ollama:*": {"input": 1_000_000.0, "output": 2_000_000.0}}
    engine = await connect(f"ollama:m@{server.url}", Settings(home=tmp_path, prices=prices))
    with engine.turn(tenant="acme", thread="1") as budget:
        await ask(engine)
    of_tenant = UsageLedger(tmp_path / "usage.sqlite").spent("acme")
    for spent in (budget.spent, of_tenant):
        assert spent.calls == calls  # the refused try is a call, and costs nothing
        assert (spent.input_tokens, spent.output_tokens, spent.money) == (7, 1, 9.0)
    asked = [request for request in server.requests if request.path == "/api/chat"]
    assert len(asked) == calls


async def test_a_planner_elsewhere_is_priced_by_its_own_table(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama)
    with ReplayServer() as other:
        other.answer_with(ollama)
        settings = Settings(
            home=tmp_path,
            planner_engine=f"ollama:big@{other.url}",
            prices={"ollama:m@*": {"input": 0.0, "output": 1_000_000.0},
                    "ollama:big@*": {"input": 0.0, "output": 5_000_000.0}},
        )  # fmt: skip
        engine = await connect(f"ollama:m@{server.url}", settings)
        with engine.turn(tenant="acme") as budget:
            await plan(engine)
            await write(engine)
    assert (budget.spent.calls, budget.spent.money) == (2, 6.0)
    engines = {row[2]: row[3].money for row in UsageLedger(tmp_path / "usage.sqlite").table()}
    assert engines == {f"ollama:m@{server.url}": 1.0, f"ollama:big@{other.url}": 5.0}
