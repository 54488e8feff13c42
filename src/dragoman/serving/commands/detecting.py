"""`dragoman detect`: which language a text is in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.errors import EmptyQuestionError, InvalidInputError
from dragoman.serving.options import JsonOption, checked_text, decoded, read_standard_input


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("detect")(detect_command)


def detect_command(
    text: Annotated[
        str | None,
        typer.Argument(
            help="The text; - reads it from standard input.",
            callback=checked_text,
            show_default=False,
        ),
    ] = None,
    lines: Annotated[
        str | None,
        typer.Option(
            "--lines",
            metavar="FILE",
            help="Detect each line of FILE (- for standard input); empty lines count too.",
        ),
    ] = None,
    thread_language: Annotated[
        str | None,
        typer.Option("--thread", metavar="TAG", help="Language of the conversation so far."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which language a text is in, by which script, and how surely."""
    from dragoman.languages import detect
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json, print_json_line

    if (text is None) == (lines is None):
        raise InvalidInputError(
            "Give either a text or --lines FILE.", cure='For example: dragoman detect "你好"'
        )
    if lines is not None:
        console = render.output()
        for line in _lines(lines):
            found = detect(line, thread=thread_language)
            if as_json:
                print_json_line(found)
            else:
                console.print(render.detection(found), f" {line}", sep="", soft_wrap=True)
        return
    content = read_standard_input() if text == "-" else text or ""
    if not content.strip():
        raise EmptyQuestionError("There is no text to detect a language in.")
    found = detect(content, thread=thread_language)
    if as_json:
        print_json(found)
    else:
        render.output().print(render.detection(found))


def _lines(name: str) -> list[str]:
    content = read_standard_input() if name == "-" else read_text(Path(name))
    # Not splitlines(): it also cuts at U+2028 and other separators that stand inside a text.
    found = content.replace("\r\n", "\n").split("\n")
    return found[:-1] if found[-1] == "" else found


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        InvalidInputError: there is no such file, or it cannot be read.
    """
    try:
        return decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
