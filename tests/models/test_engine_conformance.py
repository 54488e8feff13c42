"""Every engine keeps the promises of `engine_conformance`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence

import fake_engines
import pytest
from dialects import DIALECTS, Dialect, server_of
from engine_conformance import EngineConformance, Subject
from langchain_core.messages import AIMessage, BaseMessage
from replay import ReplayServer

from dragoman.errors import ContextExceededError
from dragoman.models import catalog, ollama_admin
from dragoman.models.embedded import EmbeddedChat
from dragoman.models.ollama import OllamaChat
from dragoman.models.openai_compatible import openai_chat
from dragoman.models.openai_presets import PRESETS
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

TOO_LONG = "word " * 2000
REAL_MODELS = Settings().models_path  # read before any test moves the home


class TestOllamaChat(EngineConformance):
    """OllamaChat over a server that behaves like Ollama."""

    @pytest.fixture
    def subject(self, server: ReplayServer) -> Subject:
        server.answer_with(fake_engines.ollama)
        return Subject(chat=OllamaChat(model="m", host=server.url), too_long=TOO_LONG)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name, scope="class")
class TestOpenAICompatibleChat(EngineConformance):
    """The OpenAI interface over servers that are strict about their dialects."""

    @pytest.fixture
    def subject(
        self, server: ReplayServer, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
    ) -> Subject:
        server.answer_with(server_of(dialect, "the-right-key"))
        if dialect.key:
            monkeypatch.setenv(dialect.key, "the-right-key")
        address = f"{dialect.name}+{server.url}{dialect.path}"
        spec = EngineSpec.parse(f"openai:{dialect.model}@{address}")
        return Subject(chat=openai_chat(spec, Settings(), retries=0), too_long=TOO_LONG)

    async def test_the_top_k_of_a_call_is_sent_only_where_it_is_known(
        self, subject: Subject
    ) -> None:
        reply = await subject.chat.ainvoke("Say yes.", max_tokens=8, top_k=20)
        assert reply.text


def test_every_preset_that_can_be_used_has_its_dialect_tried() -> None:
    usable = {preset.name for preset in PRESETS if not preset.unsupported}
    assert {dialect.name for dialect in DIALECTS} == usable - {"openai"}


class TestScriptedModel(EngineConformance):
    """ScriptedModel, whose script plays the simple mind of the fake servers."""

    @pytest.fixture
    def subject(self) -> Subject:
        def step(messages: Sequence[BaseMessage]) -> AIMessage:
            options = model.calls[-1].options
            thought = fake_engines.think(
                [message.text for message in messages],
                options.get("json_schema"),
                options.get("max_tokens"),
            )
            if not thought.fits:
                raise ContextExceededError(
                    "Too long.", prompt_tokens=thought.read, context_tokens=fake_engines.CONTEXT
                )
            return AIMessage(thought.text, response_metadata={"finish_reason": thought.finish})

        model = ScriptedModel([step] * 9)
        return Subject(chat=model, too_long=TOO_LONG)


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedChat]:
    """The smallest embedded model, loaded once for all promises."""
    settings = Settings(models_dir=REAL_MODELS)
    entry = catalog.find("qwen2.5-coder:0.5b")
    if not catalog.is_installed(entry, settings):
        pytest.skip(f"needs weights: dragoman models pull {entry.name}")
    chat = EmbeddedChat(path=entry.path(settings), context_tokens=1024)
    yield chat
    chat.close()


@pytest.mark.real_model
class TestEmbeddedChat(EngineConformance):
    """A real model in this process."""

    @pytest.fixture
    def subject(self, embedded: EmbeddedChat) -> Subject:
        return Subject(chat=embedded, too_long=TOO_LONG)


@pytest.fixture(scope="module")
def live_model() -> tuple[str, str]:
    """Address of a live Ollama server and its smallest chat model."""
    host = os.environ.get("OLLAMA_HOST", "")
    if not host:
        pytest.skip("needs an Ollama server: set OLLAMA_HOST")
    model = asyncio.run(_smallest_chat_model(host))
    if not model:
        pytest.skip(f"the Ollama server at {host} has no chat model: ollama pull qwen3.5:0.8b")
    return host, model


@pytest.mark.ollama
class TestLiveOllama(EngineConformance):
    """A real model behind a live Ollama server."""

    @pytest.fixture
    def subject(self, live_model: tuple[str, str]) -> Subject:
        host, model = live_model
        chat = OllamaChat(model=model, host=host, context_tokens=1024)
        return Subject(chat=chat, too_long=TOO_LONG)


async def _smallest_chat_model(host: str) -> str:
    for model in sorted(await ollama_admin.list_models(host), key=lambda model: model.size_bytes):
        if "completion" in (await ollama_admin.show(host, model.name)).capabilities:
            return model.name
    return ""
