"""`dragoman run` and `dragoman runs`: scripted tasks and what became of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.errors import InvalidInputError, TaskInputError
from dragoman.serving.options import (
    EngineOption,
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.tasks import Question, Run, Tasks
    from dragoman.settings import Settings

RunArgument = Annotated[
    str,
    typer.Argument(metavar="RUN", help="Id of the run, or its beginning.", callback=checked_text),
]
WAITS = 8
"""Exit code of a run that waits for a person."""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("run")(run_command)
    group = typer.Typer(help="Runs of tasks: list, show, resume, answer.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("resume")(resume_command)
    group.command("answer")(answer_command)
    group.command("cancel")(cancel_command)
    group.command("report")(report_command)
    app.add_typer(group, name="runs")


def run_command(
    file: Annotated[
        Path | None, typer.Argument(metavar="TASK", help="The task file, in YAML.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--input", "-i", metavar="NAME=VALUE", help="One input; give it again for more."
        ),
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option("--inputs", metavar="FILE", help="Inputs, in YAML or JSON.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and show the plan; do nothing.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of task files.")
    ] = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a scripted task; a run that is cut off goes on with `dragoman runs resume`.

    A task file may name functions of your own, so run only files that you trust.
    """
    from dragoman.serving.as_json import print_json

    if schema:
        from dragoman.agents.tasks.schema import task_schema

        print_json(task_schema())
        return
    if file is None:
        raise InvalidInputError("No task file is named.", cure="dragoman run TASK.yaml")
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    values = _inputs(given or [], inputs)
    if dry_run:
        from dragoman.agents.tasks import Tasks

        _show_plan(asyncio.run(Tasks(settings=settings).plan(file, values)), as_json=as_json)
        return
    _finish(_watched(settings, str(file), lambda tasks: tasks.run(file, values), as_json), as_json)


def list_command(
    home: HomeOption = None, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """List the runs, the latest first."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    found = asyncio.run(_tasks(settings).runs()) if settings.home.exists() else []
    if as_json:
        print_json([_entry(run) for run in found])
        return
    if not found:
        render.notices().print("No runs yet. Begin one with `dragoman run TASK.yaml`.")
        return
    table = Table("run", "task", "status", "began", "ended", box=None, pad_edge=False)
    table.header_style = "bold"
    for run in found:
        table.add_row(run.id, run.task, run.status, run.started_at[:16], (run.ended_at or "")[:16])
    render.output().print(table)


def show_command(
    run_id: RunArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run with its steps and what it asks."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.task_view import TaskView

    run, steps, questions = asyncio.run(
        _tasks(load_settings(home=home, tenant=tenant)).show(run_id)
    )
    if as_json:
        print_json({**_entry(run), "steps": steps, "questions": questions})
        return
    with TaskView(f"{run.task} {run.id}: {run.status}") as view:
        for step in steps:
            view.saw(step)
    for question in questions:
        if question.answer is None:
            _print_question(run, question)
    if run.output is not None:
        render.output().print_json(data=run.output)


def resume_command(
    run_id: RunArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a run that was cut off, has failed, or has been answered."""
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    _finish(_watched(settings, run_id, lambda tasks: tasks.resume(run_id), as_json), as_json)


def answer_command(
    run_id: RunArgument,
    value: Annotated[
        str, typer.Option("--value", metavar="TEXT", help="The answer.", callback=checked_text)
    ],
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="PATH", help="Which question, when there are several."),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer what a run asks; `dragoman runs resume` then goes on with it."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    tasks = _tasks(load_settings(home=home, tenant=tenant))
    question = asyncio.run(tasks.answer(run_id, value, path=step))
    if as_json:
        print_json(question)
        return
    render.output().print(f"{question.path}: {question.answer}", markup=False)
    render.notices().print(f"Go on with it: dragoman runs resume {run_id}", style="dim")


def cancel_command(
    run_id: RunArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a run; one that is at work ends before its next step."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    run = asyncio.run(_tasks(load_settings(home=home, tenant=tenant)).cancel(run_id))
    if as_json:
        print_json(_entry(run))
        return
    ends = "ends before its next step" if run.status == "running" else run.status
    render.output().print(f"{run.id}: {ends}")


def report_command(
    run_id: RunArgument,
    html: Annotated[bool, typer.Option("--html", help="A page instead of Markdown.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
) -> None:
    """Write the report of a run: every step, its values, time and cost."""
    from dragoman.agents.tasks import report

    found = asyncio.run(_tasks(load_settings(home=home, tenant=tenant)).show(run_id))
    text = report.as_html(*found) if html else report.as_markdown(*found)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{output} cannot be written: {error.strerror}.") from None


def _inputs(given: list[str], file: Path | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if file is not None:
        from dragoman.agents.tasks.reading import read_yaml

        value = read_yaml(file)[0]
        if not isinstance(value, dict):
            raise TaskInputError("It holds no inputs by name.", file=str(file))
        found |= value
    for text in given:
        name, equals, value = (checked_text(text) or "").partition("=")
        if not equals or not name:
            raise TaskInputError(f"{text!r} is no input.", cure="Write --input NAME=VALUE.")
        found[name] = value
    return found


def _tasks(settings: Settings, **options: Any) -> Tasks:
    from dragoman.agents.tasks import Tasks

    return Tasks(settings=settings, **options)


def _watched(
    settings: Settings, title: str, work: Callable[[Tasks], Coroutine[Any, Any, Run]], as_json: bool
) -> Run:
    from dragoman.serving.task_view import TaskView

    if as_json:
        return asyncio.run(work(_tasks(settings)))
    with TaskView(title) as view:

        async def answer(question: Question) -> str | None:
            view.pause()
            try:
                return await asyncio.to_thread(_answer_here, question)
            finally:
                view.go_on()

        asks = sys.stdin.isatty() and sys.stderr.isatty()
        return asyncio.run(work(_tasks(settings, emit=view.saw, answer=answer if asks else None)))


def _answer_here(question: Question) -> str | None:
    """The answer of whoever sits at the terminal; None to let the run wait."""
    from dragoman.serving import render

    console = render.notices()
    console.print(f"{question.path}: {question.text}", style="bold", markup=False)
    if question.shown is not None:
        console.print_json(data=question.shown)
    hint = " / ".join(question.choices) if question.choices else "a text"
    while True:
        console.print(f"({hint}; nothing to let it wait) ", end="", markup=False)
        line = sys.stdin.readline().strip()
        if not line:
            return None
        if not question.choices or line in question.choices:
            return line


def _finish(run: Run, as_json: bool) -> None:
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    if as_json:
        print_json(_entry(run))
    elif run.status == "done":
        render.output().print_json(data=run.output)
    else:
        reason = f" ({run.error['step']}: {run.error['message']})" if run.error else ""
        console = render.notices()
        console.print(f"The run {run.id} is {run.status}{reason}.", style="yellow", markup=False)
        word = "show" if run.status == "waiting" else "resume"
        console.print(f"Next: dragoman runs {word} {run.id}", style="dim")
    if run.status != "done":
        raise typer.Exit(WAITS if run.status == "waiting" else 1)


def _print_question(run: Run, question: Question) -> None:
    from dragoman.serving import render

    console = render.output()
    console.print(f"? {question.path}: {question.text}", style="bold", markup=False)
    if question.shown is not None:
        console.print_json(data=question.shown)
    choices = " | ".join(question.choices) or "TEXT"
    console.print(
        f"  dragoman runs answer {run.id} --step '{question.path}' --value '{choices}'",
        markup=False,
    )


def _show_plan(steps: list[dict[str, Any]], *, as_json: bool) -> None:
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    if as_json:
        print_json(steps)
        return
    console = render.output()
    for step in steps:
        indent = "  " * step["depth"]
        effect = f" [{step['effect']}]" if step.get("effect") else ""
        name = step.get("tool") or step["kind"]
        console.print(f"{indent}{step['step']}: {name}{effect}", markup=False)
        for key, value in step["values"].items():
            if value:
                console.print(f"{indent}    {key}: {value}", style="dim", markup=False)
    render.notices().print("Everything checks out; nothing was done.", style="green")


def _entry(run: Run) -> dict[str, Any]:
    return {
        name: getattr(run, name)
        for name in (
            "id",
            "task",
            "file",
            "status",
            "inputs",
            "output",
            "error",
            "started_at",
            "ended_at",
        )
    }
