"""What a server says about one of its tools, made safe to show to people and models.

Descriptions are written by whoever runs the server, and a model reads them before it plans: they
are cleaned of what cannot be seen, set on one line and limited in length.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dragoman.languages import clean
from dragoman.languages.text import without_template_tokens

if TYPE_CHECKING:
    from mcp_types import Tool as ServerTool

MOST_DESCRIBED = 600
"""Longest description of a tool that a model is shown, in characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """One tool as its server describes it."""

    name: str
    """Name on the server."""

    description: str
    """What it does, as the server has it: unchanged, because it is what was accepted."""

    schema: Mapping[str, Any]
    """JSON schema of its arguments, unchanged."""

    read_only: bool = False
    """Whether the server claims that it changes nothing; a hint, never a permission."""

    @classmethod
    def of(cls, tool: ServerTool) -> Definition:
        """The definition in an answer to ``tools/list``."""
        annotations = tool.annotations
        return cls(
            name=tool.name,
            description=tool.description or tool.title or "",
            schema=tool.input_schema,
            read_only=bool(annotations and annotations.read_only_hint),
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of all that a model or a person goes by."""
        said = [self.name, self.description, self.schema, self.read_only]
        # Lone surrogates cannot be encoded otherwise, and a server can send them.
        text = json.dumps(said, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def shown(self) -> str:
        """The description for models and people: one line, visible characters only, limited."""
        return safe_line(self.description, longest=MOST_DESCRIBED)


def safe_line(text: str, *, longest: int) -> str:
    """`text` on one line without what cannot be seen, at most `longest` characters."""
    # Cut first: cleaning a megabyte to show a line of it helps nobody.
    line = safe_text(text[: longest * 4])
    line = re.sub(r"\s+", " ", line).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def safe_text(text: str) -> str:
    """`text` without what cannot be seen, traces of broken UTF-8 and tokens of chat templates."""
    return without_template_tokens(clean(text.encode(errors="replace").decode()).shown)
