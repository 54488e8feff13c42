"""Two real HTTP servers that fail in turn: each caller gets one whole answer or one error."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import EngineReplyError, EngineUnavailableError
from dragoman.models import relay_chat
from dragoman.models.caller import EngineEvent, EngineSwitch, EngineWait
from dragoman.models.connect import connect
from dragoman.models.engine import Engine
from dragoman.models.patience import Patience
from dragoman.models.usage_ledger import UsageLedger
from dragoman.settings import Settings

PARTS = ("one ", "two ", "three ")
FAULTS = {
    "busy": Reply.json({"error": "server busy, please try again."}, status=503),
    "cannot load": Reply.json({"error": "model failed to load, check the logs"}, status=500),
    "crash": Reply.json(
        {"error": "llama runner process has terminated: signal: killed"}, status=500
    ),
    "proxy": Reply(status=502, parts=(b"<html>Bad gateway</html>",)),
    "removed": Reply.json({"error": "model 'm' not found"}, status=404),
    "hung up": Reply(ending="hang up"),
    "ended empty": Reply.lines(),
    "error line first": Reply.lines(
        {"error": "an error was encountered while running the model: EOF"}
    ),
}
MIDWAY = {
    "broke off": Reply.lines(*answer("half ", done=None), ending="hang up"),
    "no last line": Reply.lines(*answer("half ", done=None)),
    "error line midway": Reply.lines(
        *answer("half ", done=None), {"error": "llama runner process has terminated"}
    ),
}


class Host:
    """An Ollama that fails as it is told, and otherwise says its name in pieces."""

    def __init__(self, name: str, server: ReplayServer) -> None:
        self.name = name
        self.url = server.url
        self.faults: list[Reply] = []
        self.said: Counter[str] = Counter()
        server.answer_with(self._answer)

    def _answer(self, request: Request) -> Reply:
        if request.path == "/api/show":
            return Reply.json({"capabilities": ["completion"], "details": {}})
        if request.path == "/api/version":
            return Reply.json({"version": "0.32.15"})
        question = request.json["messages"][0]["content"]
        if self.faults:
            return self.faults.pop(0)
        self.said[question] += 1
        return Reply.lines(*answer(*PARTS, f"by {self.name} to {question}"))


@pytest.fixture
def hosts(server: ReplayServer):  # type: ignore[no-untyped-def]
    with ReplayServer() as other:
        yield Host("a", server), Host("b", other)


@pytest.fixture
async def engine(
    hosts: tuple[Host, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    monkeypatch.setattr(Patience, "pause", lambda self, retry: 0.0)
    monkeypatch.setattr(relay_chat, "_REST", 0.0)
    spec = f"ollama:m@{hosts[0].url},{hosts[1].url}"
    return await connect(spec, Settings(home=tmp_path))


async def ask(engine: Engine, question: str, *, tenant: str = "t", thread: str = "1"):  # type: ignore[no-untyped-def]
    heard: list[EngineEvent] = []
    with engine.turn(tenant=tenant, thread=thread, hear=heard.append):
        reply = await engine.chat.ainvoke(question)
    return reply.text, heard


def home_of(engine_thread: str, hosts: tuple[Host, Host]) -> tuple[Host, Host]:
    """The host that a thread prefers, then the other one."""
    first, second = sorted(
        hosts, key=lambda host: relay_chat._weight(engine_thread, f"ollama:m@{host.url}")
    )
    return first, second


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_before_the_first_word_moves_the_call_on_and_says_so(
    engine: Engine, hosts: tuple[Host, Host], fault: str
) -> None:
    first, second = home_of("1", hosts)
    first.faults = [FAULTS[fault]] * 9
    text, heard = await ask(engine, "q")
    assert text == f"one two three by {second.name} to q"
    (switch,) = (event for event in heard if isinstance(event, EngineSwitch))
    assert switch.used == f"ollama:m@{second.url}"
    first.faults = []
    assert (await ask(engine, "q2"))[0] == f"one two three by {first.name} to q2"


@pytest.mark.parametrize("fault", MIDWAY)
async def test_a_fault_in_mid_reply_is_an_error_and_asks_nobody_else(
    engine: Engine, hosts: tuple[Host, Host], fault: str
) -> None:
    first, second = home_of("1", hosts)
    first.faults = [MIDWAY[fault]]
    with pytest.raises(EngineReplyError):
        await ask(engine, "q")
    assert not first.said
    assert not second.said


async def test_two_hosts_that_fail_are_both_named(engine: Engine, hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.faults = [FAULTS["cannot load"]] * 9
    with pytest.raises(EngineUnavailableError) as caught:
        await ask(engine, "q")
    assert all(host.url in caught.value.message for host in hosts)


@pytest.mark.parametrize("seed", range(2))
async def test_many_callers_in_a_storm_of_faults_each_get_one_whole_answer_or_an_error(
    engine: Engine, hosts: tuple[Host, Host], tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    for host in hosts:
        host.faults = [
            dice.choice([*FAULTS.values(), *MIDWAY.values()])
            if dice.random() < 0.5
            else whole(host)
            for _ in range(20)
        ]
    questions = [f"q{number}" for number in range(40)]
    outcomes = await asyncio.gather(
        *(
            ask(engine, question, tenant=f"tenant-{number % 3}", thread=str(number % 7))
            for number, question in enumerate(questions)
        ),
        return_exceptions=True,
    )
    answered, waited = 0, 0
    for question, outcome in zip(questions, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, EngineReplyError | EngineUnavailableError), outcome
            continue
        text, heard = outcome
        assert text in {
            f"one two three by {name} to {to}" for name in "ab" for to in (question, "x")
        }
        answered += 1
        waited += any(isinstance(event, EngineWait) for event in heard)
    assert answered > 20
    assert waited > 20  # one place a host: the others heard how many come before them
    assert all(count == 1 for host in hosts for count in host.said.values())
    ledger = UsageLedger(tmp_path / "usage.sqlite")
    assert {row[0] for row in ledger.table()} == {"tenant-0", "tenant-1", "tenant-2"}
    assert sum(ledger.spent(f"tenant-{each}").calls for each in range(3)) >= len(questions)
    assert (await ask(engine, "after the storm"))[0].endswith("to after the storm")


def whole(host: Host) -> Reply:
    """A sound reply among the faults."""
    return Reply.lines(*answer(*PARTS, f"by {host.name} to x"))
