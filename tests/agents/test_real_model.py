"""The whole turn with a real model in the process: plan, call, answer, and reuse the prompt."""

from collections.abc import Iterator

import pytest

from dragoman import Assistant, tool

pytestmark = pytest.mark.real_model

SMALL = "embedded:qwen2.5-coder:0.5b"


@tool(effect="none")
def get_order_status(order_id: str) -> str:
    """Where a parcel is, by its order id such as E-551."""
    return f"{order_id}: in transit, arrives on 2026-11-25"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("real")
    with Assistant(engine=SMALL, tools=[get_order_status], home=home) as assistant:
        yield assistant


def test_the_second_turn_reads_only_what_is_new(assistant):
    first = assistant.ask("Where is order E-551?", thread="x")
    second = assistant.ask("And where is order E-552?", thread="x")
    assert [call.tool for call in first.calls] == ["get_order_status"]
    assert second.usage.cached_tokens > 0.8 * second.usage.input_tokens
