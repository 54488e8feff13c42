"""Threads over HTTP: asked, followed, cancelled, resumed, decided about, forgotten."""

from __future__ import annotations

import asyncio

import pytest
from http_server import PLAN, WRITTEN, GatedModel, events, gated

from dragoman import AgentSpec, tool
from dragoman.agents.spec import Policy
from dragoman.testing import BrokenStream


@tool(effect="once", approval=True)
def send_letter(to: str) -> str:
    """Send a letter.

    Args:
        to: Who gets it.
    """
    return f"sent to {to}"


SENDING = {"thought": "", "calls": [{"tool": "send_letter", "arguments": {"to": "Ann"}}]}


async def test_question_is_answered_as_a_stream_of_numbered_events(start) -> None:
    server = await start([PLAN, "It opens at nine."])

    found = await server.ask("one", "When does the museum open?")

    kinds = [each.event for each in found]
    assert kinds[0] == "language"
    assert kinds[-1] == "answer"
    assert {"plan", "token"} <= set(kinds)
    run = found[0].id.partition(".")[0]
    assert [each.id for each in found] == [f"{run}.{n}" for n in range(1, len(found) + 1)]
    assert all(each.data["type"] == each.event for each in found)
    assert found[-1].data["answer"]["text"] == "It opens at nine."
    pieces = [each.data["text"] for each in found if each.event == "token"]
    assert "".join(pieces) == "It opens at nine."


async def test_thread_shows_its_turns_with_direction(start) -> None:
    server = await start([PLAN, "يفتح المتحف في التاسعة صباحا."])
    await server.ask("one", "متى يفتح المتحف؟")

    thread = (await server.client.get("/api/threads/one")).json()

    (turn,) = thread["turns"]
    assert thread["running"] is False
    assert (turn["status"], turn["language"], turn["direction"]) == ("done", "ar", "rtl")
    assert turn["question_direction"] == "rtl"
    listed = (await server.client.get("/api/threads")).json()["threads"]
    assert [(one["id"], one["turns"], one["running"]) for one in listed] == [("one", 1, False)]


async def test_client_that_goes_away_ends_nothing_and_reads_the_rest_later(start) -> None:
    model = gated()
    server = await start(model)
    asking = asyncio.create_task(server.ask("one", "Is the parcel lost?"))
    await model.reached()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    shown = (await server.client.get("/api/threads/one")).json()
    assert shown["running"] is True
    run = server.service.runs.find("default", "one")
    following = asyncio.create_task(
        server.client.get("/api/threads/one/events", headers={"Last-Event-ID": f"{run.id}.2"})
    )
    await asyncio.sleep(0)
    model.open()
    found = events((await following).text)

    assert found[0].id == f"{run.id}.3"
    assert found[-1].data["answer"]["text"] == WRITTEN


async def test_second_question_in_a_thread_that_is_busy_is_refused(start) -> None:
    model = gated()
    server = await start(model)
    asking = asyncio.create_task(server.ask("one", "Is the parcel lost?"))
    await model.reached()

    refused = await server.client.post("/api/threads/one/turns", json={"text": "And now?"})

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "DRG-THREAD-BUSY"
    model.open()
    assert (await asking)[-1].event == "answer"


async def test_cancelled_turn_ends_with_an_error_and_can_be_resumed(start) -> None:
    model = GatedModel([PLAN, WRITTEN, WRITTEN])
    server = await start(model)
    asking = asyncio.create_task(server.ask("one", "Is the parcel lost?"))
    await model.reached()

    assert (await server.client.post("/api/threads/one/cancel")).json() == {"cancelled": True}
    last = (await asking)[-1]
    assert last.data["error"]["code"] == "DRG-TURN-CANCELLED"
    assert (await server.client.post("/api/threads/one/cancel")).json() == {"cancelled": False}

    model.open()
    resumed = events((await server.client.post("/api/threads/one/resume")).text)
    assert resumed[-1].data["answer"]["text"] == WRITTEN
    (turn,) = (await server.client.get("/api/threads/one")).json()["turns"]
    assert turn["status"] == "done"


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        ({"decision": "approve"}, "sent to Ann"),
        ({"decision": "edit", "arguments": {"to": "Bob"}}, "sent to Bob"),
        ({"decision": "reject", "reason": "not now"}, None),
    ],
)
async def test_call_waits_for_a_decision_that_comes_over_http(start, verdict, result) -> None:
    server = await start([SENDING, PLAN, "Done: sent."], tools=[send_letter])
    found = await server.ask("one", "Send a letter to Ann.")
    assert found[-1].event == "approval"
    (request,) = found[-1].data["requests"]
    (listed,) = (await server.client.get("/api/approvals")).json()["approvals"]
    assert (listed["thread"], listed["requests"][0]["call"]) == ("one", request["call"])

    decided = await server.client.post(
        "/api/threads/one/decisions", json={request["call"]["id"]: verdict}
    )

    answer = events(decided.text)[-1].data["answer"]
    assert answer["calls"][0]["result"] == result
    assert (await server.client.get("/api/approvals")).json() == {"approvals": []}


async def test_decision_that_cannot_be_carried_out_leaves_the_call_waiting(start) -> None:
    server = await start([SENDING], tools=[send_letter])
    await server.ask("one", "Send a letter to Ann.")

    for word in ({"decision": "edit"}, {"decision": "edit", "arguments": {"nobody": 1}}):
        refused = await server.client.post("/api/threads/one/decisions", json={"1.0": word})
        assert refused.status_code == 400, refused.text

    assert len((await server.client.get("/api/approvals")).json()["approvals"]) == 1


async def test_model_that_fails_ends_the_stream_with_an_error_that_says_nothing_inside(
    start,
) -> None:
    broken = BrokenStream(text="Half an", error=RuntimeError("password=hunter2 /srv/secret"))
    server = await start([PLAN, broken])

    found = await server.ask("one", "When does the museum open?")

    assert found[-1].event == "error"
    assert "incident" in found[-1].data["error"]["message"]
    assert "hunter2" not in str([each.data for each in found])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/threads/one/turns", {"text": ""}, 400),
        ("/api/threads/one/turns", {"text": " \n"}, 400),
        ("/api/threads/one/turns", {"text": "x" * 30_000}, 413),
        ("/api/threads/one/turns", {"text": "hi", "language": "tlh"}, 400),
        ("/api/threads/one/turns", {"text": "hi", "user": "../x"}, 400),
        ("/api/threads/one/turns", {"text": "hi", "agent": "nobody"}, 404),
        ("/api/threads/one/turns", {"text": "hi", "unknown": 1}, 400),
        ("/api/threads/one/turns", {}, 400),
        ("/api/threads/%2e%2e%20/turns", {"text": "hi"}, 400),
        ("/api/threads/one/resume", None, 404),
        ("/api/threads/one/decisions", {}, 404),
        ("/api/nothing", {}, 404),
    ],
)
async def test_bad_request_is_refused_with_a_code(start, path, body, status) -> None:
    server = await start()
    reply = await server.client.post(path, json=body)
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]["code"].startswith("DRG-")


async def test_question_with_half_a_surrogate_pair_is_refused(start) -> None:
    server = await start()
    reply = await server.client.post(
        "/api/threads/one/turns",
        content=b'{"text": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == 400
    assert reply.json()["error"]["code"].startswith("DRG-INPUT")


async def test_forgotten_thread_is_gone(start) -> None:
    server = await start([PLAN, "At nine."])
    await server.ask("one", "When does the museum open?")

    assert (await server.client.delete("/api/threads/one")).json() == {"deleted": 1}

    assert (await server.client.get("/api/threads/one")).status_code == 404
    assert (await server.client.get("/api/threads/one/events")).status_code == 404
    assert (await server.client.delete("/api/threads/one")).status_code == 404


async def test_turn_of_an_earlier_process_is_followed_by_its_answer(start) -> None:
    first = await start([PLAN, "At nine."])
    await first.ask("one", "When does the museum open?")
    second = await start()

    found = events((await second.client.get("/api/threads/one/events")).text)

    assert [each.event for each in found] == ["answer"]
    assert found[0].data["answer"]["text"] == "At nine."


async def test_turn_that_the_server_cut_off_when_it_went_down_is_resumed_by_the_next(
    start,
) -> None:
    model = GatedModel([PLAN, WRITTEN, WRITTEN])
    first = await start(model)
    asking = asyncio.create_task(first.ask("one", "Is the parcel lost?"))
    await model.reached()
    await first.service.close()
    assert (await asking)[-1].data["error"]["code"] == "DRG-SERVER-STOPPING"

    model.open()
    second = await start(model)
    found = events((await second.client.get("/api/threads/one/events")).text)
    assert [each.data["error"]["code"] for each in found] == ["DRG-TURN-UNFINISHED"]
    resumed = events((await second.client.post("/api/threads/one/resume")).text)
    assert resumed[-1].data["answer"]["text"] == WRITTEN


async def test_too_many_turns_at_once_are_told_when_to_come_back(start) -> None:
    model = gated(turns=2)
    server = await start(model, serve_turns=1)
    asking = asyncio.create_task(server.ask("one", "Is the parcel lost?"))
    await model.reached()

    refused = await server.client.post("/api/threads/two/turns", json={"text": "Hello there?"})

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    model.open()
    await asking
    assert (await server.ask("two", "Hello there?"))[-1].event == "answer"


async def test_server_that_goes_down_takes_no_new_questions(start) -> None:
    server = await start()
    server.service.drain()
    refused = await server.client.post("/api/threads/one/turns", json={"text": "Hello there?"})
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    assert (await server.client.get("/readyz")).status_code == 503
    assert (await server.client.get("/healthz")).status_code == 200


async def test_who_has_the_answer_may_ask_the_next_question_at_once(start) -> None:
    server = await start([PLAN, "Within 30 days."] * 5)
    for number in range(5):
        async with server.client.stream(
            "POST", "/api/threads/t/turns", json={"text": f"Until when, item {number}?"}
        ) as reply:
            assert reply.status_code == 200, await reply.aread()
            async for line in reply.aiter_lines():
                if line == "event: answer":
                    break  # the stream itself has not ended


CAREFUL = AgentSpec(
    name="careful", policies=(Policy(tool="send_note", then="refusal", reason="No notes."),)
)
FREE = AgentSpec(name="free")


@tool(effect="once", approval=True)
def send_note(to: str) -> str:
    """Send a note.

    Args:
        to: Who gets it.
    """
    return f"sent to {to}"


async def waiting_note(start):
    """A server of two agents, on which the second one's turn waits for a decision."""
    note = {"thought": "", "calls": [{"tool": "send_note", "arguments": {"to": "Ann"}}]}
    script = [note, PLAN, "The note was sent to Ann."]
    server = await start(script, tools=[send_note], agents=[FREE, CAREFUL])
    asked = {"text": "Send Ann a note.", "agent": "careful"}
    found = events((await server.client.post("/api/threads/one/turns", json=asked)).text)
    assert found[-1].event == "approval"
    return server


async def test_decision_is_carried_out_under_the_rules_of_the_agent_that_asked(start) -> None:
    server = await waiting_note(start)

    word = {"1.0": {"decision": "approve"}}
    found = events((await server.client.post("/api/threads/one/decisions", json=word)).text)

    (call,) = [each.data["call"] for each in found if each.event == "tool_end"]
    assert "No notes." in call["error"]


async def test_another_agent_than_the_one_that_asked_is_refused(start) -> None:
    server = await waiting_note(start)

    word = {"1.0": {"decision": "approve"}}
    refused = await server.client.post("/api/threads/one/decisions?agent=free", json=word)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "DRG-AGENT-OTHER")
    (waiting,) = (await server.client.get("/api/approvals")).json()["approvals"]
    assert waiting["agent"] == "careful"


async def test_turn_that_was_cut_off_is_resumed_by_its_own_agent(start) -> None:
    model = GatedModel([PLAN, WRITTEN, WRITTEN])
    server = await start(model, tools=[send_note], agents=[FREE, CAREFUL])
    asked = {"text": "Is the parcel lost?", "agent": "careful"}
    asking = asyncio.create_task(server.client.post("/api/threads/one/turns", json=asked))
    await model.reached()
    await server.client.post("/api/threads/one/cancel")
    await asking
    model.open()

    named = await server.client.post("/api/threads/one/resume", json={"agent": "free"})
    found = events((await server.client.post("/api/threads/one/resume")).text)

    assert (named.status_code, found[-1].event) == (409, "answer")
    (turn,) = (await server.client.get("/api/threads/one")).json()["turns"]
    assert turn["agent"] == "careful"
