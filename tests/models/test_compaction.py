"""A prompt that did not fit loses its oldest turns, as many as the engine's numbers ask for."""

from __future__ import annotations

import pytest
from outcome import outcome, table
from replay import ReplayServer, recordings

from dragoman.errors import ContextExceededError
from dragoman.models.compaction import kept_after
from dragoman.models.ollama import OllamaChat

TEXTS = ["You are terse.", *["An earlier question and its answer. " * 10] * 6, "And now?"]
HISTORY = range(1, 7)


def refusal(prompt: int, context: int) -> ContextExceededError:
    return ContextExceededError("Too long.", prompt_tokens=prompt, context_tokens=context)


@pytest.mark.parametrize(("context", "dropped"), [(590, 1), (500, 2), (200, 5), (120, 6)])
def test_the_oldest_turns_go_and_no_more_than_needed(context: int, dropped: int) -> None:
    kept = kept_after(refusal(600, context), TEXTS, droppable=HISTORY, reply_tokens=20)
    assert kept == [0, *range(1 + dropped, 8)]


def test_it_gives_up_with_the_engines_own_error_when_nothing_more_can_go() -> None:
    error = refusal(600, 20)
    with pytest.raises(ContextExceededError) as caught:
        kept_after(error, TEXTS, droppable=HISTORY, reply_tokens=20)
    assert caught.value is error
    with pytest.raises(ContextExceededError):
        kept_after(refusal(600, 500), TEXTS, droppable=range(1, 1), reply_tokens=20)


def test_an_engine_that_names_no_numbers_loses_a_turn_each_time() -> None:
    kept = kept_after(refusal(0, 0), TEXTS, droppable=HISTORY, reply_tokens=20, context_tokens=9000)
    assert kept == [0, 2, 3, 4, 5, 6, 7]


async def test_the_numbers_of_a_recorded_refusal_lead_to_a_prompt_that_fits(
    server: ReplayServer,
) -> None:
    recording = recordings()["ctx_history_truncate_false"]
    assert table()[recording.name] == "DRG-ENGINE-CONTEXT 809 > 512"
    assert await outcome(recording, server) == table()[recording.name]
    server.play(recording.reply)
    texts = [message["content"] for message in recording.request["messages"]]
    with pytest.raises(ContextExceededError) as caught:
        await OllamaChat(model="m", host=server.url).ainvoke("hi")

    droppable = range(len(texts) - 1)
    kept = kept_after(caught.value, texts, droppable=droppable, reply_tokens=60)
    letters = sum(len(texts[place]) for place in kept) / sum(map(len, texts))
    assert 0.3 < letters < (512 - 60) / 809
    assert kept[-1] == len(texts) - 1
