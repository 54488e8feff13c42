from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from dragoman.errors import DiskFullError, DownloadError
from dragoman.serving.failures import GuardedGroup
from dragoman.serving.options import JsonOption

ERRORS = {
    "disk": DiskFullError("There is no room.", cure="Make some."),
    "network": DownloadError("The network is gone."),
    "defect": ZeroDivisionError("division by zero"),
    "interrupt": KeyboardInterrupt(),
    "pipe": BrokenPipeError(),
}


@pytest.fixture
def app() -> Iterator[typer.Typer]:
    """An application with one command that fails as it is told to."""
    app = typer.Typer(cls=GuardedGroup, pretty_exceptions_enable=False)

    @app.callback()
    def root(debug: bool = False) -> None:
        pass

    @app.command()
    def fail(how: str, as_json: JsonOption = False) -> None:
        typer.echo("partial")
        raise ERRORS[how]

    return app


def invoke(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("how", "code"), [("disk", 7), ("network", 6), ("defect", 1), ("interrupt", 130), ("pipe", 141)]
)
def test_each_kind_of_failure_has_its_exit_code(app: typer.Typer, how: str, code: int) -> None:
    assert invoke(app, "fail", how).exit_code == code


def test_message_code_and_cure_go_to_standard_error(app: typer.Typer) -> None:
    done = invoke(app, "fail", "disk")
    assert done.stdout == "partial\n"
    for part in ("There is no room.", "DRG-DISK-FULL", "Make some."):
        assert part in done.stderr


def test_with_json_the_error_is_one_json_object_on_standard_error(app: typer.Typer) -> None:
    done = invoke(app, "fail", "--json", "disk")
    assert json.loads(done.stderr) == {
        "error": {"code": "DRG-DISK-FULL", "message": "There is no room.", "cure": "Make some."}
    }


def test_no_traceback_without_debug(app: typer.Typer) -> None:
    assert "Traceback" not in invoke(app, "fail", "defect").stderr


@pytest.mark.parametrize("how", ["defect", "disk"])
def test_debug_shows_the_traceback(app: typer.Typer, how: str) -> None:
    assert "Traceback" in invoke(app, "--debug", "fail", how).stderr


def test_defect_says_how_to_report_it(app: typer.Typer) -> None:
    done = invoke(app, "fail", "defect")
    assert "ZeroDivisionError" in done.stderr
    assert "--debug" in done.stderr


def test_broken_pipe_is_quiet(app: typer.Typer) -> None:
    assert invoke(app, "fail", "pipe").stderr == ""


def test_wrong_option_is_a_usage_error(app: typer.Typer) -> None:
    done = invoke(app, "fail", "disk", "--nonsense")
    assert done.exit_code == 2
    assert "nonsense" in done.stderr


HANGING = """
import signal
from dragoman.serving import cli

@cli.app.command("hang")
def hang() -> None:
    try:
        print("ready", flush=True)
        signal.pause()
    finally:
        print("cleaned up", flush=True)

# A background job of a shell inherits an ignored SIGINT, and then there is nothing to test.
signal.signal(signal.SIGINT, signal.default_int_handler)
cli.main()
"""


def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_reader_that_goes_away_is_no_error_message() -> None:
    program = "from dragoman.serving.cli import main; main()"
    process = start(program, "detect", "--json", "--lines", "-")
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate("你好\n".encode() * 100)
    assert process.returncode == 141
    assert errors == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_lets_a_command_clean_up_and_gives_the_usual_code(
    number: signal.Signals, code: int
) -> None:
    process = start(HANGING, "hang")
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    output, errors = process.communicate()
    assert process.returncode == code
    assert output == b"cleaned up\n"
    assert b"Traceback" not in errors
