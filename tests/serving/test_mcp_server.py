"""Dragoman as an MCP server: used by the SDK's client, in this process and in a child process."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hashed_words import HashedWords
from jsonschema import Draft202012Validator
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from dragoman import Assistant, Memory, tool
from dragoman.errors import ConfigurationError
from dragoman.languages import profiles
from dragoman.serving.mcp.described import DESCRIPTIONS
from dragoman.serving.mcp.running import chosen_token, parse_address
from dragoman.serving.mcp.server import DESCRIBED, DragomanServer
from dragoman.testing import ScriptedModel

NOTHING = {"thought": "…", "calls": []}


@tool(effect="once")
def refund(order: str) -> str:
    """Pay money back."""
    return f"paid {order}"


@tool(effect="none", approval=True)
def salary(name: str) -> str:
    """What somebody earns."""
    return "a secret"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tenant="acme", home=tmp_path / "home", embedder=HashedWords()) as memory:
        memory.add_texts(["Products can be returned within 30 days."], ids=["returns"])
        yield memory


@pytest.fixture
def make(memory: Memory):
    made = []

    def assistant(*script, tools=(refund, salary)):
        made.append(Assistant(engine=ScriptedModel(script), memory=memory, tools=tools))
        return made[-1]

    yield assistant
    for one in made:
        one.close()


def served(assistant, **options):
    return DragomanServer(assistant, **options).server


async def test_tools_are_listed_with_valid_schemas_and_nothing_that_changes_the_world(make):
    async with Client(served(make())) as client:
        listed = (await client.list_tools()).tools
    names = {each.name for each in listed}
    assert {"ask", "search", "calculator", "current_time"} <= names
    assert not names & {"refund", "salary", "search_documents", "read_result"}
    for each in listed:
        Draft202012Validator.check_schema(each.input_schema)
        assert each.input_schema["additionalProperties"] is False
        assert each.annotations.read_only_hint is True
        assert each.meta[DESCRIBED]["en"]


def test_descriptions_are_in_languages_that_dragoman_knows_and_all_different():
    known = {profile.tag for profile in profiles()}
    for described in DESCRIPTIONS.values():
        assert set(described) <= known
        assert len(set(described.values())) == len(described)


async def test_effects_are_served_when_they_are_asked_for_and_recorded(make):
    async with Client(served(make(), effects=True)) as client:
        listed = {each.name: each for each in (await client.list_tools()).tools}
        assert listed["refund"].annotations.destructive_hint is True
        paid = await client.call_tool("refund", {"order": "A-7"})
    assert paid.structured_content == {"result": "paid A-7"}


async def test_tool_that_is_not_served_cannot_be_called(make):
    async with Client(served(make())) as client:
        refused = await client.call_tool("refund", {"order": "A-7"})
    assert refused.is_error
    assert refused.structured_content["error"]["code"] == "DRG-INPUT"


async def test_search_finds_passages_with_their_places(make):
    async with Client(served(make())) as client:
        found = await client.call_tool("search", {"query": "returned within days", "k": 1})
    (passage,) = found.structured_content["passages"]
    assert passage["text"] == "Products can be returned within 30 days."
    assert (passage["source"], passage["start"]) == ("returns", 0)


async def test_answer_comes_with_citations_and_progress_while_it_is_written(make):
    told = []

    async def progress(count, total, words):
        told.append((count, words))

    text = "You can return products within 30 days of the purchase. [1]"
    async with Client(served(make(NOTHING, text))) as client:
        answer = await client.call_tool(
            "ask", {"question": "Can products be returned?"}, progress_callback=progress
        )
    said = answer.structured_content
    assert said["language"] == "en"
    assert said["text"] in answer.content[0].text
    assert said["citations"][0]["quote"] == "Products can be returned within 30 days."
    assert said["citations"][0]["source"] == "returns"
    assert [count for count, _ in told] == list(range(1, len(told) + 1))
    words = [words for _, words in told]
    assert words[:2] == ["[language en]", "[1 passages]"]
    assert "".join(word for word in words if not word.startswith("[")).startswith("You can return")


async def test_conversation_goes_on_in_its_thread(make):
    assistant = make(NOTHING, "Within 30 days.", NOTHING, "Yes.")
    async with Client(served(assistant)) as client:
        first = await client.call_tool("ask", {"question": "Can products be returned?"})
        thread = first.structured_content["thread"]
        await client.call_tool("ask", {"question": "Are you sure?", "thread": thread})
    assert [turn.question for turn in assistant.turns(thread)] == [
        "Can products be returned?",
        "Are you sure?",
    ]


async def test_call_that_waits_for_a_person_is_a_coded_error(make):
    step = {"thought": "…", "calls": [{"tool": "salary", "arguments": {"name": "Ann"}}]}
    async with Client(served(make(step))) as client:
        asked = await client.call_tool("ask", {"question": "What does Ann earn?"})
    assert asked.is_error
    assert asked.structured_content["error"]["code"] == "DRG-THREAD-BUSY"
    assert "salary" in asked.content[0].text


@tool(effect="none")
async def endless() -> str:
    """Never ends."""
    await asyncio.sleep(3600)
    return ""


async def test_cancelled_question_cancels_the_turn(make):
    running = anyio.Event()

    async def progress(count, total, words):
        if words == "[endless]":
            running.set()

    assistant = make(
        {"thought": "…", "calls": [{"tool": "endless", "arguments": {}}]}, tools=[endless]
    )
    question = {"question": "Tell me.", "thread": "t"}
    async with Client(served(assistant)) as client, anyio.create_task_group() as group:
        group.start_soon(lambda: client.call_tool("ask", question, progress_callback=progress))
        with anyio.fail_after(20):
            await running.wait()
        group.cancel_scope.cancel()
    with anyio.fail_after(20):
        # The turn ends on the assistant's own event loop, in its own time.
        while (turn := assistant.turns("t")[0]).status == "running":  # noqa: ASYNC110
            await anyio.sleep(0.01)
    assert turn.status == "cancelled"


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("ask", {"question": " "}, "DRG-INPUT-EMPTY"),
        ("ask", {}, "DRG-INPUT"),
        ("ask", {"question": "a", "surprise": 1}, "DRG-INPUT"),
        ("ask", {"question": "a", "thread": "../x"}, "DRG-INPUT"),
        ("ask", {"question": "a" * 30_000}, "DRG-INPUT-TOO-LONG"),
        ("search", {"query": ""}, "DRG-INPUT-EMPTY"),
        ("search", {"query": "a", "k": 1000}, "DRG-INPUT"),
        ("search", {"query": 1}, "DRG-INPUT"),
        ("calculator", {"expression": "1 / 0"}, "DRG-TOOL-FAILED"),
        ("calculator", {"formula": "1"}, "DRG-TOOL-FAILED"),
        ("nonsense", {}, "DRG-INPUT"),
    ],
)
async def test_bad_input_is_a_coded_error_and_the_connection_lives(make, name, arguments, code):
    async with Client(served(make())) as client:
        refused = await client.call_tool(name, arguments)
        assert refused.is_error
        assert refused.structured_content["error"]["code"] == code
        assert not (await client.call_tool("calculator", {"expression": "1 + 1"})).is_error


def test_tool_named_like_a_served_one_is_refused(make):
    @tool(effect="none")
    def ask() -> str:
        """Ask."""
        return ""

    with pytest.raises(ConfigurationError, match="named ask"):
        DragomanServer(make(tools=[ask]))


@pytest.mark.parametrize("address", ["", "8750x", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ConfigurationError, match="is not an address"):
        parse_address(address)


@pytest.mark.parametrize("address", ["0.0.0.0:8750", "192.168.1.2:80", "example.org:80", "[::]:1"])
def test_address_that_others_can_reach_is_refused(address):
    with pytest.raises(ConfigurationError, match="from other machines"):
        parse_address(address)


def test_addresses_of_this_machine_are_taken():
    assert parse_address("8750") == ("127.0.0.1", 8750)
    assert parse_address("[::1]:80") == ("::1", 80)


def test_token_is_made_up_and_shown_or_long_enough(capsys):
    assert chosen_token("") in capsys.readouterr().err
    assert chosen_token("a" * 16) == "a" * 16
    with pytest.raises(ConfigurationError, match="fewer than 16"):
        chosen_token("short")


PROGRAM = """
import sys
from hashed_words import HashedWords
import dragoman.memory.attachment
dragoman.memory.attachment.connect_embedder = lambda *_: HashedWords()
from dragoman.serving.cli import main
print("noise on standard output")
sys.argv = ["dragoman", "mcp", *sys.argv[1:]]
main()
"""
"""`dragoman mcp` with the embedder that needs no model."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folder = str(Path(__file__).resolve().parents[1] / "memory")
    return {
        **os.environ,
        "DRAGOMAN_HOME": str(tmp_path / "home"),
        "DRAGOMAN_TENANT": "acme",
        "PYTHONPATH": folder,
    }


@pytest.fixture
def stored(memory: Memory) -> None:
    """A memory that was filled and is closed, so that a child process may own its folder."""
    memory.close()


async def test_child_process_speaks_the_protocol_and_nothing_else(stored, environment, tmp_path):
    program = PROGRAM.replace('print("noise on standard output")', "")
    child = StdioServerParameters(
        command=sys.executable, args=["-c", program], env=environment, cwd=tmp_path
    )
    async with Client(stdio_client(child)) as client:
        assert client.server_info.name == "dragoman"
        worked_out = await client.call_tool("calculator", {"expression": "15% of 24,900"})
        found = await client.call_tool("search", {"query": "returned within days"})
    assert worked_out.structured_content == {"result": "3735"}
    assert found.structured_content["passages"][0]["source"] == "returns"


@pytest.fixture
def address(stored, environment, tmp_path) -> Iterator[str]:
    """`dragoman mcp --http` as a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment["DRAGOMAN_MCP_TOKEN"] = "t" * 20
    command = [sys.executable, "-c", PROGRAM, "--http", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield f"http://127.0.0.1:{port}/mcp"
        process.terminate()
        process.communicate(timeout=20)


async def listening(url: str) -> None:
    host, _, port = url.removeprefix("http://").removesuffix("/mcp").partition(":")
    with anyio.fail_after(60):
        while True:
            try:
                await (await anyio.connect_tcp(host, int(port))).aclose()
            except OSError:
                await anyio.sleep(0.05)
            else:
                return


async def test_http_server_answers_those_who_know_the_token(address):
    await listening(address)
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {'t' * 20}"}) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        worked_out = await client.call_tool("calculator", {"expression": "2 + 2"})
        assert worked_out.structured_content == {"result": "4"}
        foreign = await http.post(address, json={}, headers={"Host": "evil.example"})
        assert foreign.status_code == 421
    async with create_mcp_http_client(headers={"Authorization": "Bearer wrong"}) as http:
        assert (await http.post(address, json={})).status_code == 401
        with pytest.raises((MCPError, ExceptionGroup)):
            async with Client(streamable_http_client(address, http_client=http)):
                pass
