"""OpenTelemetry spans of a turn, by the conventions for generative AI.

Without a configured SDK the API's spans do nothing. Texts are never put into a span: names, counts
and durations are.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from dragoman.agents.events import Event

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_NANO = 1_000_000_000


class TurnTrace:
    """The span of one turn, with one for each planning and each tool call below it."""

    def __init__(self, *, agent: str, thread: str, kind: str) -> None:
        """Begin the turn's span."""
        self._tracer = trace.get_tracer("dragoman", version("dragoman"))
        self._span = self._tracer.start_span(
            f"invoke_agent {agent}",
            kind=SpanKind.INTERNAL,
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": agent,
                "gen_ai.conversation.id": thread,
                "gen_ai.provider.name": "dragoman",
                "dragoman.turn.kind": kind,
            },
        )
        self._recording = self._span.is_recording()
        self._context = trace.set_span_in_context(self._span)
        self._calls: dict[str, Span] = {}

    def hear(self, event: Event) -> None:
        """Note what happened."""
        if not self._recording:
            return
        if event.type == "plan":
            self._planned(event.seconds)
        elif event.type == "tool_start":
            self._calls[event.call.id] = self._tracer.start_span(
                f"execute_tool {event.call.tool}",
                context=self._context,
                attributes={
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": event.call.tool,
                    "gen_ai.tool.call.id": event.call.id,
                    "gen_ai.tool.type": "function",
                },
            )
        elif event.type == "tool_end":
            span = self._calls.pop(event.call.id, None)
            if span is not None:
                if event.call.error:
                    span.set_attribute("error.type", "tool_failed")
                    span.set_status(Status(StatusCode.ERROR))
                span.end()
        elif event.type == "language":
            self._span.set_attribute("dragoman.language", event.detection.tag)
        elif event.type == "answer":
            usage = event.answer.usage
            self._span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens)
            self._span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens)
            self._span.set_attribute("gen_ai.usage.cache_read.input_tokens", usage.cached_tokens)
            self._span.set_attribute("dragoman.citations", len(event.answer.citations))
        elif event.type == "error":
            self._span.set_attribute("error.type", str(event.error.get("code", "")))

    def end(self, outcome: str) -> None:
        """The turn is over."""
        for span in self._calls.values():
            span.end()
        self._calls.clear()
        self._span.set_attribute("dragoman.turn.outcome", outcome)
        if outcome in {"failed", "timeout"}:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()

    def _planned(self, seconds: float) -> None:
        end = time.time_ns()
        span = self._tracer.start_span(
            "chat planner",
            context=self._context,
            kind=SpanKind.CLIENT,
            start_time=end - int(seconds * _NANO),
            attributes={"gen_ai.operation.name": "chat", "gen_ai.output.type": "json"},
        )
        span.end(end)


def configure_tracing() -> bool:
    """Send spans where the environment says; whether it says anything.

    ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``…_TRACES_ENDPOINT``) turns it on, ``OTEL_SDK_DISABLED``
    off; the other ``OTEL_…`` variables are the SDK's own.
    """
    named = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    )
    if not named or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    service = os.environ.get("OTEL_SERVICE_NAME", "dragoman")
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
