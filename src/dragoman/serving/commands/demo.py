"""`dragoman demo`: eight questions in eight languages to the sample store, and an honest table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import typer

from dragoman.errors import DragomanError
from dragoman.serving.options import EngineOption, HomeOption, JsonOption, load_settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from dragoman.agents.assistant import Assistant
    from dragoman.agents.result import Answer
    from dragoman.memory import Memory
    from dragoman.serving.sample_store import SampleQuestion
    from dragoman.settings import Settings

TENANT = "demo"


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoRow:
    """What came of one question."""

    tag: str
    """BCP-47 tag of the question."""

    question: str
    """The question."""

    seconds: float
    """From the question to the finished answer."""

    right_language: bool | None
    """Whether the answer is in the question's language; None when it is too short to tell."""

    right_document: bool
    """Whether the answer cites the document that holds the answer."""

    right_figure: bool
    """Whether the answer holds the figure that the document gives."""

    expected_document: str
    """The document that holds the answer."""

    cited_documents: tuple[str, ...] = ()
    """The documents that the answer cites."""

    answer: str = ""
    """The answer's text, empty when the turn failed."""

    error: DragomanError | None = None
    """Why the turn failed."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("demo")(demo_command)


def demo_command(
    home: HomeOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Ask a sample store eight questions in eight languages, and score the answers."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.sample_store import sample_questions
    from dragoman.serving.sessions import open_assistant, open_memory

    settings = demo_settings(load_settings(home=home, engine=engine))
    console = render.notices() if as_json else render.output()
    with open_memory(settings) as memory:
        _ingest(memory, console)
        with open_assistant(settings, memory=memory) as assistant:
            spec = str(assistant.engine().spec)
            console.print(f"Engine: {spec}")
            rows = [_ask(assistant, question, console) for question in sample_questions()]
    if as_json:
        print_json({"engine": spec, "rows": rows})
    else:
        console.print(table(rows))
    failures = [row.error for row in rows if row.error is not None]
    if failures:
        raise typer.Exit(failures[0].exit_code)


def demo_settings(settings: Settings) -> Settings:
    """The settings with a data folder of the demo's own, and the models where they always are."""
    return settings.model_copy(
        update={
            "home": settings.home / "demo",
            "models_dir": settings.models_path,
            "tenant": TENANT,
        }
    )


def score(question: SampleQuestion, answer: Answer, seconds: float) -> DemoRow:
    """Compare an answer with what the sample store says."""
    from dragoman.languages import consistency

    cited = tuple(dict.fromkeys(citation.passage.source for citation in answer.citations))
    verdict = consistency.check(answer.text, question.tag)
    return DemoRow(
        tag=question.tag,
        question=question.text,
        seconds=seconds,
        right_language=None if verdict.abstained else verdict.ok,
        right_document=question.cited_in(cited),
        right_figure=question.figure_in(answer.text),
        expected_document=question.document,
        cited_documents=cited,
        answer=answer.text,
    )


def table(rows: Sequence[DemoRow]) -> Table:
    """The table at the end of the demo."""
    from rich.table import Table

    from dragoman.serving import render

    drawn = Table(title="What the model did", title_style="bold", caption=_totals(rows))
    drawn.add_column("question in")
    drawn.add_column("answered in it", justify="center")
    drawn.add_column("cited the right document")
    drawn.add_column("right figure", justify="center")
    drawn.add_column("seconds", justify="right")
    for row in rows:
        wrong = ", ".join(row.cited_documents) or "no document"
        document = row.expected_document if row.right_document else f"{wrong} instead"
        if row.error is not None:
            document = row.error.code
        drawn.add_row(
            render.badge(row.tag),
            render.verdict(row.right_language),
            render.verdict(row.right_document).append(f" {document}", style="default"),
            render.verdict(row.right_figure),
            f"{row.seconds:.1f}",
        )
    return drawn


def _totals(rows: Sequence[DemoRow]) -> str:
    both = sum(row.right_language is not False and row.right_document for row in rows)
    figures = sum(row.right_figure for row in rows)
    seconds = sum(row.seconds for row in rows)
    return (
        f"{both} of {len(rows)} in the right language and citing the right document,"
        f" {figures} with the right figure, {seconds:.0f} s together"
    )


def _ingest(memory: Memory, console: Console) -> None:
    from dragoman.serving.bars import IngestBar
    from dragoman.serving.sample_store import store_folder

    with IngestBar() as progress:
        report = memory.ingest(store_folder(), progress=progress)
    documents = memory.documents()
    languages = sorted({document.language for document in documents})
    console.print(
        f"Sample data of an invented store: {len(documents)} documents in {', '.join(languages)}"
        f" ({report.added + report.changed} new or changed)."
    )


def _ask(assistant: Assistant, question: SampleQuestion, console: Console) -> DemoRow:
    from dragoman.serving import render
    from dragoman.serving.approval import show_until_answered
    from dragoman.serving.direction import Prose, runs_right_to_left
    from dragoman.serving.failures import show
    from dragoman.serving.turn import TurnView

    console.rule(render.badge(question.tag))
    rtl = runs_right_to_left(question.tag)
    console.print(Prose(text=question.text, right_to_left=rtl, style="bold"))
    began = monotonic()
    try:
        events = assistant.stream(question.text)
        view = TurnView(console, steps=True)
        answer = show_until_answered(assistant, view, events, console)
    except DragomanError as error:
        show(error)
        return DemoRow(
            tag=question.tag,
            question=question.text,
            seconds=monotonic() - began,
            right_language=False,
            right_document=False,
            right_figure=False,
            expected_document=question.document,
            error=error,
        )
    return score(question, answer, monotonic() - began)
