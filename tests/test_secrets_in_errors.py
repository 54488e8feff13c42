"""No error that is made from an address, a header or a server's answer shows a secret."""

from __future__ import annotations

import json
import traceback

import aiosqlite
import httpx
import openai
import pydantic
import pytest

from dragoman import redaction
from dragoman.errors import ConfigurationError, DragomanError, McpServerError, ModelMistake
from dragoman.memory import Memory
from dragoman.models import EngineSpec
from dragoman.models.connect import connect
from dragoman.models.failures import read_failure
from dragoman.models.ollama_errors import explain
from dragoman.models.openai_errors import explain_openai
from dragoman.models.openai_presets import preset_for
from dragoman.settings import Settings
from dragoman.tools import Call, tool
from dragoman.tools.builtin.sql import make_sql_query
from dragoman.tools.builtin.web import make_http_get
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger
from dragoman.tools.mcp import McpTools
from dragoman.tools.mcp.transport import expanded
from dragoman.tools.registry import Registry

SECRET = "hunter22-swordfish-99"
KEY = f"sk-live-{SECRET}"


def told(error: BaseException) -> str:
    """All that an error says to anybody: its words, its parts and the traceback with its causes."""
    parts = [str(error), repr(error), *traceback.format_exception(error)]
    return "\n".join([*parts, str(vars(error))])


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://shop:{SECRET}@db/shop",
        f"postgres//shop:{SECRET}@db/shop",
        f"postgresql://shop:{SECRET}@127.0.0.1:1/shop",
        f"postgresql://shop:{SECRET}@127.0.0.1:port/shop",
        f"sqlite:////nowhere/{KEY}.db",
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_sql_query(url, seconds=1)
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"https://shop:{SECRET}@docs.example.com/",
        f"https://{KEY}@docs.example.com/",
        f"https://evil.example/?api_key={SECRET}",
        f"https://docs.example.com:8443/?token={SECRET}",
        f"ftp://shop:{SECRET}@docs.example.com/",
    ],
)
async def test_an_address_that_is_not_read_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ModelMistake) as caught:
        await make_http_get(["docs.example.com"]).invoke({"url": url})
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("words", [f"the key {KEY} is bad", f"Authorization: Bearer {SECRET}"])
def test_what_a_service_says_about_a_request_is_passed_on_without_the_key(
    status: int, words: str
) -> None:
    request = httpx.Request("POST", f"https://a:{SECRET}@api.example.com/v1/chat")
    body = {"error": {"message": words}}
    answer = httpx.Response(status, json=body, request=request)
    error = explain_openai(
        openai.APIStatusError(words, response=answer, body=body),
        address=f"https://a:{SECRET}@api.example.com/v1",
        model="m",
        preset=preset_for("groq"),
    )
    assert SECRET not in told(error)


async def test_an_ollama_server_that_does_not_answer_is_named_without_its_password(
    settings: Settings,
) -> None:
    spec = EngineSpec.parse(f"ollama:qwen3.5:4b@http://me:{SECRET}@127.0.0.1:1")
    with pytest.raises(DragomanError) as caught:
        await connect(spec, settings)
    error = caught.value
    assert SECRET not in f"{error}\n{error!r}\n{error.as_dict()}"


def test_what_ollama_says_is_passed_on_without_a_key() -> None:
    failure = read_failure(
        host=f"http://me:{SECRET}@gpu:11434",
        model="m",
        status=500,
        body=json.dumps({"error": f"upstream refused Bearer {SECRET}"}),
    )
    assert SECRET not in told(explain(failure))


def test_a_chroma_server_that_does_not_answer_is_named_without_its_token() -> None:
    settings = Settings(chroma_url="http://127.0.0.1:1", chroma_token=SECRET)
    with pytest.raises(DragomanError) as caught, Memory(settings=settings) as memory:
        memory.add_texts(["x"])
    assert SECRET not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    "server",
    [
        {"url": "http://crm.example/mcp", "headers": {"Authorization": f"Bearer {SECRET}"}},
        {"command": "x", "url": "https://y.example", "env": {"API_KEY": SECRET}},
        {"command": "x", "env": {"API_KEY": SECRET}, "nonsense": KEY},
    ],
)
def test_settings_that_have_no_meaning_are_refused_without_their_secrets(server: dict) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Settings(mcp={"servers": {"crm": server}})
    assert SECRET not in told(caught.value)


async def test_an_mcp_server_that_cannot_be_used_is_named_without_headers_and_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRM_TOKEN", SECRET)
    headers = {"Authorization": "Bearer ${CRM_TOKEN}"}
    url = f"http://me:{SECRET}@127.0.0.1:1/mcp?token={SECRET}"
    servers = [
        {"url": url, "headers": headers},
        {"command": "no-such-program", "env": {"API_KEY": SECRET}},
    ]
    for server in servers:
        with pytest.raises(McpServerError) as caught:
            await McpTools(Settings(mcp={"servers": {"crm": server}})).open()
        assert SECRET not in str(caught.value.as_dict())


def test_what_mcp_servers_are_given_is_known_as_secret_and_other_settings_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRM", "correct-horse-battery")
    values = {"X-Api-Key": "plain-value-of-a-key", "TZ": "Asia/Tokyo", "OTHER": "${CRM}"}
    expanded({name: pydantic.SecretStr(value) for name, value in values.items()})
    shown = redaction.redacted("plain-value-of-a-key correct-horse-battery Asia/Tokyo")
    assert shown == "[secret] [secret] Asia/Tokyo"


async def test_a_tool_that_fails_with_a_key_in_its_words_tells_the_model_nothing_of_it() -> None:
    @tool(effect="none")
    def look() -> str:
        """Look."""
        raise RuntimeError(f"GET https://me:{SECRET}@host/?api_key={SECRET} failed for {KEY}")

    async with aiosqlite.connect(":memory:") as connection:
        executor = Executor(
            registry=Registry([look]),
            ledger=Ledger(connection),
            thread="default/t",
            turn="turn",
            default_seconds=5,
        )
        call = await executor.run_one(Call(id="1.0", tool="look", arguments={}))
    assert "failed" in call.error
    assert SECRET not in call.error
