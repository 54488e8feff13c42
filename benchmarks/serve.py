"""`dragoman serve` under load and faults, beside a bare FastAPI + `create_agent` server.

Every question carries a token of its own and the scripted model repeats it, so a lost or a crossed
reply is seen. Three parts, each with servers in processes of their own:

    load      N threads ask one question after the other for some minutes: turns a second, p50, p99
              and resident memory, of Dragoman and of the bare server, one after the other
    faults    clients disconnect at random and come back, and the model fails in 5 % of its calls
    restart   SIGTERM, then SIGKILL, in the middle of 50 streaming turns; what became of each

    python benchmarks/serve.py --threads 200 --minutes 1
    python benchmarks/serve.py --only restart
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

TOKEN = re.compile(r"T-[0-9a-f]{12}")
WORDS = "We have it. " + "The parcel is on its way and should arrive soon. " * 3
FAILING = 0.05


# The servers, each started as `serve.py --server NAME --port N --home FOLDER`.


def played(*, fails: float, pause: float) -> Any:
    """A model that plans to answer at once and repeats the question's token in 30 pieces."""
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

    from dragoman.testing import ScriptedModel

    plan = json.dumps({"thought": "", "calls": []})
    dice = random.Random(1)

    def reply(messages: Any, options: dict[str, Any]) -> str:
        if dice.random() < fails:
            raise RuntimeError("the model failed, as it was told to")
        if "json_schema" in options or "response_format" in options:
            return plan
        token = TOKEN.findall(messages[-1].text)
        return f"{token[-1] if token else 'nothing'}: {WORDS}"

    def finished(text: str) -> AIMessage:
        usage = {"input_tokens": 10, "output_tokens": 12, "total_tokens": 22}
        return AIMessage(
            content=text, usage_metadata=usage, response_metadata={"finish_reason": "stop"}
        )

    class Played(ScriptedModel):  # the kind that takes a schema
        async def _agenerate(self, messages: Any, stop: Any = None, **options: Any) -> ChatResult:  # noqa: ARG002
            return ChatResult(
                generations=[ChatGeneration(message=finished(reply(messages, options)))]
            )

        async def _astream(
            self,
            messages: Any,
            stop: Any = None,  # noqa: ARG002
            **options: Any,
        ) -> AsyncIterator[ChatGenerationChunk]:
            text = reply(messages, options)
            size = max(1, len(text) // 30)
            for at in range(0, len(text), size):
                if pause:
                    await asyncio.sleep(pause)
                piece = AIMessageChunk(content=text[at : at + size])
                yield ChatGenerationChunk(message=piece)
            last = AIMessageChunk(
                content="",
                chunk_position="last",
                usage_metadata=finished("").usage_metadata,
                response_metadata={"finish_reason": "stop"},
            )
            yield ChatGenerationChunk(message=last)

    return Played()


def run_dragoman(arguments: argparse.Namespace) -> None:
    from dragoman.agents.deployment import Deployment
    from dragoman.serving.http.app import create_app
    from dragoman.serving.http.running import bind, serve
    from dragoman.settings import Settings

    settings = Settings(
        home=arguments.home,
        serve_turns=2 * arguments.threads,
        serve_turns_tenant=2 * arguments.threads,
        serve_grace_seconds=arguments.grace,
    )
    model = played(fails=arguments.fails, pause=arguments.pause)
    with (
        Deployment(settings=settings, engine=model) as deployment,
        bind("127.0.0.1", arguments.port) as listening,
    ):
        serve(create_app(deployment, open_to_all=True), listening)


def run_bare(arguments: argparse.Namespace) -> None:
    """What people write themselves: LangChain's agent, SQLite checkpoints, server-sent events."""
    import aiosqlite
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
    from langchain.agents import create_agent
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    model = played(fails=arguments.fails, pause=arguments.pause)
    agents: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with aiosqlite.connect(Path(arguments.home, "threads.sqlite")) as connection:
            await connection.execute("PRAGMA journal_mode = WAL")
            await connection.execute("PRAGMA synchronous = NORMAL")
            saver = AsyncSqliteSaver(connection)
            await saver.setup()
            agents.append(create_agent(model, tools=[], checkpointer=saver))
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/api/threads/{thread}/turns")
    async def ask(thread: str, question: dict[str, str]) -> StreamingResponse:
        async def texts() -> AsyncIterator[str]:
            text = ""
            inputs = {"messages": [{"role": "user", "content": question["text"]}]}
            config = {"configurable": {"thread_id": thread}}
            async for chunk, _ in agents[0].astream(inputs, config, stream_mode="messages"):
                text += chunk.text
                yield f"event: token\ndata: {json.dumps({'text': chunk.text})}\n\n"
            yield f"event: answer\ndata: {json.dumps({'answer': {'text': text}})}\n\n"

        return StreamingResponse(texts(), media_type="text/event-stream")

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(
        app, host="127.0.0.1", port=arguments.port, log_level="critical", timeout_keep_alive=75
    )


class Server:
    """A server in a process of its own."""

    def __init__(self, name: str, home: Path, **options: float) -> None:
        self.name, self.home, self.options = name, home, options
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = [sys.executable, __file__, "--server", self.name, "--port", str(self.port)]
        command += ["--home", str(self.home)]
        for name, value in self.options.items():
            command += [f"--{name}", str(value)]
        log = (self.home.parent / f"{self.name}.log").open("ab")
        self.process = subprocess.Popen(command, stderr=log, stdout=log)
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(f"{self.address}/healthz", timeout=1).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{self.name} did not start; see {self.home.parent}")
            time.sleep(0.1)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def resident(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def cpu(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, number: int = signal.SIGTERM) -> float:
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def new_token() -> str:
    return f"T-{random.getrandbits(48):012x}"


async def events(reply: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """Id, name and data of each server-sent event."""
    fields: dict[str, str] = {}
    async for line in reply.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"])
            fields = {}


async def last_event(reply: httpx.Response) -> tuple[str, Any]:
    if reply.status_code != 200:
        return "error", None
    last: tuple[str, str, Any] = ("", "", None)
    async for each in events(reply):
        last = each
    return last[1:]


def verdict(token: str, event: str, data: Any) -> str:
    """Whether a reply is the right one for the question that had `token`."""
    if event == "answer":
        found = TOKEN.findall(data["answer"]["text"])
        return "answered" if found == [token] else "crossed" if found else "wrong"
    return "failed" if event == "error" else "lost"


def client(server: Server, threads: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=threads + 10, max_keepalive_connections=threads + 10)
    return httpx.AsyncClient(base_url=server.address, timeout=120, limits=limits)


async def load(server: Server, threads: int, seconds: float) -> dict[str, Any]:
    """All threads ask, one question after the other, until the time is over."""
    times: list[float] = []
    outcomes: Counter[str] = Counter()
    memory: list[tuple[float, float]] = []
    began, before = time.monotonic(), server.cpu()

    async def one(number: int, calls: httpx.AsyncClient) -> None:
        turn = 0
        while time.monotonic() - began < seconds:
            turn += 1
            # A new thread every 20 turns, as conversations end.
            thread, token = f"load-{number}-{turn // 20}", new_token()
            at = time.monotonic()
            body = {"text": f"Where is the parcel with the number {token} now?"}
            async with calls.stream("POST", f"/api/threads/{thread}/turns", json=body) as reply:
                event, data = await last_event(reply)
            times.append(time.monotonic() - at)
            outcomes[verdict(token, event, data)] += 1

    async def watch() -> None:
        while True:
            memory.append((time.monotonic() - began, server.resident()))
            await asyncio.sleep(max(0.5, seconds / 60))

    async with client(server, threads) as calls:
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(one(number, calls) for number in range(threads)))
        watching.cancel()
    spent = time.monotonic() - began
    times.sort()
    third = [mib for at, mib in memory if at >= seconds / 3] or [memory[-1][1]]
    return {
        "server": server.name,
        "threads": threads,
        "seconds": round(spent, 1),
        "turns": len(times),
        "turns_per_second": round(len(times) / spent, 1),
        "p50_ms": round(1000 * times[len(times) // 2]),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)]),
        "cpu_ms_per_turn": round(1000 * (server.cpu() - before) / len(times), 2),
        "rss_mib": {
            "start": round(memory[0][1]),
            "after_a_third": round(third[0]),
            "end": round(memory[-1][1]),
        },
        **outcomes,
    }


async def faults(server: Server, threads: int, seconds: float) -> dict[str, Any]:
    """Clients leave in the middle of a stream, come back with `Last-Event-ID`, or cancel."""
    outcomes: Counter[str] = Counter()
    began = time.monotonic()

    async def one(number: int, calls: httpx.AsyncClient) -> None:
        dice, turn = random.Random(number), 0
        while time.monotonic() - began < seconds:
            turn += 1
            thread, token = f"fault-{number}-{turn // 20}", new_token()
            body = {"text": f"Where is the parcel with the number {token} now?"}
            leaves = dice.random() < 0.3
            last: tuple[str, str, Any] = ("", "", None)
            async with calls.stream("POST", f"/api/threads/{thread}/turns", json=body) as reply:
                after = dice.randint(1, 8)
                async for each in events(reply):
                    last, after = each, after - 1
                    if leaves and after <= 0:
                        break
            seen, event, data = last
            if leaves and event not in {"answer", "error"}:
                outcomes["left"] += 1
                path, headers = f"/api/threads/{thread}/events", {"Last-Event-ID": seen}
                async with calls.stream("GET", path, headers=headers) as reply:
                    event, data = await last_event(reply)
            outcomes[verdict(token, event, data)] += 1
            if event == "error":  # go on from where it failed
                async with calls.stream("POST", f"/api/threads/{thread}/resume") as reply:
                    event, data = await last_event(reply)
                outcomes["resumed_" + verdict(token, event, data)] += 1

    async with client(server, threads) as calls:
        await asyncio.gather(*(one(number, calls) for number in range(threads)))
    return {"part": "faults", "threads": threads, "model_fails": FAILING, **outcomes}


async def restart(server: Server, count: int, number: int) -> dict[str, Any]:
    """A signal in the middle of streaming turns; then each is looked for, and resumed."""
    streaming = asyncio.Event()
    started = 0
    tokens = {f"restart-{number}-{each}": new_token() for each in range(count)}
    first: Counter[str] = Counter()

    async def one(thread: str, calls: httpx.AsyncClient) -> None:
        nonlocal started
        body = {"text": f"Where is the parcel with the number {tokens[thread]} now?"}
        last: tuple[str, str, Any] = ("", "", None)
        try:
            async with calls.stream("POST", f"/api/threads/{thread}/turns", json=body) as reply:
                begun = False
                async for each in events(reply):
                    last = each
                    if each[1] == "token" and not begun:
                        begun = True
                        started += 1
                        if started >= count:
                            streaming.set()
            first[verdict(tokens[thread], *last[1:])] += 1
        except httpx.HTTPError:
            first["cut_off"] += 1

    async with client(server, count) as calls:
        asking = [asyncio.create_task(one(thread, calls)) for thread in tokens]
        await asyncio.wait_for(streaming.wait(), 60)
        ended = await asyncio.to_thread(server.end, number)
        await asyncio.gather(*asking)
    await asyncio.to_thread(server.start)
    after: Counter[str] = Counter()

    async def look(thread: str, token: str, calls: httpx.AsyncClient) -> None:
        async with calls.stream("GET", f"/api/threads/{thread}/events") as reply:
            event, data = await last_event(reply)
        found = verdict(token, event, data)
        if found == "failed":
            async with calls.stream("POST", f"/api/threads/{thread}/resume") as reply:
                event, data = await last_event(reply)
            found = "resumed_" + verdict(token, event, data)
        after[found] += 1

    async with client(server, count) as calls:
        await asyncio.gather(*(look(*each, calls) for each in tokens.items()))
    return {
        "part": "restart",
        "signal": signal.Signals(number).name,
        "streaming_turns": count,
        "seconds_until_it_ended": round(ended, 1),
        "what_the_clients_saw": dict(first),
        "after_the_restart": dict(after),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--threads", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--only", choices=["load", "bare", "faults", "restart"])
    parser.add_argument("--server", choices=["dragoman", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fails", type=float, default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--pause", type=float, default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--grace", type=float, default=20.0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.server:
        {"dragoman": run_dragoman, "bare": run_bare}[arguments.server](arguments)
        return
    seconds = 60 * arguments.minutes
    with tempfile.TemporaryDirectory() as folder:
        parts(arguments, Path(folder), seconds)


def parts(arguments: argparse.Namespace, folder: Path, seconds: float) -> None:
    def server(name: str, **options: float) -> Server:
        home = folder / f"{name}-{len([*folder.iterdir()])}"
        home.mkdir()
        return Server(name, home, threads=arguments.threads, **options)

    def wanted(part: str) -> bool:
        return arguments.only in {None, part}

    for part, name in (("load", "dragoman"), ("bare", "bare")):
        if wanted(part):
            found = server(name)
            print(json.dumps(asyncio.run(load(found, arguments.threads, seconds))), flush=True)
            found.end()
    if wanted("faults"):
        found = server("dragoman", fails=FAILING, pause=0.01)
        print(json.dumps(asyncio.run(faults(found, arguments.threads, seconds))), flush=True)
        found.end()
    if wanted("restart"):
        # Turns of about four seconds: with a long grace they end, with a short one they are cut.
        for number, grace in ((signal.SIGTERM, 20.0), (signal.SIGTERM, 0.5), (signal.SIGKILL, 0)):
            found = server("dragoman", pause=0.15, grace=grace)
            result = asyncio.run(restart(found, 50, number))
            print(json.dumps({"grace_seconds": grace, **result}), flush=True)
            found.end()


if __name__ == "__main__":
    main()
