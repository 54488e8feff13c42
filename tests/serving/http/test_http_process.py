"""The server as a process: the real SDKs over a real socket, and a signal amid turns."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openai
import pytest
from http_server import events
from langchain_openai import ChatOpenAI

PROGRAM = Path(__file__).with_name("http_process.py")
Begin = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def begin(home: Path) -> Iterator[Begin]:
    """Start servers of one data folder; what still runs after the test is killed."""
    begun = []

    def start(grace: float = 5.0, pause: float = 0.0) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, str(PROGRAM), str(home), str(grace), str(pause)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        address = process.stdout.readline().strip()
        httpx.get(f"{address}/healthz", timeout=30)
        return process, address

    yield start
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


def test_real_sdks_talk_to_a_real_server(begin: Begin) -> None:
    process, address = begin()
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        assert [model.id for model in client.models.list()] == ["dragoman"]
        asked = [{"role": "user", "content": "Where is the parcel 4711?"}]
        whole = client.chat.completions.create(model="dragoman", messages=asked)
        assert whole.choices[0].message.content == "Parcel 4711 is found. It arrives soon."
        stream = client.chat.completions.create(model="dragoman", messages=asked, stream=True)
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
        assert "".join(pieces) == "Parcel 4711 is found. It arrives soon."
    chat = ChatOpenAI(model="dragoman", base_url=f"{address}/v1", api_key="none")
    assert chat.invoke("Where is the parcel 4712?").text.startswith("Parcel 4712")

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in {-signal.SIGTERM, 128 + signal.SIGTERM}


@pytest.mark.parametrize("grace", [20.0, 0.0])
def test_turns_under_way_are_finished_or_can_be_resumed_after_a_restart(
    begin: Begin, grace: float
) -> None:
    process, address = begin(grace, 0.3 if grace else 60.0)
    streaming, ended = threading.Barrier(6), {}

    def ask(number: int) -> None:
        body = {"text": f"Where is the parcel {number}?"}
        path = f"{address}/api/threads/t-{number}/turns"
        text = ""
        with httpx.stream("POST", path, json=body, timeout=30) as reply:
            for piece in reply.iter_text():
                began = "event: token" not in text
                text += piece
                if began and "event: token" in text:
                    streaming.wait(30)
        ended[number] = events(text)[-1]

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(4000, 4005)]
    for each in asking:
        each.start()
    streaming.wait(30)
    process.send_signal(signal.SIGTERM)
    for each in asking:
        each.join(30)
    process.wait(30)

    if grace:
        assert {each.event for each in ended.values()} == {"answer"}
    else:
        codes = {each.data["error"]["code"] for each in ended.values()}
        assert codes == {"DRG-SERVER-STOPPING"}
    _, address = begin()
    for number in ended:
        thread = f"{address}/api/threads/t-{number}"
        if not grace:
            httpx.post(f"{thread}/resume", timeout=30)
        (turn,) = httpx.get(thread, timeout=30).json()["turns"]
        assert turn["status"] == "done"
        assert turn["answer"] == f"Parcel {number} is found. It arrives soon."
