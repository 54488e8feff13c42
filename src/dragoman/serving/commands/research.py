"""`dragoman compare` and `dragoman summarize`: several documents, or a whole one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from dragoman.errors import EmptyQuestionError
from dragoman.serving.options import (
    EngineOption,
    GroupOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    PublicOption,
    TenantOption,
    as_groups,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.research.compare import Finding
    from dragoman.agents.research.summarize import Point
    from dragoman.memory import Memory, MemoryView
    from dragoman.models import Engine
    from dragoman.settings import Settings

T = TypeVar("T")
DocumentsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="DOCUMENT…",
        help="Ids, or parts of names, of documents; see `dragoman documents list`.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("compare")(compare_command)
    app.command("summarize")(summarize_command)


def compare_command(
    question: Annotated[str, typer.Argument(help="The question.", callback=checked_text)],
    documents: DocumentsArgument,
    language: LanguageOption = None,
    group: GroupOption = None,
    public: PublicOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put one question to several documents, and see what each of them says."""
    from dragoman.agents.research.compare import compare
    from dragoman.serving.as_json import print_json

    if not question.strip():
        raise EmptyQuestionError("The question is empty.", cure="Write what you want to know.")
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    groups = as_groups(group, public=public)
    found = _with_engine(
        settings,
        groups,
        lambda engine, memory: compare(
            engine, memory, question, documents, language=language or ""
        ),
    )
    if as_json:
        print_json(found)
        return
    for finding in found:
        _show(finding)


def summarize_command(
    documents: DocumentsArgument,
    language: LanguageOption = None,
    about: Annotated[
        str,
        typer.Option("--about", metavar="TEXT", help="What matters.", callback=checked_text),
    ] = "",
    points: Annotated[
        int, typer.Option("--points", min=1, max=20, help="Most sentences for each document.")
    ] = 5,
    group: GroupOption = None,
    public: PublicOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Summarize documents; every sentence rests on a quote."""
    from dragoman.agents.research.summarize import summarize
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    groups = as_groups(group, public=public)
    found = _with_engine(
        settings,
        groups,
        lambda engine, memory: summarize(
            engine,
            memory,
            documents,
            language=language or settings.language,
            about=about,
            points=points,
        ),
    )
    if as_json:
        print_json(found)
        return
    for point in found:
        _show(point)


def _with_engine(
    settings: Settings,
    groups: list[str] | None,
    work: Callable[[Engine, Memory | MemoryView], Awaitable[T]],
) -> T:
    from dragoman.models.connect import connect
    from dragoman.serving.bars import DownloadBar
    from dragoman.serving.sessions import open_memory

    async def run(memory: Memory | MemoryView) -> T:
        from dragoman.models import EngineSpec

        with DownloadBar() as progress:
            engine = await connect(EngineSpec.parse(settings.engine), settings, progress=progress)
        try:
            with engine.turn(tenant=settings.tenant):
                return await work(engine, memory)
        finally:
            await engine.aclose()

    with open_memory(settings) as memory:
        return asyncio.run(run(memory if groups is None else memory.seen_by(groups)))


def _show(found: Finding | Point) -> None:
    from dragoman.serving import render
    from dragoman.serving.direction import isolated

    console = render.output()
    name = found.document.title or found.document.source
    console.print(isolated(found.said), highlight=False, markup=False, soft_wrap=True)
    quote = f" – {' '.join(found.quote.split())}" if found.quote and found.restated else ""
    console.print(
        f"  {isolated(name + quote)}", style="dim", highlight=False, markup=False, soft_wrap=True
    )
