"""`dragoman models bench` and `dragoman models check`: how fast an engine is, and how good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

if TYPE_CHECKING:
    from dragoman.models import Engine
    from dragoman.models.bench import BenchReport
    from dragoman.models.check import Finding, ScoreCard
    from dragoman.settings import Settings

T = TypeVar("T")

EngineArgument = Annotated[
    str,
    typer.Argument(
        metavar="ENGINE", help="Engine spec, for example ollama:qwen3.5:2b.", callback=checked_text
    ),
]
_PARTS = {
    "schema": "follows a JSON schema",
    "language": "replies in the asker's language",
    "fact": "says what the passage says",
    "tool": "calls the right tool with the right values",
    "image": "sees what is in an image",
}


def register(group: typer.Typer) -> None:
    """Add the commands to the group `models`."""
    group.command("bench")(bench_command)
    group.command("check")(check_command)


def bench_command(
    engine: EngineArgument, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Measure an engine: time to the first token, reading, writing, schemas, memory."""
    from dragoman.models.bench import bench
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    notices = render.notices()

    def say(step: str) -> None:
        notices.print(f"measuring: {step}", style="dim")

    found = _with_engine(engine, load_settings(home=home), lambda it: bench(it, report=say))
    if as_json:
        print_json({**_plain(found), "schema_overhead": found.schema_overhead})
    else:
        render.output().print(render.key_values(_rows(found)))


def check_command(
    engine: EngineArgument, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Try what an engine can do and say what it is good enough for."""
    from dragoman.models.check import check
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    notices = render.notices()

    def say(finding: Finding) -> None:
        mark = "✓" if finding.ok else "✗"
        notices.print(f"{mark} {finding.part}: {finding.task}", style="dim", markup=False)

    card = _with_engine(engine, load_settings(home=home), lambda it: check(it, report=say))
    if as_json:
        print_json({**_plain(card), "good_for": card.good_for})
    else:
        _print_card(card)


def _with_engine(spec: str, settings: Settings, work: Callable[[Engine], Awaitable[T]]) -> T:
    """What `work` makes of the engine, with no other engine to stand in for it."""
    from dragoman.models.connect import connect

    alone = settings.model_copy(update={"fallback_engines": (), "planner_engine": ""})

    async def run() -> T:
        engine = await connect(spec, alone)
        try:
            return await work(engine)
        finally:
            await engine.aclose()

    return asyncio.run(run())


def _rows(found: BenchReport) -> dict[str, str]:
    from dragoman.serving import render

    cached = "" if found.cached_tokens is None else f", {found.cached_tokens} tokens from the cache"
    memory = "unknown" if found.memory_bytes is None else render.size(found.memory_bytes)
    return {
        "engine": found.engine,
        "loading": f"{found.load_seconds:.1f} s with the first token",
        "first token, cold": f"{found.cold_first_token:.2f} s for {found.prefix_tokens} tokens",
        "first token, warm": f"{found.warm_first_token:.2f} s{cached}",
        "reading": f"{found.prefill_rate:.0f} tokens/s",
        "writing": f"{found.decode_rate:.1f} tokens/s",
        "writing JSON": f"{found.schema_decode_rate:.1f} tokens/s"
        f" ({found.schema_overhead:+.0%} time a token),"
        f" first token {found.schema_first_token:.2f} s",
        "memory": memory,
    }


def _print_card(card: ScoreCard) -> None:
    from rich.table import Table

    from dragoman.serving import render

    table = Table("", "right", "wrong at", box=None, header_style="bold", pad_edge=False)
    for part, words in _PARTS.items():
        right, total = card.counts(part)
        if not total:
            table.add_row(words, "–", "not tried: the engine names no vision")
            continue
        wrong = [each.task for each in card.findings if each.part == part and not each.ok]
        table.add_row(words, f"{right} of {total}", ", ".join(wrong))
    render.output().print(f"{card.engine}\n")
    render.output().print(table)
    verdict = "; ".join(card.good_for) or "nothing of this; take a larger model"
    render.output().print(f"\ngood enough for: {verdict}", soft_wrap=True)


def _plain(value: object) -> dict[str, object]:
    from dragoman.serving.as_json import plain

    plainly: dict[str, object] = plain(value)
    return plainly
