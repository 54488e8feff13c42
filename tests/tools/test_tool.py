from __future__ import annotations

import dataclasses
import functools
import math
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import aiosqlite
import pytest
from pydantic import BaseModel, Field

from dragoman.errors import InvalidArgumentsMistake, ToolDefinitionError
from dragoman.tools import Call, Example, Tool, as_tool, tool
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger, effect_key
from dragoman.tools.registry import Registry


def order_status(order_id: str) -> str:
    """Where a parcel is,
    by its order id.

    Longer words for people.

    Args:
        order_id: As on the receipt.
    """
    return f"{order_id} 配送中"


def test_a_function_becomes_a_tool_and_stays_a_function():
    made = tool(order_status)
    assert (made.name, made.description) == ("order_status", "Where a parcel is, by its order id.")
    assert made("甲-7") == "甲-7 配送中"


def test_what_declares_no_effect_counts_as_the_gravest():
    assert tool(order_status).effect == "once"
    assert as_tool(order_status).effect == "once"


def test_a_tool_is_taken_as_it_is():
    made = tool(order_status)
    assert as_tool(made) is made


def test_the_idempotency_key_is_hidden_from_the_model():
    @tool(idempotency_key="key")
    def refund(order: str, key: str) -> None:
        """Pay back."""

    assert list(refund.schema["properties"]) == ["order"]


async def test_an_async_function_runs_on_the_event_loop_and_a_sync_one_beside_it():
    @tool
    def sync() -> int:
        """Where it runs."""
        return threading.get_ident()

    @tool
    async def awaited() -> int:
        """Where it runs."""
        return threading.get_ident()

    assert await awaited.invoke({}) == threading.get_ident()
    assert await sync.invoke({}) != threading.get_ident()


async def test_a_plain_wrapper_around_an_async_function_is_awaited():
    async def inner() -> str:
        return "نعم"

    @tool
    def wrapper() -> str:
        """Return what must be awaited."""
        return inner()

    assert await wrapper.invoke({}) == "نعم"


def test_approval_is_always_never_or_decided_from_the_arguments():
    def is_large(arguments):
        return arguments["amount"] > 100

    base = tool(order_status)
    assert not base.needs_approval({})
    assert dataclasses.replace(base, approval=True).needs_approval({})
    ruled = dataclasses.replace(base, approval=is_large)
    assert [ruled.needs_approval({"amount": amount}) for amount in (100, 101)] == [False, True]


def test_an_approval_rule_that_fails_asks_a_person(caplog):
    ruled = dataclasses.replace(tool(order_status), approval=lambda arguments: arguments["missing"])
    assert ruled.needs_approval({})
    assert "order_status failed; a person is asked" in caplog.text


def no_docstring(order: str) -> str:
    return order


def generator(order: str) -> str:
    """Doc."""
    yield order


def takes_a_function(work: Callable[[], int]) -> None:
    """Doc."""


class Instance:
    """An object that can be called."""

    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("candidate", "complaint"),
    [
        (no_docstring, "no docstring"),
        (generator, "is a generator"),
        (takes_a_function, "no JSON form"),
        (lambda: 1, "no docstring"),
        (math.sqrt, "no name for the model"),
    ],
)
def test_a_function_that_cannot_be_offered_is_refused(candidate, complaint):
    with pytest.raises(ToolDefinitionError, match=complaint):
        tool(candidate)


@pytest.mark.parametrize(
    "candidate",
    [functools.partial(order_status, "1"), Instance(), Instance, "order_status", None],
)
def test_what_is_no_function_is_no_tool(candidate):
    with pytest.raises(ToolDefinitionError, match="is not a"):
        as_tool(candidate)


async def later(arguments: dict[str, str]) -> bool:
    return True


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "退款", "cannot be a tool's name"),
        ("name", "", "cannot be a tool's name"),
        ("name", "a b", "cannot be a tool's name"),
        ("name", "a" * 65, "cannot be a tool's name"),
        ("effect", "twice", "is not an effect"),
        ("timeout", 0, "timeout of 0 s"),
        ("timeout", -1, "timeout of -1 s"),
        ("timeout", float("nan"), "timeout of nan s"),
        ("approval", later, "is async"),
    ],
)
def test_a_declaration_that_cannot_be_kept_is_refused_when_it_is_made(field, value, complaint):
    with pytest.raises(ToolDefinitionError, match=complaint):
        tool(**{field: value})(order_status)
    with pytest.raises(ToolDefinitionError, match=complaint):
        dataclasses.replace(tool(order_status), **{field: value})


def test_a_tool_can_be_declared_again_with_another_effect():
    reading = dataclasses.replace(tool(order_status), effect="none")
    assert isinstance(reading, Tool)
    assert reading.effect == "none"


def test_an_example_that_the_tool_would_refuse_is_refused_when_the_tool_is_made() -> None:
    with pytest.raises(ToolDefinitionError, match="An example of the tool 'count'"):

        @tool(effect="none", examples=[Example(question="How many?", arguments={"n": "many"})])
        def count(n: int) -> int:
            """Count to a number."""
            return n


class Guest(BaseModel):
    """Somebody who stays."""

    name: str
    age: int = Field(ge=0, le=120)


class Booking(BaseModel):
    """What is booked."""

    guests: list[Guest]
    room: Literal["single", "double"] = "single"


def is_large(arguments: Mapping[str, Any]) -> bool:
    return len(arguments["booking"].guests) > 1


async def test_an_async_tool_with_pydantic_arguments_a_key_and_a_rule_works_as_a_whole(tmp_path):
    keys = []

    @tool(effect="once", idempotency_key="key", approval=is_large)
    async def book(booking: Booking, key: str) -> Booking:
        """Book a room."""
        keys.append(key)
        return booking

    assert list(book.schema["properties"]) == ["booking"]
    assert book.schema["properties"]["booking"]["properties"]["room"]["enum"] == [
        "single",
        "double",
    ]
    registry = Registry([book])
    given = {"booking": {"guests": [{"name": "愛子", "age": "30"}]}}
    valid = registry.validate("book", given)
    assert valid["booking"].guests[0].age == 30
    assert not book.needs_approval(valid)
    given["booking"]["guests"] *= 2
    assert book.needs_approval(registry.validate("book", given))
    async with aiosqlite.connect(tmp_path / "ledger.sqlite", isolation_level=None) as connection:
        ledger = Ledger(connection)
        await ledger.setup()
        executor = Executor(
            registry=registry, ledger=ledger, thread="default/t", turn="1", default_seconds=5
        )
        call = Call(id="1.0", tool="book", arguments=given)
        first, again = await executor.run_one(call), await executor.run_one(call)
    assert first.result == again.result
    assert first.result["guests"][0] == {"name": "愛子", "age": 30}
    assert keys == [effect_key("default/t", "1", "1.0", "book")]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"guests": [{"name": "x", "age": 300}]}, "booking.guests.0.age"),
        ({"guests": [{"name": "x"}]}, "booking.guests.0.age: Field required"),
        ({"guests": [], "room": "suite"}, "booking.room"),
        ("tomorrow", "booking"),
    ],
)
def test_what_does_not_fit_a_nested_model_is_named_by_its_place(given, problem):
    @tool(effect="none")
    def book(booking: Booking) -> str:
        """Book a room."""
        return "booked"

    with pytest.raises(InvalidArgumentsMistake, match=re.escape(problem)):
        Registry([book]).validate("book", {"booking": given})
