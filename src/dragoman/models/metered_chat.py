"""A chat model whose calls are counted, priced and held to a budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import SkipValidation

from dragoman.errors import (
    ConfigurationError,
    ContextExceededError,
    EngineBusyError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.languages import estimate_tokens
from dragoman.models.budget import Budget, Limits, Spent
from dragoman.models.caller import Caller, caller
from dragoman.models.prices import Price
from dragoman.models.usage_ledger import UsageLedger
from dragoman.models.wrapped_chat import WrappedChat, chunks_of

_UNREAD = (
    ConfigurationError,
    ContextExceededError,
    EngineBusyError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
"""Errors that an engine raises instead of reading the prompt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Where the calls of an engine are charged."""

    engine: str
    """The engine's spec, as it stands in the ledger."""

    price: Price | None
    """Its price, None when it is not known."""

    ledger: UsageLedger
    """The record of what each tenant used."""

    tenant_limits: Limits = field(default_factory=Limits)
    """The most that a tenant may use in a day (UTC)."""


class MeteredChat(WrappedChat):
    """Counts every call on the caller's budget and in the ledger; refuses what is beyond a limit.

    A call that was refused before the engine read anything counts as a call and costs nothing else:
    a tenant must not use up its day at a server that is down.

    Limits are looked at before a call, its prompt estimated, and while it is written. Calls that
    run side by side may pass a limit together, each by at most itself.
    """

    account: SkipValidation[Account]
    """Where it is charged."""

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply, as long as the budgets allow.

        Raises:
            BudgetExceededError: the turn's or the tenant's budget is used up.
            ConfigurationError: money is limited and the engine's price is not known.
        """
        who = caller()
        reading = sum(estimate_tokens(str(message.text)) for message in messages)
        budgets = await self._budgets(who, reading)
        count = _Count(reading, self.account.price)
        try:
            async with aclosing(chunks_of(self.inner, messages, stop, options)) as chunks:
                while (chunk := await _next(chunks, budgets, count)) is not None:
                    count.saw(chunk)
                    yield chunk
        except _UNREAD:
            count.refused()
            raise
        finally:
            used = count.spent()
            if who.budget:
                who.budget.charge(used)
            # Shielded, so that a call that was cancelled is charged as well.
            write = asyncio.to_thread(self._write, who.tenant, used)
            await asyncio.shield(asyncio.ensure_future(write))

    async def _budgets(self, who: Caller, reading: int) -> list[Budget]:
        """The budgets that this call must keep to, known to have room for its prompt."""
        budgets = [who.budget] if who.budget and who.budget.limits.any else []
        if self.account.tenant_limits.any:
            of_tenant = Budget(self.account.tenant_limits, tenant=who.tenant)
            of_tenant.charge(await asyncio.to_thread(self.account.ledger.spent, who.tenant))
            budgets.append(of_tenant)
        for budget in budgets:
            if budget.limits.money is not None and self.account.price is None:
                raise ConfigurationError(
                    f"Money is limited, and the price of {self.account.engine} is not known.",
                    cure="Add it to DRAGOMAN_PRICES, or `prices` in dragoman.toml: "
                    '{"' + self.account.engine + '": {"input": …, "output": …}} for a million '
                    "tokens.",
                )
            budget.check(further=Spent(input_tokens=reading))
        return budgets

    def _write(self, tenant: str, used: Spent) -> None:
        self.account.ledger.add(tenant, self.account.engine, used)


class _Count:
    """What one call has used up to now: estimated until the engine says it."""

    def __init__(self, reading: int, price: Price | None) -> None:
        self._price = price or Price()
        self._began = time.monotonic()
        self._estimated = reading
        self._pieces = 0
        self._usage: dict[str, Any] = {}

    def saw(self, chunk: ChatGenerationChunk) -> None:
        self._pieces += 1
        if isinstance(chunk.message, AIMessageChunk) and chunk.message.usage_metadata:
            self._usage = dict(chunk.message.usage_metadata)

    def refused(self) -> None:
        """Nothing was read, unless something came all the same."""
        if not self._pieces:
            self._estimated = 0

    @property
    def is_final(self) -> bool:
        """Whether the engine has said what the call used, which it does at its end."""
        return bool(self._usage)

    def spent(self) -> Spent:
        details = self._usage.get("input_token_details") or {}
        used = Spent(
            calls=1,
            input_tokens=self._usage.get("input_tokens", self._estimated),
            cached_tokens=details.get("cache_read") or 0,
            output_tokens=self._usage.get("output_tokens", self._pieces),
            seconds=time.monotonic() - self._began,
        )
        return used + Spent(money=self._price.of(used))


async def _next(
    chunks: AsyncGenerator[ChatGenerationChunk, None], budgets: list[Budget], count: _Count
) -> ChatGenerationChunk | None:
    """The next chunk, None at the end.

    Raises:
        BudgetExceededError: tokens or time of a budget are used up before it came.
    """
    tightest: Budget | None = None
    left: float | None = None
    if not count.is_final:
        used = count.spent()
        for budget in budgets:
            budget.check(further=used)
            limit = budget.limits.seconds
            rest = None if limit is None else limit - budget.spent.seconds - used.seconds
            if rest is not None and (left is None or rest < left):
                left, tightest = rest, budget
    try:
        async with asyncio.timeout(left):
            return await anext(chunks)
    except StopAsyncIteration:
        return None
    except TimeoutError:
        if tightest is None or tightest.limits.seconds is None:
            raise
        limit = tightest.limits.seconds
        raise tightest.exceeded("seconds", limit, limit) from None
