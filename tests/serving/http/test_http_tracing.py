"""Spans of a turn, by the conventions for generative AI, and nothing that anybody said in them."""

from __future__ import annotations

import pytest
from http_server import PLAN
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dragoman import tool
from dragoman.serving.http import tracing


@tool
def opening_hours(place: str) -> str:
    """Opening hours of a place.

    Args:
        place: The place.
    """
    return f"{place}: from 9:00"


@pytest.fixture
def exported(monkeypatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing.trace, "get_tracer", provider.get_tracer)
    return exporter


async def test_turn_is_a_span_with_its_plans_and_calls_below_it(start, exported) -> None:
    calls = [{"tool": "opening_hours", "arguments": {"place": "museum"}}]
    script = [{"thought": "", "calls": calls}, PLAN, "It opens at 9:00."]
    server = await start(script, tools=[opening_hours])
    await server.ask("one", "When does the museum open?")
    await server.service.runs.find("default", "one").task

    spans = {span.name: span for span in exported.get_finished_spans()}

    turn = spans["invoke_agent dragoman"]
    assert turn.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert turn.attributes["gen_ai.conversation.id"] == "one"
    assert turn.attributes["gen_ai.usage.input_tokens"] > 0
    assert turn.attributes["dragoman.turn.outcome"] == "answered"
    call = spans["execute_tool opening_hours"]
    assert call.attributes["gen_ai.tool.name"] == "opening_hours"
    for below in (call, spans["chat planner"]):
        assert below.parent.span_id == turn.context.span_id
    assert "museum" not in str([dict(span.attributes) for span in spans.values()])


def test_nothing_is_sent_anywhere_until_it_is_configured(monkeypatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    assert tracing.configure_tracing() is False
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert tracing.configure_tracing() is False
