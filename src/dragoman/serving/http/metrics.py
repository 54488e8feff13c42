"""What Prometheus is told. Labels have few values: no tenant, thread or text is among them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dragoman.agents.events import Event
from dragoman.agents.result import Answer

_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        """Begin at nothing, in a registry of its own."""
        self._registry = CollectorRegistry()
        self.turns = Counter(
            "dragoman_turns",
            "Turns that ended, by agent, language of the answer and outcome.",
            ["agent", "language", "outcome"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "dragoman_turn_seconds",
            "From the question to the end of the turn.",
            ["agent", "outcome"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.first = Histogram(
            "dragoman_first_token_seconds",
            "From the question to the first piece of the answer.",
            ["agent"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.tokens = Counter(
            "dragoman_tokens",
            "Tokens read (input), read from a cache (cached) and written (output).",
            ["agent", "kind"],
            registry=self._registry,
        )
        self.calls = Counter(
            "dragoman_tool_calls",
            "Tool calls, by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self.approvals = Counter(
            "dragoman_approvals",
            "Calls that a person was asked about (asked), and what was decided.",
            ["decision"],
            registry=self._registry,
        )
        self.waits = Counter(
            "dragoman_engine_waits",
            "Model calls that had to wait in the queue.",
            registry=self._registry,
        )
        self.refused = Counter(
            "dragoman_refused",
            "Requests that were refused, by error code.",
            ["code"],
            registry=self._registry,
        )
        self.requests = Counter(
            "dragoman_http_requests",
            "Requests, by route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "dragoman_http_request_seconds",
            "From the request to the end of the reply, by route.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.running = Gauge("dragoman_turns_running", "Turns under way.", registry=self._registry)
        self.assistants = Gauge(
            "dragoman_assistants_open", "Assistants that are open.", registry=self._registry
        )

    def hear(self, event: Event, agent: str, seconds: float, *, is_first: bool = False) -> None:
        """Count an event of a turn.

        Args:
            event: What happened.
            agent: Name of the agent.
            seconds: Since the turn began.
            is_first: Whether it is the first piece of an answer.
        """
        if event.type == "token":
            if is_first:
                self.first.labels(agent=agent).observe(seconds)
        elif event.type == "tool_end":
            self.calls.labels(outcome="failed" if event.call.error else "worked").inc()
        elif event.type == "approval":
            self.approvals.labels(decision="asked").inc(len(event.requests))
        elif event.type == "engine_wait":
            self.waits.inc()

    def turn_ended(self, agent: str, answer: Answer | None, outcome: str, seconds: float) -> None:
        """Count a turn that is over."""
        language = answer.language if answer else ""
        self.turns.labels(agent=agent, language=language, outcome=outcome).inc()
        self.seconds.labels(agent=agent, outcome=outcome).observe(seconds)
        if answer is not None:
            usage = answer.usage
            self.tokens.labels(agent=agent, kind="input").inc(usage.input_tokens)
            self.tokens.labels(agent=agent, kind="cached").inc(usage.cached_tokens)
            self.tokens.labels(agent=agent, kind="output").inc(usage.output_tokens)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        known = method if method in _METHODS else "other"
        self.requests.labels(method=known, route=route, status=str(status)).inc()
        self.request_seconds.labels(route=route).observe(seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
