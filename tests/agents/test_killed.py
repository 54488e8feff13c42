"""A process that is killed in the middle of a turn, and what the next one finds."""

import signal
import subprocess
import sys

import pytest

from dragoman import tool

CHILD = """
import os, signal, sys
from pathlib import Path
from dragoman import Assistant, tool
from dragoman.testing import ScriptedModel

home, moment = Path(sys.argv[1]), sys.argv[2]

def die(when):
    if when == moment:
        os.kill(os.getpid(), signal.SIGKILL)

@tool(effect="once", idempotency_key="key")
def send(to: str, key: str) -> str:
    '''Send a parcel.'''
    die("before the effect")
    sent = home / "sent"
    known = sent.read_text().split() if sent.exists() else []
    if key not in known:
        sent.write_text("\\n".join([*known, key]))
    die("after the effect")
    return "sent"

def first_plan(messages):
    die("before the plan")
    return {"thought": "", "calls": [{"tool": "send", "arguments": {"to": "Aiko"}}]}

def second_plan(messages):
    die("after the call")
    return {"thought": "", "calls": []}

def answer(messages):
    die("before the answer")
    return "The parcel has been sent to Aiko."

Assistant(engine=ScriptedModel([first_plan, second_plan, answer]), tools=[send], home=home).ask(
    "Send the parcel to Aiko, please.", thread="x"
)
"""

PLAN = {"thought": "", "calls": [{"tool": "send", "arguments": {"to": "Aiko"}}]}
DONE = {"thought": "", "calls": []}
REPLY = "The parcel has been sent to Aiko."


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before the plan", [PLAN, DONE, REPLY]),
        ("before the effect", [DONE, REPLY]),
        ("after the effect", [DONE, REPLY]),
        ("after the call", [DONE, REPLY]),
        ("before the answer", [REPLY]),
    ],
)
def test_a_killed_turn_is_resumed_where_it_was_and_its_effect_happens_once(
    make, home, moment, left
):
    home.mkdir()
    killed = subprocess.run([sys.executable, "-c", CHILD, str(home), moment], check=False)
    assert killed.returncode == -signal.SIGKILL

    @tool(effect="once", idempotency_key="key")
    def send(to: str, key: str) -> str:
        """Send a parcel."""
        sent = home / "sent"
        known = sent.read_text().split() if sent.exists() else []
        if key not in known:
            sent.write_text("\n".join([*known, key]))
        return "sent"

    assistant = make(left, tools=[send])
    (unfinished,) = assistant.turns("x")
    assert unfinished.status == "running"
    assert unfinished.question == "Send the parcel to Aiko, please."
    assert assistant.unfinished("x") == unfinished

    answer = list(assistant.resume("x"))[-1].answer

    assert answer.text == REPLY
    assert len((home / "sent").read_text().split()) == 1
    assert [turn.status for turn in assistant.turns("x")] == ["done"]
    assert assistant.unfinished("x") is None
