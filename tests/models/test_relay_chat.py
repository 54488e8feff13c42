"""Several engines that stand in for one another, and several Ollama hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import (
    ConfigurationError,
    EngineBusyError,
    EngineReplyError,
    EngineUnavailableError,
    InvalidInputError,
)
from dragoman.models.caller import Caller, EngineEvent, EngineSwitch, calling
from dragoman.models.connect import connect
from dragoman.models.relay_chat import RelayChat, Standby
from dragoman.settings import Settings
from dragoman.testing import BrokenStream, ScriptedModel

NOBODY = "http://127.0.0.1:9"
DOWN = EngineUnavailableError("It is down.", cure="Start it.")


def relay(*models: ScriptedModel, sticky: bool = False) -> RelayChat:
    def standby(name: str, model: ScriptedModel) -> Standby:
        async def connect() -> ScriptedModel:
            return model

        return Standby(name, connect)

    members = tuple(standby(f"engine-{number}", model) for number, model in enumerate(models))
    return RelayChat(inner=models[0], members=members, sticky=sticky)


async def test_the_first_engine_answers_and_is_named() -> None:
    heard: list[EngineEvent] = []
    with calling(Caller(hear=heard.append)):
        reply = await relay(ScriptedModel(["one"]), ScriptedModel([])).ainvoke("?")
    assert reply.text == "one"
    assert reply.response_metadata["engine"] == "engine-0"
    assert heard == []


@pytest.mark.parametrize("error", [DOWN, EngineBusyError("full")])
async def test_the_next_engine_answers_and_the_caller_hears_why(error: Exception) -> None:
    heard: list[EngineEvent] = []
    with calling(Caller(hear=heard.append)):
        reply = await relay(ScriptedModel([error]), ScriptedModel(["two"])).ainvoke("?")
    assert reply.text == "two"
    assert reply.response_metadata["engine"] == "engine-1"
    (event,) = heard
    assert event == EngineSwitch(used="engine-1", instead_of="engine-0", reason=str(error.message))  # type: ignore[attr-defined]


async def test_an_engine_that_was_down_is_left_alone_for_a_while_and_not_silently() -> None:
    heard: list[EngineEvent] = []
    first, second = ScriptedModel([DOWN]), ScriptedModel(["two", "two"])
    chat = relay(first, second)
    with calling(Caller(hear=heard.append)):
        await chat.ainvoke("?")
        await chat.ainvoke("?")
    assert len(first.calls) == 1
    assert len(heard) == 2


async def test_an_engine_that_was_only_busy_is_asked_again_at_once() -> None:
    chat = relay(ScriptedModel([EngineBusyError("full"), "one"]), ScriptedModel(["two"]))
    assert (await chat.ainvoke("?")).text == "two"
    assert (await chat.ainvoke("?")).text == "one"


async def test_when_none_can_answer_the_error_says_why_for_each() -> None:
    other = EngineUnavailableError("No credit.")
    with pytest.raises(EngineUnavailableError, match=r"It is down.*No credit") as caught:
        await relay(ScriptedModel([DOWN]), ScriptedModel([other])).ainvoke("?")
    assert caught.value.cure == "Start it."


@pytest.mark.parametrize("error", [InvalidInputError("bad question"), EngineReplyError("odd")])
async def test_an_error_of_the_question_reaches_no_other_engine(error: Exception) -> None:
    second = ScriptedModel(["two"])
    with pytest.raises(type(error)):
        await relay(ScriptedModel([error]), second).ainvoke("?")
    assert second.calls == []


async def test_a_reply_that_has_begun_is_never_begun_again_elsewhere() -> None:
    second = ScriptedModel(["two"])
    chat = relay(ScriptedModel([BrokenStream(text="on", error=DOWN)]), second)
    with pytest.raises(EngineUnavailableError):
        await chat.ainvoke("?")
    assert second.calls == []


async def test_a_thread_stays_with_its_host_and_threads_spread() -> None:
    models = [ScriptedModel(["x"] * 60) for _ in range(3)]
    chat = relay(*models, sticky=True)
    used: dict[str, set[str]] = {}
    for _ in range(2):
        for number in range(30):
            with calling(Caller(thread=f"thread-{number}")):
                reply = await chat.ainvoke("?")
            used.setdefault(f"thread-{number}", set()).add(reply.response_metadata["engine"])
    assert all(len(hosts) == 1 for hosts in used.values())
    assert all(model.calls for model in models)


def ollama(text: str) -> object:
    def reply(request: Request) -> Reply:
        if request.path == "/api/show":
            return Reply.json({"capabilities": ["completion"], "model_info": {}, "details": {}})
        if request.path == "/api/version":
            return Reply.json({"version": "0.32.15"})
        return Reply.lines(*answer(text))

    return reply


async def test_a_host_that_is_down_from_the_start_is_named_and_passed_over(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama("from the second"))  # type: ignore[arg-type]
    engine = await connect(f"ollama:m@{NOBODY},{server.url}", Settings(home=tmp_path))
    assert f"No Ollama server answers at {NOBODY}" in engine.reason
    heard: list[EngineEvent] = []
    for thread in ("1", "2", "3"):
        with engine.turn(tenant="t", thread=thread, hear=heard.append):
            reply = await engine.chat.ainvoke("?")
        assert reply.text == "from the second"
        assert reply.response_metadata["engine"] == f"ollama:m@{server.url}"


async def test_a_host_that_comes_back_after_the_start_is_used(
    server: ReplayServer, tmp_path: Path
) -> None:
    with ReplayServer() as other:
        for each, text in ((server, "one"), (other, "two")):
            each.answer_with(ollama(text))  # type: ignore[arg-type]
        engine = await connect(f"ollama:m@{server.url},{other.url}", Settings(home=tmp_path))
        said = set()
        for thread in range(20):
            with engine.turn(tenant="t", thread=str(thread)):
                said.add((await engine.chat.ainvoke("?")).text)
        assert said == {"one", "two"}


async def test_no_host_at_all_is_an_error_that_names_each(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"127.0.0.1:9.*127.0.0.1:10"):
        await connect("ollama:m@127.0.0.1:9,127.0.0.1:10", Settings(home=tmp_path))


async def test_a_list_of_hosts_with_a_gap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        await connect("ollama:m@gpu-1,,gpu-2", Settings(home=tmp_path))


async def test_a_fall_back_answers_while_the_first_choice_is_down_and_says_so(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama("from the fall-back"))  # type: ignore[arg-type]
    settings = Settings(home=tmp_path, fallback_engines=(f"ollama:m@{server.url}",))
    engine = await connect(f"ollama:m@{NOBODY}", settings)
    assert engine.reason.startswith(f"Using ollama:m@{server.url}. No Ollama server answers at")
    assert (await engine.chat.ainvoke("?")).text == "from the fall-back"


async def test_the_planner_may_be_another_engine(server: ReplayServer, tmp_path: Path) -> None:
    with ReplayServer() as planning:
        planning.answer_with(ollama('{"a": 1}'))  # type: ignore[arg-type]
        server.answer_with(ollama("written"))  # type: ignore[arg-type]
        settings = Settings(home=tmp_path, planner_engine=f"ollama:m@{planning.url}")
        engine = await connect(f"ollama:m@{server.url}", settings)
        plan = await engine.planner({"type": "object"}, max_tokens=9).ainvoke("?")
        text = await engine.writer(max_tokens=9).ainvoke("?")
        assert (plan.text, text.text) == ('{"a": 1}', "written")
        assert f"ollama:m@{planning.url} plans." in engine.reason
