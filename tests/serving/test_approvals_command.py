from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

import dragoman.agents.assistant
from dragoman import Assistant, Decision, tool
from dragoman.agents.events import ApprovalEvent
from dragoman.agents.result import ApprovalRequest
from dragoman.agents.storage import Storage
from dragoman.models import Engine
from dragoman.serving import approval
from dragoman.serving.turn import TurnView
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel
from dragoman.tools import Call

Run = Callable[..., Result]

NOTHING = {"thought": "", "needs": "nothing", "calls": []}
PLANNED = {
    "thought": "",
    "needs": "refund",
    "calls": [{"tool": "refund", "arguments": {"order": "A-1", "yen": 500}}],
}
DONE = "The refund is on its way to you."


@pytest.fixture
def refunds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Refunds that happened; the command line's only tool makes them, and asks first."""
    made: list[tuple[str, int]] = []

    @tool(effect="once", approval=True)
    def refund(order: str, yen: int) -> str:
        """Refund an order, in yen."""
        made.append((order, yen))
        return "refunded"

    monkeypatch.setattr(dragoman.agents.assistant, "builtin_tools", lambda *_, **__: [refund])
    return made


@pytest.fixture
def waiting(run: Run, script: list[object], refunds: list[tuple[str, int]]) -> None:
    script += [PLANNED, NOTHING, DONE]
    done = run("ask", "--json", "--thread", "t1", "Please refund order A-1 with 500 yen.")
    assert done.exit_code == 0
    # The next command has a model of its own, which goes on where this one stopped.
    del script[0]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, embedder: None) -> list[object]:
    """What the models say, one command after the other."""
    steps: list[object] = []

    async def connect(*_: object, **__: object) -> Engine:
        return Engine.of(ScriptedModel(steps))

    monkeypatch.setattr(dragoman.agents.assistant, "connect", connect)
    return steps


@pytest.mark.usefixtures("waiting")
def test_what_waits_is_listed_and_shown(run: Run) -> None:
    (listed,) = json.loads(run("approvals", "list", "--json").stdout)
    assert (listed["thread"], listed["requests"][0]["call"]["tool"]) == ("t1", "refund")
    assert "refund" in run("approvals", "list").stdout
    shown = run("approvals", "show", "t1").stdout
    assert '"yen": 500' in shown
    assert "counts as rejected from" in shown


@pytest.mark.usefixtures("waiting")
def test_an_approved_call_runs_and_the_turn_ends(run: Run, refunds: list[tuple[str, int]]) -> None:
    done = run("approvals", "approve", "--json", "t1")
    assert json.loads(done.stdout)["text"] == DONE
    assert refunds == [("A-1", 500)]
    assert json.loads(run("approvals", "list", "--json").stdout) == []


@pytest.mark.usefixtures("waiting")
def test_a_rejected_call_does_not_run(run: Run, refunds: list[tuple[str, int]]) -> None:
    done = run("approvals", "reject", "--json", "--reason", "too late", "t1")
    assert json.loads(done.stdout)["calls"][0]["error"].endswith("too late")
    assert refunds == []


@pytest.mark.usefixtures("waiting")
def test_an_edited_call_runs_with_what_was_changed(
    run: Run, refunds: list[tuple[str, int]]
) -> None:
    assert run("approvals", "edit", "t1", '{"yen": 300}').exit_code == 0
    assert refunds == [("A-1", 300)]


def test_a_decision_is_carried_out_by_the_agent_that_asked_and_by_no_other(
    run: Run, script: list[object], refunds: list[tuple[str, int]], tmp_path: Path
) -> None:
    agent = tmp_path / "shop.yaml"
    agent.write_text("name: shop\n", encoding="utf-8")
    script += [PLANNED, NOTHING, DONE]
    asked = ["ask", "--agent", str(agent), "--json", "--thread", "t1"]
    assert run(*asked, "Please refund order A-1 with 500 yen.").exit_code == 0
    del script[0]

    refused = run("approvals", "approve", "t1")
    assert (refused.exit_code, "DRG-AGENT-OTHER" in refused.stderr, refunds) == (2, True, [])

    assert run("approvals", "approve", "--agent", str(agent), "t1").exit_code == 0
    assert refunds == [("A-1", 500)]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("edited", ['{"yen": "many"}', '{"euro": 3}', "[300]", "yen=300"])
def test_arguments_that_cannot_be_used_are_refused_and_the_call_waits(
    run: Run, refunds: list[tuple[str, int]], edited: str
) -> None:
    done = run("approvals", "edit", "t1", edited)
    assert done.exit_code == 2
    assert "DRG-INPUT" in done.stderr
    assert refunds == []
    assert len(json.loads(run("approvals", "list", "--json").stdout)) == 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("command", ["show", "approve", "reject"])
def test_a_thread_where_nothing_waits_is_a_coded_error(run: Run, command: str) -> None:
    done = run("approvals", command, "t2")
    assert done.exit_code == 2
    assert "DRG-THREAD-MISSING" in done.stderr


@pytest.mark.usefixtures("waiting")
def test_a_call_that_does_not_wait_cannot_be_approved(
    run: Run, refunds: list[tuple[str, int]]
) -> None:
    done = run("approvals", "approve", "--call", "9.9", "t1")
    assert done.exit_code == 2
    assert "1.0" in done.stderr
    assert refunds == []


@pytest.mark.usefixtures("waiting")
def test_another_tenants_approvals_are_not_there(run: Run) -> None:
    assert json.loads(run("approvals", "list", "--json", "--tenant", "other").stdout) == []


def test_listing_nothing_creates_nothing(run: Run, home: Path) -> None:
    assert json.loads(run("approvals", "list", "--json").stdout) == []
    assert json.loads(run("approvals", "unknown", "--json").stdout) == []
    assert not home.exists()


def test_an_effect_of_unknown_outcome_is_listed_and_settled(run: Run, home: Path) -> None:
    async def begin() -> None:
        storage = await Storage.open(Settings().home)
        await storage.ledger.begin("drg-1", "default/x", "transfer", {"amount": 5})
        await storage.aclose()

    asyncio.run(begin())
    assert "transfer(amount=5)" in run("approvals", "unknown").stdout
    done = run("approvals", "settle", "--json", "drg-1", "--done", "--note", "saw it at the bank")
    assert json.loads(done.stdout)["state"] == "done"
    assert json.loads(run("approvals", "unknown", "--json").stdout) == []
    assert run("approvals", "settle", "drg-1", "--failed").exit_code == 2


class Terminal:
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch, replies: list[str]) -> Console:
    monkeypatch.setattr(approval.sys, "stdin", Terminal())
    console = Console(quiet=True)
    monkeypatch.setattr(console, "input", lambda _: replies.pop(0))
    return console


@pytest.mark.parametrize(
    ("replies", "decision"),
    [
        (["y"], Decision(approve=True)),
        ([""], Decision(approve=False, reason="rejected at the terminal")),
        (
            ["e", "yen=3", "[3]", '{"yen": 3}'],
            Decision(approve=True, arguments={"order": "A-1", "yen": 3}),
        ),
        (["e", ""], Decision(approve=False, reason="rejected at the terminal")),
    ],
)
def test_a_person_at_the_terminal_says_yes_no_or_otherwise(
    monkeypatch: pytest.MonkeyPatch, replies: list[str], decision: Decision
) -> None:
    call = Call(id="1.0", tool="refund", arguments={"order": "A-1", "yen": 500})
    event = ApprovalEvent(requests=(ApprovalRequest(call=call, description="…"),), thread="t")
    assert approval.ask_person(event, at_terminal(monkeypatch, replies)) == {"1.0": decision}
    assert replies == []


def test_a_chat_takes_up_what_the_thread_waits_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[int] = []

    @tool(effect="once", approval=True)
    def refund(order: str, yen: int) -> str:
        """Refund an order, in yen."""
        made.append(yen)
        return "refunded"

    model = ScriptedModel([PLANNED, NOTHING, DONE])
    with Assistant(engine=model, tools=[refund], home=tmp_path / "home") as assistant:
        assistant.ask("Please refund order A-1 with 500 yen.", thread="x")
        # What does not fit is asked for again, and nothing is lost.
        console = at_terminal(monkeypatch, ["e", '{"yen": "many"}', "e", '{"yen": 300}'])
        approval.take_up(assistant, TurnView(console), "x", console)
        assert assistant.turns("x")[0].answer == DONE
    assert made == [300]
