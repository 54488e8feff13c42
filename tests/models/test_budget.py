"""Calls are counted, priced and held to the budgets of turn and tenant."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from dragoman.errors import (
    BudgetExceededError,
    ConfigurationError,
    ContextExceededError,
    EngineBusyError,
    EngineCrashedError,
    EngineReplyError,
    EngineUnavailableError,
    LedgerError,
)
from dragoman.models.budget import Budget, Limits, Spent
from dragoman.models.caller import Caller, calling
from dragoman.models.metered_chat import Account, MeteredChat
from dragoman.models.prices import Price, price_of
from dragoman.models.usage_ledger import UsageLedger
from dragoman.testing import BrokenStream, ScriptedModel


def said(text: str, read: int = 100, written: int = 10, cached: int = 0) -> AIMessage:
    usage = UsageMetadata(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written,
        input_token_details=InputTokenDetails(cache_read=cached),
    )
    return AIMessage(text, usage_metadata=usage)


@pytest.fixture
def ledger(tmp_path: Path) -> UsageLedger:
    return UsageLedger(tmp_path / "home" / "usage.sqlite")


def metered(
    ledger: UsageLedger,
    *script: object,
    price: Price | None = None,
    limits: Limits | None = None,
    chat: BaseChatModel | None = None,
) -> MeteredChat:
    account = Account(
        engine="openai:m@groq", price=price, ledger=ledger, tenant_limits=limits or Limits()
    )
    return MeteredChat(inner=chat or ScriptedModel(list(script)), account=account)  # type: ignore[arg-type]


async def test_every_call_is_counted_for_the_turn_and_in_the_ledger(ledger: UsageLedger) -> None:
    chat = metered(ledger, said("a", cached=60), said("b"), price=Price(input=2, output=10))
    budget = Budget()
    with calling(Caller(tenant="acme", budget=budget)):
        await chat.ainvoke("?")
        async for _ in chat.astream("?"):
            pass
    assert (budget.spent.calls, budget.spent.tokens, budget.spent.cached_tokens) == (2, 220, 60)
    assert budget.spent.money == pytest.approx((200 * 2 + 20 * 10) / 1e6)
    assert ledger.spent("acme").tokens == 220
    assert ledger.spent("other") == Spent()


async def test_a_cached_prompt_may_be_cheaper(ledger: UsageLedger) -> None:
    price = Price(input=2, output=0, cached=0.5)
    assert price.of(Spent(input_tokens=100, cached_tokens=60)) == pytest.approx(110 / 1e6)


async def test_a_turn_ends_when_its_tokens_are_used_up(ledger: UsageLedger) -> None:
    model = ScriptedModel([said("a"), said("b")])
    chat = metered(ledger, chat=model)
    with calling(Caller(budget=Budget(Limits(tokens=110)))):
        await chat.ainvoke("?")
        with pytest.raises(BudgetExceededError) as caught:
            await chat.ainvoke("?")
    assert caught.value.code == "DRG-BUDGET"
    assert (caught.value.unit, caught.value.limit) == ("tokens", 110)
    assert "DRAGOMAN_TURN_TOKENS" in caught.value.cure
    assert len(model.calls) == 1


async def test_a_prompt_that_alone_is_beyond_the_budget_is_not_sent(ledger: UsageLedger) -> None:
    model = ScriptedModel(["x"])
    with (
        calling(Caller(budget=Budget(Limits(tokens=50)))),
        pytest.raises(BudgetExceededError),
    ):
        await metered(ledger, chat=model).ainvoke("word " * 100)
    assert model.calls == []


async def test_a_reply_is_stopped_where_the_budget_ends(ledger: UsageLedger) -> None:
    budget = Budget(Limits(tokens=20))
    pieces: list[str] = []
    chat = metered(ledger, "x" * 100)

    async def keep() -> None:
        async for chunk in chat.astream("hi"):
            pieces.append(chunk.text)  # noqa: PERF401 - what came before the error is wanted

    with calling(Caller(tenant="acme", budget=budget)), pytest.raises(BudgetExceededError):
        await keep()
    assert 5 < len(pieces) < 25
    assert ledger.spent("acme").output_tokens == budget.spent.output_tokens == len(pieces)


async def test_a_reply_that_just_fits_is_delivered_whole(ledger: UsageLedger) -> None:
    with calling(Caller(budget=Budget(Limits(tokens=105)))):
        assert (await metered(ledger, said("done")).ainvoke("?")).text == "done"


async def test_money_that_is_limited_needs_a_price(ledger: UsageLedger) -> None:
    with (
        calling(Caller(budget=Budget(Limits(money=1)))),
        pytest.raises(ConfigurationError, match="price of openai:m@groq is not known"),
    ):
        await metered(ledger, "x").ainvoke("?")


async def test_a_turn_ends_when_its_money_is_used_up(ledger: UsageLedger) -> None:
    chat = metered(ledger, said("a", read=1_000_000), "b", price=Price(input=2, output=1))
    with calling(Caller(budget=Budget(Limits(money=1.5)))):
        await chat.ainvoke("?")
        with pytest.raises(BudgetExceededError, match="money"):
            await chat.ainvoke("?")


async def test_a_turn_ends_when_its_time_is_used_up_even_while_nothing_comes(
    ledger: UsageLedger,
) -> None:
    class Silent(ScriptedModel):
        async def _astream(self, *_: object, **__: object):  # type: ignore[no-untyped-def]
            await asyncio.Event().wait()
            yield

    with (
        calling(Caller(tenant="acme", budget=Budget(Limits(seconds=0.02)))),
        pytest.raises(BudgetExceededError, match="seconds"),
    ):
        await metered(ledger, chat=Silent()).ainvoke("?")
    assert ledger.spent("acme").seconds >= 0.02


async def test_a_tenants_day_is_limited_across_turns_and_processes(ledger: UsageLedger) -> None:
    ledger.add("acme", "another engine of another process", Spent(calls=1, input_tokens=500))
    chat = metered(ledger, said("x"), limits=Limits(tokens=400))
    with calling(Caller(tenant="acme")), pytest.raises(BudgetExceededError) as caught:
        await chat.ainvoke("?")
    assert "acme for today" in caught.value.message
    assert "DRAGOMAN_TENANT_TOKENS" in caught.value.cure
    with calling(Caller(tenant="other")):
        assert (await chat.ainvoke("?")).text == "x"


async def test_a_call_that_breaks_is_charged_too(ledger: UsageLedger) -> None:
    broken = BrokenStream(text="abc", error=EngineReplyError("gone"))
    with calling(Caller(tenant="acme")), pytest.raises(EngineReplyError):
        await metered(ledger, broken).ainvoke("?")
    assert ledger.spent("acme").calls == 1
    assert ledger.spent("acme").output_tokens == 3


@pytest.mark.parametrize(
    "error", [EngineUnavailableError("down"), EngineBusyError("full"), ContextExceededError("long")]
)
async def test_a_call_that_was_refused_unread_counts_but_costs_nothing(
    ledger: UsageLedger, error: Exception
) -> None:
    budget = Budget(Limits(tokens=1000))
    chat = metered(ledger, error, price=Price(input=1_000_000.0, output=0.0))
    with calling(Caller(tenant="acme", budget=budget)), pytest.raises(type(error)):
        await chat.ainvoke("A question of some length.")
    for spent in (ledger.spent("acme"), budget.spent):
        assert (spent.calls, spent.tokens, spent.money) == (1, 0, 0)


async def test_what_an_engine_read_before_it_crashed_is_estimated_and_charged(
    ledger: UsageLedger,
) -> None:
    with calling(Caller(tenant="acme")), pytest.raises(EngineCrashedError):
        await metered(ledger, EngineCrashedError("died")).ainvoke("A question of some length.")
    assert ledger.spent("acme").input_tokens > 3


async def test_a_reply_that_broke_off_is_charged_whatever_broke_it(ledger: UsageLedger) -> None:
    broken = BrokenStream(text="abc", error=EngineUnavailableError("gone"))
    with calling(Caller(tenant="acme")), pytest.raises(EngineUnavailableError):
        await metered(ledger, broken).ainvoke("A question of some length.")
    assert ledger.spent("acme").input_tokens > 3


async def test_a_stream_that_is_left_is_charged_for_what_came(ledger: UsageLedger) -> None:
    with calling(Caller(tenant="acme")):
        stream = metered(ledger, "abcdef").chunks([HumanMessage("?")], None, {})
        await anext(stream)
        await stream.aclose()
    assert ledger.spent("acme").output_tokens == 1


@pytest.mark.usefixtures("no_blocking")
async def test_counting_never_blocks_the_event_loop(ledger: UsageLedger) -> None:
    await metered(ledger, "x", limits=Limits(tokens=99)).ainvoke("?")


def test_the_ledger_adds_up_by_tenant_day_and_engine(ledger: UsageLedger) -> None:
    for tenant, engine in (("a", "x"), ("a", "x"), ("a", "y"), ("b", "x")):
        ledger.add(tenant, engine, Spent(calls=1, output_tokens=5, money=0.5))
    assert [(t, e, s.calls) for t, _, e, s in ledger.table()] == [
        ("a", "x", 2), ("a", "y", 1), ("b", "x", 1),
    ]  # fmt: skip
    assert ledger.spent("a").money == 1.5
    assert len(ledger.table("b")) == 1


def test_a_ledger_that_is_no_database_is_an_error_with_a_cure(ledger: UsageLedger) -> None:
    ledger.path.parent.mkdir(parents=True)
    ledger.path.write_text("not a database, and long enough to be taken for one " * 50)
    with pytest.raises(LedgerError):
        ledger.spent("a")


def test_prices_are_found_by_pattern_and_own_machines_are_free() -> None:
    table = {"openai:*@groq": {"input": 0.29, "output": 0.59}, "ollama:*": {"input": 1.0}}
    assert price_of("openai:qwen/qwen3-32b@groq", table) == Price(input=0.29, output=0.59)
    assert price_of("ollama:m@gpu", table) == Price(input=1.0)
    assert price_of("embedded:m", table) == Price()
    assert price_of("openai:m@together", table) is None
    for line in ({"in": 1.0}, {"input": -1.0}):
        with pytest.raises(ConfigurationError):
            price_of("x", {"x": line})
