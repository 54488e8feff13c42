"""EmbeddedChat with real weights. The small model where any will do, the larger for its words."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from dragoman.errors import ContextExceededError, EngineUnavailableError
from dragoman.models.catalog import find, is_installed
from dragoman.models.connect import connect
from dragoman.models.constrain import constrain, parse_constrained
from dragoman.models.embedded import EmbeddedChat
from dragoman.settings import Settings

pytestmark = [pytest.mark.real_model, pytest.mark.xdist_group("real_model")]

RULES = "You plan tool calls. " + "Use a tool only when the question needs one. " * 12

SCHEMA = {
    "type": "object",
    "properties": {
        "thought": {"type": "string", "maxLength": 60},
        "tool": {"enum": ["search", "calculator", "none"]},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 2},
    },
    "required": ["thought", "tool", "tags"],
    "additionalProperties": False,
}


def weights(name: str) -> Path:
    entry = find(name)
    if not is_installed(entry, Settings()):
        pytest.skip(f"no weights here; run: dragoman models pull {name}")
    return entry.path(Settings())


@pytest.fixture(scope="module")
def small() -> Iterator[EmbeddedChat]:
    """One load for the whole file."""
    chat = EmbeddedChat(path=weights("qwen2.5-coder:0.5b"), context_tokens=1024)
    yield chat
    chat.close()


def ask(question: str) -> list[SystemMessage | HumanMessage]:
    return [SystemMessage(RULES), HumanMessage(question)]


async def test_constrained_replies_fit_their_schema_on_one_line(small):
    planner = constrain(small, SCHEMA).bind(max_tokens=120, temperature=0.0)
    for question in ("What is 17 * 23?", "返品の期限はいつですか。"):
        reply = await planner.ainvoke(ask(question))
        jsonschema.validate(parse_constrained(reply), SCHEMA)
        assert "\n" not in reply.content


async def test_the_second_turn_reuses_the_prefix_of_the_first(small):
    first = await small.ainvoke(ask("What is the capital of Peru?"), max_tokens=4)
    second = await small.ainvoke(ask("Wie hoch ist der Mont Blanc?"), max_tokens=4)
    prefix = first.usage_metadata["input_tokens"] - 20
    assert second.usage_metadata["input_token_details"]["cache_read"] > prefix
    assert second.response_metadata["timings"]["prompt_n"] < 30


async def test_greedy_replies_are_the_same_each_time(small):
    options = {"max_tokens": 12, "temperature": 0.0}
    replies = [await small.ainvoke("Count from one to five.", **options) for _ in range(2)]
    assert replies[0].content == replies[1].content


async def test_a_reply_that_reaches_its_length_says_so(small):
    reply = await small.ainvoke("Count from one to a hundred.", max_tokens=5)
    assert reply.response_metadata["finish_reason"] == "length"
    assert reply.usage_metadata["output_tokens"] == 5


async def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(small):
    with pytest.raises(ContextExceededError) as caught:
        await small.ainvoke("word " * 1500)
    assert caught.value.context_tokens == 1024
    assert caught.value.prompt_tokens > 1500


async def test_cancelling_frees_the_engine(small):
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in small.astream("Tell a very long story.", max_tokens=900):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    shared = small._claim()._shared
    (request,) = shared.running
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    # It would write some 900 tokens; joining comes back because it was stopped.
    await asyncio.to_thread(request.join)
    assert not shared.running
    reply = await small.ainvoke("Say hi.", max_tokens=4)
    assert reply.usage_metadata["output_tokens"] > 0


async def test_two_calls_at_once_both_get_their_answer(small):
    questions = ("Name a fruit.", "Name a color.")
    replies = await asyncio.gather(*(small.ainvoke(each, max_tokens=8) for each in questions))
    assert all(reply.content for reply in replies)


def test_a_damaged_file_is_an_error_not_a_crash(tmp_path):
    damaged = tmp_path / "damaged.gguf"
    with weights("qwen2.5-coder:0.5b").open("rb") as whole:
        damaged.write_bytes(whole.read(1_000_000))
    with pytest.raises(EngineUnavailableError, match="could not load"):
        EmbeddedChat(path=damaged, context_tokens=512).invoke("x")


LEAVING = """
import sys, threading
from pathlib import Path
from dragoman.models.embedded import EmbeddedChat

chat = EmbeddedChat(path=Path(sys.argv[1]), context_tokens=512)
stream = chat.stream("Tell a very long story.", max_tokens=400)
next(stream)
print("leaving", flush=True)
"""


def test_a_process_that_ends_in_mid_reply_ends_cleanly_and_silently():
    child = subprocess.run(
        [sys.executable, "-c", LEAVING, str(weights("qwen2.5-coder:0.5b"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "leaving\n", "")


async def test_the_larger_model_answers_in_the_language_it_was_asked_in():
    weights("qwen2.5-coder:1.5b")
    engine = await connect("embedded:qwen2.5-coder:1.5b", Settings(context_tokens=1024))
    try:
        writer = engine.writer(max_tokens=40, temperature=0.0)
        reply = await writer.ainvoke("日本で一番高い山は何ですか。一文で答えてください。")
        assert "富士山" in reply.content
        assert any("ぁ" <= character <= "ん" for character in reply.content)
    finally:
        await engine.aclose()
