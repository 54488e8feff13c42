"""What people see: badges, passages, plans, sources and tables, drawn with Rich.

Nothing here decides anything; each function takes results and returns something to print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dragoman.serving.direction import Prose, isolated, runs_right_to_left

if TYPE_CHECKING:
    from dragoman.agents.result import Answer, ApprovalRequest, Citation, Usage
    from dragoman.languages import Detection
    from dragoman.memory import Passage
    from dragoman.tools import Call

_FAMILY_STYLES = {
    "cjk": "bold white on red",
    "arabic": "bold white on dark_green",
    "european": "bold white on blue",
    "other": "bold white on dark_magenta",
}

_EXCERPT = 160
"""Characters of a passage that are shown."""


def output() -> Console:
    """The console for results: standard output."""
    return Console(highlight=False, emoji=False)  # ollama:m:1b is no Ⓜ


def notices() -> Console:
    """The console for progress and remarks: standard error, so that results stay clean."""
    return Console(stderr=True, highlight=False, emoji=False)


def badge(tag: str) -> Text:
    """A colored label with a language's own name and its tag."""
    from dragoman.errors import InvalidInputError
    from dragoman.languages import profile

    try:
        found = profile(tag)
    except InvalidInputError:
        return Text(" ? ", style="bold white on grey50")
    return Text.assemble(
        (f" {isolated(found.endonym)} ", _FAMILY_STYLES[found.family]), (f" {found.tag}", "bold")
    )


def detection(found: Detection) -> Text:
    """One line about a detection: badge, branch and how sure it is."""
    return Text.assemble(
        badge(found.tag), (f"  {found.family} branch, {found.confidence:.0%} sure", "dim")
    )


def place(passage: Passage) -> str:
    """Where a passage stands, for people: source, page or headings."""
    parts = [passage.source]
    if passage.page is not None:
        parts.append(f"page {passage.page}")
    parts += [isolated(heading) for heading in passage.heading_path[-1:]]
    return " › ".join(parts)


def passages(found: Sequence[Passage], *, excerpts: bool = True) -> RenderableType:
    """A numbered list of passages with their place, language and score."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    for number, passage in enumerate(found, start=1):
        head = Text.assemble(
            (place(passage), "bold"), (f"  {passage.language} {passage.score:.2f}", "dim")
        )
        body: RenderableType = head
        if excerpts:
            body = Group(head, _excerpt(passage))
        table.add_row(f"{number}", body)
    return table


def _excerpt(passage: Passage) -> Prose:
    lines = [line for line in passage.text.splitlines() if not line.startswith("#")]
    text = " ".join(" ".join(lines).split())
    if len(text) > _EXCERPT:
        text = text[:_EXCERPT].rstrip() + "…"
    return Prose(text=text, right_to_left=runs_right_to_left(passage.language), style="dim")


def thought(text: str, calls: Sequence[Any]) -> Text:
    """One planning step: what the model thought and what it wants to call."""
    line = Text.assemble(("plan ", "magenta"), (text or "(no thought)", "italic"))
    if not calls:
        line.append("  → answer", style="magenta")
    return line


def arguments(values: Mapping[str, Any]) -> str:
    """Arguments of a call on one line."""
    shown = ", ".join(f"{name}={isolated(repr(value))}" for name, value in values.items())
    return shown if len(shown) <= _EXCERPT else shown[:_EXCERPT] + "…"


def call_line(call: Call) -> Text:
    """A finished call: name, arguments, how long it took, and its error if it failed."""
    mark = ("✗ ", "red") if call.error else ("✓ ", "green")
    line = Text.assemble(
        mark,
        (call.tool, "bold"),
        f"({arguments(call.arguments)})",
        (f"  {call.seconds:.1f} s", "dim"),
    )
    if call.error:
        line.append(f"\n  {call.error}", style="red")
    return line


def answer_text(answer: Answer) -> Prose:
    """The answer, set in its language's direction."""
    return Prose(text=answer.text, right_to_left=runs_right_to_left(answer.language))


def sources(citations: Sequence[Citation], language: str) -> RenderableType | None:
    """The numbered list of what an answer cites; None when it cites nothing."""
    if not citations:
        return None
    from dragoman.errors import InvalidInputError
    from dragoman.languages import profile

    try:
        heading = profile(language).replies.sources_heading
    except InvalidInputError:
        heading = "Sources"
    lines: list[RenderableType] = [Text(heading, style="bold")]
    lines += [
        Text.assemble((f"[{citation.number}] ", "cyan"), place(citation.passage))
        for citation in citations
    ]
    return Padding(Group(*lines), (1, 0, 0, 0))


def usage_line(usage: Usage, engine: str = "") -> Text:
    """What a turn cost."""
    parts = [
        f"{usage.seconds:.1f} s",
        f"{usage.model_calls} model calls",
        f"{usage.input_tokens} tokens in ({usage.cached_tokens} from cache)",
        f"{usage.output_tokens} out",
    ]
    if engine:
        parts.append(engine)
    return Text(" · ".join(parts), style="dim")


def key_values(rows: Mapping[str, str]) -> Table:
    """Two columns: a name and its value."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def size(number: float) -> str:
    """Bytes for people, in decimal units as disks and downloads are sold."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def verdict(right: bool | None) -> Text:
    """A mark for right, wrong, or not to be told."""
    if right is None:
        return Text("?", style="yellow")
    return Text("✓", style="green") if right else Text("✗", style="bold red")


def approvals(requests: Sequence[ApprovalRequest]) -> RenderableType:
    """The calls that wait for a person."""
    lines: list[RenderableType] = [Text("This waits for a person's approval:", style="bold yellow")]
    for request in requests:
        lines.append(
            Text.assemble(
                (f"  {request.call.tool}", "bold"),
                f"({arguments(request.call.arguments)})  ",
                (request.description, "dim"),
            )
        )
        if request.reason:
            lines.append(Text(f"    {request.reason}", style="yellow"))
    return Group(*lines)
