"""Every recorded reply of a real Ollama server becomes a reply or a named error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from operator import add

import pytest
from outcome import outcome, table
from replay import Recording, ReplayServer, Reply, cut, recordings

from dragoman.errors import EngineReplyError
from dragoman.models.ollama import OllamaChat

RECORDINGS = recordings()
COMPLETE_CHATS = [
    recording
    for recording in RECORDINGS.values()
    if recording.path == "/api/chat"
    and recording.status == 200
    and json.loads(recording.lines[-1]).get("done_reason") in {"stop", "length"}
]


@pytest.fixture(scope="module")
def player() -> Iterator[ReplayServer]:
    """One server for all recordings: starting 349 of them would take seconds."""
    with ReplayServer() as running:
        yield running


def test_the_table_of_outcomes_names_every_recording_once() -> None:
    assert list(table()) == list(RECORDINGS)
    assert len(RECORDINGS) == 349


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_recording_becomes_what_the_table_says(name: str, player: ReplayServer) -> None:
    assert await outcome(RECORDINGS[name], player) == table()[name]


@pytest.mark.parametrize("recording", COMPLETE_CHATS, ids=lambda recording: recording.name)
async def test_text_and_thinking_arrive_whole_and_apart(
    recording: Recording, player: ReplayServer
) -> None:
    player.play(recording.reply)
    lines = [json.loads(line) for line in recording.lines]
    text = "".join(line["message"].get("content") or "" for line in lines)
    thought = "".join(line["message"].get("thinking") or "" for line in lines)
    calls = [call for line in lines for call in line["message"].get("tool_calls") or []]

    chunks = [chunk async for chunk in OllamaChat(model="m", host=player.url).astream("hi")]
    whole = reduce(add, chunks)

    assert whole.content == text
    assert whole.additional_kwargs.get("reasoning_content", "") == thought
    assert [call["name"] for call in whole.tool_calls] == [c["function"]["name"] for c in calls]
    assert whole.response_metadata["finish_reason"] == lines[-1]["done_reason"]
    assert whole.usage_metadata
    assert whole.usage_metadata["input_tokens"] == lines[-1].get("prompt_eval_count", 0)
    assert whole.usage_metadata["output_tokens"] == lines[-1].get("eval_count", 0)


async def test_a_reply_is_the_same_wherever_the_network_cuts_it(player: ReplayServer) -> None:
    recording = RECORDINGS["chat_unicode_stream"]
    body = "".join(recording.lines).encode()
    chat = OllamaChat(model="m", host=player.url)
    player.play(recording.reply)
    expected = (await chat.ainvoke("hi")).content

    for step in (1, 2, 3, 7, 64):
        player.play(Reply(parts=cut(body, range(step, len(body), step))))
        assert (await chat.ainvoke("hi")).content == expected
    assert not str(expected).isascii()


async def test_a_reply_that_breaks_off_anywhere_is_never_taken_for_an_answer(
    player: ReplayServer,
) -> None:
    body = "".join(RECORDINGS["chat_unicode_stream"].lines).encode()
    chat = OllamaChat(model="m", host=player.url)
    last_line = body.rstrip(b"\n").rfind(b"\n") + 1

    for end in (*range(0, last_line, 97), last_line, len(body) - 2):
        for ending in ("complete", "hang up"):
            player.play(Reply(parts=(body[:end],), ending=ending))
            with pytest.raises(EngineReplyError):
                await chat.ainvoke("hi")
