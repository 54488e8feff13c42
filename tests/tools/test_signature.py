from __future__ import annotations

from collections.abc import Callable
from socket import socket
from typing import Annotated, Any

import pytest
from pydantic import Field

from dragoman.errors import ToolDefinitionError
from dragoman.tools.signature import argument_model


def properties(function: Callable[..., Any], **options: Any) -> dict[str, Any]:
    return argument_model(function, **options).model_json_schema()["properties"]


def refund(order: str, amount: Annotated[int, Field(description="In yen")], key: str = "") -> str:
    """Pay money back.

    Use it when the parcel is lost.

    Args:
        order: Order id, such as A-7,
            note: in capitals.
        amount (int): This one loses against the annotation.
        key: Hidden.

    Returns:
        receipt: not an argument.
    """


def test_descriptions_come_from_the_docstring_unless_the_annotation_has_its_own():
    shown = properties(refund)
    assert shown["order"]["description"] == "Order id, such as A-7, note: in capitals."
    assert shown["amount"]["description"] == "In yen"
    assert shown["key"]["description"] == "Hidden."


def test_the_hidden_parameter_is_not_offered():
    assert list(properties(refund, hidden="key")) == ["order", "amount"]


def test_names_that_frameworks_like_to_swallow_are_arguments_as_any_other():
    def run(config: str, callbacks: int, run_manager: str, model_name: str) -> None:
        """Run."""

    assert list(properties(run)) == ["config", "callbacks", "run_manager", "model_name"]


def test_defaults_make_arguments_optional():
    model = argument_model(refund)
    assert model.model_validate({"order": "甲-7", "amount": 3}).key == ""


def a_star(*numbers: int) -> None:
    """Doc."""


def two_stars(**numbers: int) -> None:
    """Doc."""


def positional(number: int, /) -> None:
    """Doc."""


def untyped(number) -> None:
    """Doc."""


def underscore(_number: int) -> None:
    """Doc."""


def shadow(schema: int) -> None:
    """Doc."""


def handle(connection: socket) -> None:
    """Doc."""


def unresolved(value: Missing) -> None:  # noqa: F821 - that is the point
    """Doc."""


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (a_star, "no name for the model"),
        (two_stars, "no name for the model"),
        (positional, "no name for the model"),
        (untyped, "untyped parameter: number"),
        (underscore, "pydantic reserves it"),
        (shadow, "pydantic reserves it"),
        (handle, "no JSON form"),
        (unresolved, "'Missing' is not defined"),
    ],
)
def test_a_parameter_that_a_model_cannot_fill_in_is_refused(function, complaint):
    with pytest.raises(ToolDefinitionError, match=complaint):
        argument_model(function)


def test_an_idempotency_key_without_its_parameter_is_refused():
    with pytest.raises(ToolDefinitionError, match="no parameter 'token'"):
        argument_model(refund, hidden="token")
