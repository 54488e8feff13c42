"""Two processes that resume one thread: the second is refused, and the effect happens once."""

import signal
import subprocess
import sys

import pytest

from dragoman import tool
from dragoman.errors import DataFolderLockedError, ThreadNotFoundError

CHILD = """
import os, signal, sys
from pathlib import Path
from dragoman import Assistant, tool
from dragoman.testing import ScriptedModel

home, way = Path(sys.argv[1]), sys.argv[2]

@tool(effect="once", idempotency_key="key")
def send(to: str, key: str) -> str:
    '''Send a parcel.'''
    if way == "ask":
        os.kill(os.getpid(), signal.SIGKILL)
    print("sending", flush=True)
    sys.stdin.readline()  # until the other process has tried
    with (home / "sent").open("a") as file:
        file.write(key + "\\n")
    return "sent"

PLAN = {"thought": "", "calls": [{"tool": "send", "arguments": {"to": "Aiko"}}]}
DONE = {"thought": "", "calls": []}
REPLY = "The parcel has been sent to Aiko."
script = [PLAN] if way == "ask" else [DONE, REPLY]
with Assistant(engine=ScriptedModel(script), tools=[send], home=home) as assistant:
    if way == "ask":
        assistant.ask("Send the parcel to Aiko, please.", thread="x")
    else:
        print(list(assistant.resume("x"))[-1].answer.text, flush=True)
"""


@tool(effect="once", idempotency_key="key")
def send(to: str, key: str) -> str:
    """Send a parcel."""
    raise AssertionError("sent by the process that was refused")


def run(home, way, **options):
    return subprocess.Popen([sys.executable, "-c", CHILD, str(home), way], text=True, **options)


@pytest.fixture
def killed(home):
    """A thread whose turn ended in the middle of its effect."""
    home.mkdir()
    assert run(home, "ask").wait() == -signal.SIGKILL


@pytest.mark.usefixtures("killed")
def test_of_two_processes_that_resume_a_thread_one_is_refused_and_the_effect_happens_once(
    make, home
):
    with run(home, "resume", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout.readline() == "sending\n"
        with pytest.raises(DataFolderLockedError):
            list(make([], tools=[send]).resume("x"))
        told, _ = first.communicate("go on\n")
    assert told == "The parcel has been sent to Aiko.\n"
    assert len((home / "sent").read_text().splitlines()) == 1
    late = make([], tools=[send])
    with pytest.raises(ThreadNotFoundError, match="nothing to go on with"):
        list(late.resume("x"))
    assert late.turns("x")[0].status == "done"


@pytest.mark.usefixtures("killed")
def test_of_two_assistants_of_one_process_that_resume_a_thread_the_second_finds_nothing_to_do(
    make, home
):
    sent = []

    @tool(effect="once", idempotency_key="key")
    def send(to: str, key: str) -> str:
        """Send a parcel."""
        sent.append(key)
        return "sent"

    done = {"thought": "", "calls": []}
    first, second = make([done, "It was sent."], tools=[send]), make([], tools=[send])
    stream = first.resume("x")
    assert next(stream).type == "tool_start"
    with pytest.raises(ThreadNotFoundError):
        list(second.resume("x"))
    assert list(stream)[-1].answer.text == "It was sent."
    assert len(sent) == 1
