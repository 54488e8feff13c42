from __future__ import annotations

from typing import Annotated, Literal

import pytest
from langchain_core.tools import tool as langchain_tool
from pydantic import AfterValidator, BaseModel

from dragoman.errors import InvalidArgumentsMistake, ToolDefinitionError, UnknownToolMistake
from dragoman.tools import tool
from dragoman.tools.registry import Registry


class Address(BaseModel):
    city: str
    floor: int | None = None


def broken_rule(value: str) -> str:
    raise RuntimeError("rule")


def refund(
    order: str,
    amount: int = 100,
    currency: Literal["JPY", "SAR"] = "JPY",
    to: Address | None = None,
) -> str:
    """Pay money back.

    Args:
        order: Order id.
    """


def add(a: int, b: int) -> int:
    """Add."""


def checked(value: Annotated[str, AfterValidator(broken_rule)]) -> None:
    """Check."""


@langchain_tool
def multiply(a: int) -> int:
    """Multiply."""


registry = Registry([refund, multiply, tool(add)])


def complaint(name: str, arguments: dict[str, object]) -> str:
    with pytest.raises(InvalidArgumentsMistake) as caught:
        Registry([refund, checked]).validate(name, arguments)
    return str(caught.value)


def test_tools_of_every_kind_come_back_in_the_order_of_their_names():
    assert [made.name for made in registry] == ["add", "multiply", "refund"]
    assert len(registry) == 3
    assert "add" in registry
    assert "divide" not in registry


def test_the_prompt_is_the_same_bytes_in_whatever_order_tools_were_given():
    assert Registry([add, refund]).render() == Registry([refund, add]).render()


def test_tools_are_rendered_with_their_types_for_the_planner():
    assert Registry([refund, add]).render() == (
        "- add(a: integer, b: integer): Add.\n"
        '- refund(order: string, amount?: integer, currency?: "JPY" | "SAR", '
        "to?: {city: string, floor?: integer}): Pay money back.\n"
        "    order: Order id."
    )


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(ToolDefinitionError, match="Two tools are named add"):
        Registry([add, add])


def test_an_unknown_tool_is_a_mistake_that_names_the_known_ones():
    with pytest.raises(UnknownToolMistake, match=r"'退款'.* add, multiply, refund"):
        registry.get("退款")


def test_arguments_are_coerced_and_defaults_filled_in():
    assert registry.validate("refund", {"order": "甲-7", "amount": "12"}) == {
        "order": "甲-7",
        "amount": 12,
        "currency": "JPY",
        "to": None,
    }
    to = registry.validate("refund", {"order": "1", "to": {"city": "الرياض"}})["to"]
    assert to == Address(city="الرياض")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "order: Field required"),
        ({"order": "1", "amount": "many"}, "amount: Input should be a valid integer"),
        ({"order": "1", "currency": "円"}, "'JPY' or 'SAR'"),
        ({"order": "1", "to": {"floor": 3}}, "to.city: Field required"),
        ({"order": None}, "order: Input should be a valid string"),
    ],
)
def test_a_wrong_argument_is_a_mistake_that_names_it(arguments, words):
    assert words in complaint("refund", arguments)


def test_an_argument_that_does_not_exist_is_not_dropped_in_silence():
    assert complaint("refund", {"order": "1", "amout": 5}) == (
        "refund: there is no argument 'amout'; the arguments are: order, amount, currency, to"
    )


def test_a_rule_that_breaks_is_a_mistake_and_no_crash():
    assert complaint("checked", {"value": "x"}) == "checked: RuntimeError: rule"
