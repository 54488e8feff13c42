"""What a model costs, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dragoman.errors import ConfigurationError
from dragoman.models.budget import Spent

_OWN_MACHINES = ("ollama:", "embedded:", "transformers:", "custom:")


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """Price of a million tokens, in whatever currency the table is in."""

    input: float = 0.0
    """Prompt tokens that the service had to read."""

    output: float = 0.0
    """Tokens that it wrote."""

    cached: float | None = None
    """Prompt tokens that it had in its cache; None for the same price as the others."""

    def of(self, spent: Spent) -> float:
        """The price of what `spent` counts."""
        cached = self.input if self.cached is None else self.cached
        fresh = spent.input_tokens - spent.cached_tokens
        return (
            fresh * self.input + spent.cached_tokens * cached + spent.output_tokens * self.output
        ) / 1_000_000


def price_of(engine: str, table: Mapping[str, Mapping[str, float]]) -> Price | None:
    """The price of an engine, None when it is not known.

    Engines on machines of one's own cost nothing unless the table says otherwise.

    Args:
        engine: Engine spec.
        table: Prices by spec; ``*`` stands for anything, the first line that fits counts.

    Raises:
        ConfigurationError: a line of the table is not a price.

    Usage:
        price_of("openai:qwen/qwen3-32b@groq", {"openai:*@groq": {"input": 0.29, "output": 0.59}})
    """
    for pattern, line in table.items():
        if fnmatchcase(engine, pattern):
            return _price(pattern, line)
    return Price() if engine.startswith(_OWN_MACHINES) else None


def _price(pattern: str, line: Mapping[str, float]) -> Price:
    unknown = line.keys() - {"input", "output", "cached"}
    if unknown or any(value < 0 for value in line.values()):
        raise ConfigurationError(
            f"The price of {pattern!r} cannot be used: {dict(line)}.",
            cure='Write prices of a million tokens: {"input": 0.29, "output": 0.59}, and '
            '"cached" where cached prompt tokens are cheaper.',
        )
    return Price(**line)
