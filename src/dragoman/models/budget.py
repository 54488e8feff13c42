"""What model calls may use, in tokens, money and time, and what they have used."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from dragoman.errors import BudgetExceededError


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one or many model calls used."""

    calls: int = 0
    """Number of calls, the broken ones included."""

    input_tokens: int = 0
    """Tokens of all prompts, cached ones included."""

    cached_tokens: int = 0
    """The part of them that the engine did not read again."""

    output_tokens: int = 0
    """Tokens that were written, thinking included."""

    seconds: float = 0.0
    """Time that engines worked, waiting in the queue not counted."""

    money: float = 0.0
    """Price, in the currency of the price table."""

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            seconds=self.seconds + other.seconds,
            money=self.money + other.money,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The most that may be used; None is no limit."""

    tokens: int | None = None
    """Tokens read and written."""

    money: float | None = None
    """Money, in the currency of the price table."""

    seconds: float | None = None
    """Time that engines work."""

    @property
    def any(self) -> bool:
        """Whether anything is limited."""
        return (self.tokens, self.money, self.seconds) != (None, None, None)


class Budget:
    """The account of one turn: a limit, and everything that was used so far.

    Usage:
        budget = Budget(Limits(tokens=20_000))
        with calling(Caller(tenant="acme", budget=budget)):
            await engine.chat.ainvoke(messages)  # raises once 20,000 tokens are used
        budget.spent.tokens
    """

    def __init__(self, limits: Limits | None = None, *, tenant: str = "") -> None:
        """Nothing is used yet. With `tenant` it is that tenant's account of the day."""
        self.limits = limits or Limits()
        self._tenant = tenant
        self._spent = Spent()
        self._lock = Lock()

    @property
    def spent(self) -> Spent:
        """What was used so far."""
        return self._spent

    def check(self, *, further: Spent | None = None) -> None:
        """Let pass while the limits are not reached, `further` included.

        Raises:
            BudgetExceededError: a limit is reached.
        """
        spent = self._spent + (further or Spent())
        for unit, limit, used in (
            ("tokens", self.limits.tokens, spent.tokens),
            ("money", self.limits.money, spent.money),
            ("seconds", self.limits.seconds, spent.seconds),
        ):
            if limit is not None and used >= limit:
                raise self.exceeded(unit, used, limit)

    def exceeded(self, unit: str, used: float, limit: float) -> BudgetExceededError:
        """The error that says that `limit` is reached."""
        whose = f"{self._tenant} for today" if self._tenant else "this turn"
        when = "Wait for the next day (UTC)" if self._tenant else "Ask something smaller"
        scope = "TENANT" if self._tenant else "TURN"
        return BudgetExceededError(
            f"The budget of {whose} is used up: {used:,.6g} of {limit:,.6g} {unit}.",
            cure=f"{when}, or raise DRAGOMAN_{scope}_{unit.upper()}.",
            unit=unit,
            used=used,
            limit=limit,
        )

    def charge(self, used: Spent) -> None:
        """Add what a call used; several threads may do so."""
        with self._lock:
            self._spent += used
