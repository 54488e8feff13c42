"""EmbeddedChat around a stand-in for llama.cpp: requests, replies, failures, sharing."""

from __future__ import annotations

import asyncio
import base64
import sys
import threading
from pathlib import Path

import pytest
from fake_llama import FakeLlama, text, thought
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage

from dragoman.errors import (
    BrokenTextError,
    ContextExceededError,
    EngineError,
    EngineReplyError,
    EngineRunawayError,
    EngineTimeoutError,
    EngineUnavailableError,
    InvalidInputError,
    MissingExtraError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models import catalog
from dragoman.models.connect import connect
from dragoman.models.constrain import constrain, parse_constrained
from dragoman.models.embedded import EmbeddedChat
from dragoman.models.images import plain_picture, question_with_images
from dragoman.models.llama_server import machine_threads
from dragoman.models.wrapped_chat import innermost
from dragoman.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.fixture
def llama(monkeypatch: pytest.MonkeyPatch) -> FakeLlama:
    fake = FakeLlama()
    monkeypatch.setitem(sys.modules, "xllamacpp", fake)
    return fake


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF and the rest")
    return path


@pytest.fixture
def chat(llama: FakeLlama, gguf: Path):
    made = EmbeddedChat(path=gguf, context_tokens=4096)
    yield made
    made.close()


def assert_stops(chat: EmbeddedChat, llama: FakeLlama) -> None:
    """The one request ends soon, because it was stopped: closing the chat is not needed for it."""
    assert chat._server
    for request in list(chat._server._shared.running):
        request._thread.join(10)
        assert not request.is_running
    assert llama.stopped == 1


def test_a_reply_comes_with_its_counts_and_the_reason_of_its_end(chat, llama):
    llama.chunks = text("Bon", "jour", cached=7)
    reply = chat.invoke("Salut")
    assert reply.content == "Bonjour"
    assert reply.usage_metadata["input_tokens"] == 10
    assert reply.usage_metadata["output_tokens"] == 2
    assert reply.usage_metadata["input_token_details"] == {"cache_read": 7}
    assert reply.response_metadata["finish_reason"] == "stop"


async def test_a_reply_is_the_same_when_awaited(chat, llama, no_blocking):
    llama.chunks = text("Bon", "jour", cached=7)
    reply = await chat.ainvoke("Salut")
    assert (reply.content, reply.usage_metadata["input_tokens"]) == ("Bonjour", 10)


async def test_a_reply_is_streamed_piece_by_piece(chat, llama):
    llama.chunks = text("猫", "は", "寝る")
    assert [chunk.text async for chunk in chat.astream("x")] == ["猫", "は", "寝る", ""]
    assert [chunk.text for chunk in chat.stream("x")] == ["猫", "は", "寝る", ""]


def test_the_messages_keep_their_roles_and_order(chat, llama):
    chat.invoke([SystemMessage("Be brief."), HumanMessage("1?"), AIMessage("2"), ("user", "3?")])
    assert llama.bodies[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "1?"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "3?"},
    ]


def test_thinking_is_switched_off_unless_it_is_wanted(chat, llama, gguf):
    chat.invoke("x")
    EmbeddedChat(path=gguf, context_tokens=4096, think=True).invoke("x")
    switches = [body["chat_template_kwargs"] for body in llama.bodies]
    assert switches == [{"enable_thinking": False}, {"enable_thinking": True}]


def test_thinking_is_kept_apart_from_the_answer(chat, llama):
    llama.chunks = thought("Hm", "…") + text("Yes")
    reply = chat.invoke("x")
    assert reply.content == "Yes"
    assert reply.additional_kwargs["reasoning_content"] == "Hm…"


def test_the_options_of_a_call_win_over_the_defaults(llama, gguf):
    chat = EmbeddedChat(path=gguf, temperature=0.7, presence_penalty=1.5, top_k=20, max_tokens=9)
    chat.invoke("x", temperature=0.0, presence_penalty=0.0, stop=["\n"], seed=3)
    chat.close()
    body = llama.bodies[0]
    assert (body["temperature"], body["presence_penalty"], body["top_k"]) == (0.0, 0.0, 20)
    assert (body["max_tokens"], body["stop"], body["seed"]) == (9, ["\n"], 3)


def test_an_option_that_would_be_ignored_is_refused(chat):
    with pytest.raises(UnsupportedFeatureError, match="cannot set tools"):
        chat.invoke("x", tools=[])


def test_a_schema_becomes_a_grammar_that_keeps_the_json_on_one_line(chat, llama):
    llama.chunks = text('{"city": "', '東京"}')
    reply = constrain(chat, SCHEMA).invoke("x")
    assert parse_constrained(reply) == {"city": "東京"}
    grammar = llama.bodies[0]["grammar"]
    assert grammar.startswith("%llguidance {}\nstart: %json {")
    assert '"whitespace_flexible": false' in grammar
    assert '"required": ["city"]' in grammar


def test_a_schema_that_is_none_is_refused_because_llama_would_ignore_it(chat, llama):
    with pytest.raises(InvalidInputError, match="not a JSON schema"):
        constrain(chat, {"type": "nonsense"}).invoke("x")
    assert llama.bodies == []


@pytest.mark.parametrize("reply", ['{"town": "Oslo"}', "Oslo", '{"city": 1}'])
def test_a_reply_that_the_grammar_did_not_hold_is_an_error(chat, llama, reply):
    llama.chunks = text(reply)
    with pytest.raises(EngineReplyError, match="does not fit its JSON schema"):
        constrain(chat, SCHEMA).invoke("x")


def test_a_schema_with_an_unknown_reference_is_an_error_not_free_text(chat, llama):
    llama.chunks = text('{"city": "Oslo"}')
    schema = {"type": "object", "properties": {"city": {"$ref": "#/missing"}}}
    with pytest.raises(EngineReplyError, match="does not fit its JSON schema"):
        constrain(chat, schema).invoke("x")


def test_json_that_was_cut_is_told_from_json_that_is_whole(chat, llama):
    llama.chunks = text('{"city": "Os', finish="length")
    reply = constrain(chat, SCHEMA).invoke("x")
    with pytest.raises(EngineReplyError, match="cut before its JSON ended"):
        parse_constrained(reply)


def test_a_prompt_beyond_the_context_says_both_numbers(chat, llama):
    error = {"type": "exceed_context_size_error", "n_prompt_tokens": 9030, "n_ctx": 4096}
    llama.chunks = [{"error": {"code": 400, "message": "too long", **error}}]
    with pytest.raises(ContextExceededError, match="9030 tokens and the context window 4096") as e:
        chat.invoke("x")
    assert (e.value.prompt_tokens, e.value.context_tokens) == (9030, 4096)


def test_another_failure_of_llama_is_passed_on_with_its_words(chat, llama):
    llama.chunks = [{"error": {"code": 500, "message": "out of slots", "type": "server_error"}}]
    with pytest.raises(EngineError, match="out of slots"):
        chat.invoke("x")


def test_an_exception_in_llama_is_an_engine_error(chat, llama):
    llama.error = ValueError("template broke")
    with pytest.raises(EngineError, match="template broke"):
        chat.invoke("x")


async def test_a_reply_that_breaks_off_is_never_an_answer(chat, llama):
    llama.chunks = text("The answer is", finish=None)
    with pytest.raises(EngineReplyError, match="broke off"):
        await chat.ainvoke("x")


def test_a_reply_that_goes_round_in_circles_is_stopped(chat, llama):
    llama.chunks, llama.endless = text("and so on ", finish=None), True
    with pytest.raises(EngineRunawayError, match="kept repeating"):
        chat.invoke("x")
    assert_stops(chat, llama)


def test_a_first_token_that_does_not_come_in_time_is_an_error(llama, gguf):
    llama.hold = threading.Event()
    chat = EmbeddedChat(path=gguf, first_token_seconds=0.01)
    with pytest.raises(EngineTimeoutError, match=r"more than 0\.01 s to begin its reply"):
        chat.invoke("x")
    llama.hold.set()
    chat.close()


async def test_a_gap_between_tokens_that_is_too_long_is_an_error(llama, gguf):
    chat = EmbeddedChat(path=gguf, token_gap_seconds=0.01)
    held = threading.Event()

    llama.chunks = text("A", finish=None)
    original = llama.Server

    def slow_server(params):
        server = original(params)

        def handle(body, callback):
            for chunk in llama.chunks:
                callback(chunk)
            held.wait(10)

        server.handle_chat_completions = handle
        return server

    llama.Server = slow_server
    with pytest.raises(EngineTimeoutError, match="between two tokens"):
        await chat.ainvoke("x")
    held.set()
    await chat.aclose()


async def test_cancelling_stops_the_engine(chat, llama):
    llama.chunks = [text(str(number), finish=None)[1] for number in range(1000)]
    llama.endless = True
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in chat.astream("x"):
            begun.set()
            await asyncio.sleep(0)

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(assert_stops, chat, llama)


def test_leaving_a_stream_early_stops_the_engine(chat, llama):
    llama.chunks, llama.endless = text("1", finish=None), True
    stream = chat.stream("x")
    next(stream)
    stream.close()
    assert_stops(chat, llama)


def test_nothing_is_loaded_before_the_first_call(chat, llama):
    assert llama.loads == []
    chat.invoke("x")
    chat.invoke("x")
    assert len(llama.loads) == 1


def test_two_chats_with_one_file_share_it_until_the_last_is_closed(llama, gguf):
    first, second = EmbeddedChat(path=gguf), EmbeddedChat(path=gguf)
    first.invoke("x")
    second.invoke("x")
    assert (len(llama.loads), llama.alive) == (1, 1)
    first.close()
    first.close()
    assert llama.alive == 1
    second.close()
    assert llama.alive == 0


def test_a_closed_chat_loads_again_when_it_is_asked(llama, gguf):
    chat = EmbeddedChat(path=gguf)
    chat.invoke("x")
    chat.close()
    assert chat.invoke("x").content == "Hello!"
    assert len(llama.loads) == 2
    chat.close()


def test_every_slot_has_the_whole_context(chat, llama):
    chat.invoke("x")
    params = llama.loads[0]
    assert (params.n_ctx, params.n_parallel, params.kv_unified) == (8192, 2, False)


def test_the_port_that_llama_opens_is_closed_to_others(chat, llama):
    chat.invoke("x")
    assert len(llama.loads[0].api_keys[0]) > 30


def test_a_missing_file_names_the_command_that_fetches_it(llama, tmp_path):
    with pytest.raises(ModelNotFoundError, match="is missing") as caught:
        EmbeddedChat(path=tmp_path / "none.gguf").invoke("x")
    assert "dragoman models pull" in caught.value.cure


def test_a_file_of_another_kind_is_told_plainly(llama, tmp_path):
    (tmp_path / "page.gguf").write_text("<html>not found</html>")
    with pytest.raises(EngineUnavailableError, match="is not a GGUF model file"):
        EmbeddedChat(path=tmp_path / "page.gguf").invoke("x")


def test_a_damaged_file_says_what_may_be_wrong(chat, llama):
    llama.loading_error = RuntimeError("Failed to init server")
    with pytest.raises(EngineUnavailableError, match="could not load") as caught:
        chat.invoke("x")
    assert "pull it again" in caught.value.cure


def test_a_missing_library_names_the_extra(chat, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError) as caught:
        chat.invoke("x")
    assert "dragoman[embedded]" in caught.value.cure


def test_a_missing_openmp_names_its_package(chat, monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "xllamacpp":
                raise ImportError("libgomp.so.1: cannot open shared object file")

    monkeypatch.delitem(sys.modules, "xllamacpp")
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(MissingExtraError) as caught:
        chat.invoke("x")
    assert "libgomp1" in caught.value.cure


def test_no_messages_is_an_error(chat):
    with pytest.raises(InvalidInputError, match="no message"):
        chat.invoke([])


def test_broken_unicode_is_refused_with_its_place(chat):
    with pytest.raises(BrokenTextError, match="at character 3"):
        chat.invoke("abc\ud800")


def test_an_image_is_refused_with_advice(chat):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(UnsupportedFeatureError, match="only text"):
        chat.invoke([HumanMessage([{"type": "text", "text": "What is this?"}, image])])


def test_an_unknown_role_is_refused(chat):
    with pytest.raises(UnsupportedFeatureError, match="no role"):
        chat.invoke([ChatMessage(role="critic", content="x")])


def test_threads_follow_the_variable_for_shared_machines(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert machine_threads() >= 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert machine_threads() == 1


def test_a_projector_is_loaded_beside_the_weights_and_images_are_sent(llama, gguf, tmp_path):
    projector = tmp_path / "mmproj.gguf"
    projector.write_bytes(b"GGUF....")
    picture = plain_picture((220, 20, 20))
    chat = EmbeddedChat(path=gguf, projector=projector)
    chat.invoke([question_with_images("What is this?", [picture])])
    assert llama.loads[0].mmproj.path == str(projector)
    (message,) = llama.bodies[0]["messages"]
    image, text = message["content"]
    coded = base64.b64encode(picture).decode()
    assert image == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{coded}"}}
    assert text == {"type": "text", "text": "What is this?"}
    chat.close()


def test_without_a_projector_none_is_named_and_images_are_refused(chat, llama):
    chat.invoke("x")
    assert llama.loads[0].mmproj.path == ""
    with pytest.raises(UnsupportedFeatureError, match="only text") as caught:
        chat.invoke([question_with_images("What is this?", [plain_picture((1, 2, 3))])])
    assert "projector" in caught.value.cure


def test_a_damaged_projector_is_named(llama, gguf, tmp_path):
    projector = tmp_path / "mmproj.gguf"
    projector.write_bytes(b"<html>")
    chat = EmbeddedChat(path=gguf, projector=projector)
    with pytest.raises(EngineUnavailableError, match="mmproj"):
        chat.invoke("x")
    chat.close()


async def test_a_model_of_the_catalog_sees_where_its_projector_was_put(llama, tmp_path):
    settings = Settings(home=tmp_path)
    entry = catalog.find("qwen3.5:0.8b")
    settings.models_path.mkdir(parents=True)
    with entry.path(settings).open("wb") as file:
        file.truncate(entry.file.bytes)  # a hole: it takes no room
    blind = await connect("embedded:qwen3.5:0.8b", settings)
    assert blind.capabilities == {"completion", "thinking"}
    (settings.models_path / "Qwen3.5-0.8B-mmproj.gguf").write_bytes(b"GGUF....")
    seeing = await connect("embedded:qwen3.5:0.8b", settings)
    assert "vision" in seeing.capabilities
    assert innermost(seeing.chat).projector == settings.models_path / "Qwen3.5-0.8B-mmproj.gguf"
