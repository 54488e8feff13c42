"""`dragoman ingest` and `dragoman search`: the tenant's documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import DocumentError, EmptyQuestionError, InvalidInputError
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
    read_standard_input,
)

if TYPE_CHECKING:
    from dragoman.memory import IngestReport


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("ingest")(ingest_command)
    app.command("search")(search_command)


def ingest_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…",
            help="Files or folders: .md .txt .rst .html .pdf .docx .pptx .xlsx .csv .tsv .json .eml"
            " .epub, and .zip of these",
        ),
    ],
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Read and embed in the workers of a Ray cluster: local (started here for this "
            "ingest), auto, or host:port.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Workers of --ray; all cores when left out."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="NAME",
            help="Only members of this group may see what lies there, from now on; may be given "
            "several times. The folders remember it for files that are new in them later.",
        ),
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Everyone may see it again, whatever group it had.")
    ] = False,
    describe_images: Annotated[
        bool,
        typer.Option(
            "--describe-images",
            help="Take in images and scanned pages too, read by the engine; it must have vision.",
        ),
    ] = False,
    engine: EngineOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents into the memory; a second time, only what changed."""
    from contextlib import ExitStack

    from dragoman.memory import Cluster
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.bars import IngestBar
    from dragoman.serving.sessions import image_reader, open_memory

    for path in paths:
        checked_text(str(path))
        if not path.exists():
            raise InvalidInputError(f"There is no file or folder {path}.")
    if workers is not None and ray is None:
        raise InvalidInputError("--workers belongs to --ray.", cure="Add --ray local.")
    if group and everyone:
        raise InvalidInputError("--everyone and --group exclude each other.")
    groups = [] if everyone else group or None
    cluster = None if ray is None else Cluster(address=ray, workers=workers)
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    with ExitStack() as stack:
        read_image = stack.enter_context(image_reader(settings)) if describe_images else None
        memory = stack.enter_context(open_memory(settings))
        progress = stack.enter_context(IngestBar())
        report = memory.ingest(
            paths, progress=progress, cluster=cluster, groups=groups, read_image=read_image
        )
    if as_json:
        print_json(report)
    else:
        render.output().print(summary(report))
        show_remarks(report)
    if report.failed:
        raise typer.Exit(DocumentError.exit_code)


def search_command(
    text: Annotated[
        str,
        typer.Argument(
            help="What to look for; - reads it from standard input.", callback=checked_text
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    group: GroupOption = None,
    public: PublicOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that fit a text best, in any language."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.sessions import open_memory

    query = read_standard_input() if text == "-" else text
    if not query.strip():
        raise EmptyQuestionError("There is nothing to look for.")
    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        found = memory.search(query, k=k, language=language, groups=as_groups(group, public=public))
    if as_json:
        print_json(found)
    elif found:
        render.output().print(render.passages(found))
    else:
        render.notices().print("Nothing found. Documents are taken in with `dragoman ingest PATH`.")


def summary(report: IngestReport) -> str:
    """What an ingest did, in a line."""
    counts = {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": len(report.failed),
        "duplicates": len(report.duplicates),
        "with pages that need OCR": len(report.needs_ocr),
        "skipped (of another kind)": report.skipped,
        "for other groups than before": report.regrouped,
    }
    said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    dropped = {
        "repeated passages": report.repeated_passages,
        "lines of headers, footers and menus": report.boilerplate_lines,
    }
    left_out = " and ".join(f"{number} {name}" for name, number in dropped.items() if number)
    stored = f"Documents: {said or 'none'}. Passages stored: {report.passages}."
    return f"{stored} Left out: {left_out}." if left_out else stored


def show_remarks(report: IngestReport) -> None:
    """Print what a person should know about single files."""
    from rich.text import Text

    from dragoman.serving import render

    console = render.notices()
    for file in report.failed:
        console.print(Text.assemble(("failed ", "bold red"), f"{file.source}: {file.reason}"))
    for file in report.notes:
        console.print(Text.assemble(("note   ", "yellow"), f"{file.source}: {file.reason}"))
    for copy in report.duplicates:
        console.print(
            Text.assemble(("copy   ", "cyan"), f"{copy.source}: the same as {copy.same_as}")
        )
