"""Whether a small model does the whole job: 140 tasks in 14 languages, beside the alternatives.

    python benchmarks/tool_choice.py run --system dragoman --model 1.5b --out turns.jsonl
    python benchmarks/tool_choice.py run --system create_agent --model 1.5b --out turns.jsonl
    python benchmarks/tool_choice.py report turns.jsonl
    python benchmarks/tool_choice.py failures turns.jsonl --split dev

`run` adds one JSON line for each turn and leaves out those that the file has already, so that it
may be stopped and started at will. Judging is done by the report, from the records alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from tool_choice_check import check
from tool_choice_report import failures, report
from tool_choice_rivals import Llama, create_agent_turn, with_builtin
from tool_choice_tasks import Task, load, sample, tools_for
from tool_choice_world import TODAY, WORLD

from dragoman import Assistant, Memory, Settings, Tool
from dragoman.agents.events import AnswerEvent, PlanEvent
from dragoman.models import catalog
from dragoman.models.llama_server import machine_threads
from dragoman.serving.sample_store import store_folder

Turn = Callable[[str, Sequence[Tool]], dict[str, Any]]


class DragomanTurns:
    """Turns of Dragoman's assistant; one assistant for each set of tools, the weights shared."""

    def __init__(self, engine: str, memory: Memory) -> None:
        self._engine = engine
        self._memory = memory
        self._settings = Settings(timezone="UTC")
        self._assistants: dict[tuple[str, ...], Assistant] = {}

    def __call__(self, ask: str, tools: Sequence[Tool]) -> dict[str, Any]:
        names = tuple(tool.name for tool in tools)
        if names not in self._assistants:
            self._assistants[names] = Assistant(
                engine=self._engine, tools=tools, memory=self._memory, settings=self._settings
            )
        first: list[dict[str, Any]] | None = None
        thoughts: list[str] = []
        answer, error = None, ""
        try:
            for event in self._assistants[names].stream(ask):
                if isinstance(event, PlanEvent):
                    thoughts.append(event.thought)
                    if first is None:
                        first = [
                            {"tool": call.tool, "arguments": call.arguments} for call in event.calls
                        ]
                elif isinstance(event, AnswerEvent):
                    answer = event.answer
        except Exception as problem:  # noqa: BLE001 - whatever stops it, the turn has not ended
            error = f"{type(problem).__name__}: {problem}"[:300]
        usage = answer.usage if answer else None
        return {
            "first": first or [],
            "thoughts": thoughts,
            "text": answer.text if answer else "",
            "ended": answer is not None,
            "error": error,
            "usage": {
                name: getattr(usage, name, 0)
                for name in ("input_tokens", "output_tokens", "cached_tokens", "model_calls")
            },
        }

    def close(self) -> None:
        for assistant in self._assistants.values():
            assistant.close()


def run(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    out = Path(options.out)
    done = {
        (record["system"], record["model"], record["tools"], record["id"], record["ask"])
        for record in _records([out] if out.exists() else [])
    }
    todo = [
        task
        for task in chosen(options)
        if (options.system, options.model, options.tools, task.id, task.ask) not in done
    ]
    if options.tools < 16:  # tasks with the same tools follow each other, as in a real assistant
        todo.sort(key=lambda task: [tool.name for tool in tools_for(task, options.tools)])
    print(f"{len(todo)} to do, {len(done)} records in {out}", flush=True)
    home = Path(options.home or tempfile.mkdtemp(prefix="tool-choice-"))
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
    with (
        time_machine.travel(now, tick=True),
        Memory(tenant="bench", home=home) as memory,
        out.open("a", encoding="utf-8") as file,
    ):
        if not memory.documents():
            memory.ingest(store_folder())
        turn, close = _system(options, memory)
        for task in todo:
            if time.perf_counter() - began > options.seconds:
                print("time is up; the same command goes on", flush=True)
                break
            record = _turn(task, turn, options, memory)
            file.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
            file.flush()
            print(f"{task.id:11}{record['seconds']:6.1f} s  {record['text'][:70]!r}", flush=True)
        close()


def chosen(options: argparse.Namespace) -> list[Task]:
    """The tasks that the options ask for."""
    tasks = [
        task
        for task in load()
        if (options.split == "all" or task.split == options.split)
        and (not options.kinds or task.kind in options.kinds.split(","))
        and (not options.langs or task.language in options.langs.split(","))
        and (not options.ids or task.id in options.ids.split(","))
    ]
    return sample(tasks, options.limit) if options.limit else tasks


def _system(options: argparse.Namespace, memory: Memory) -> tuple[Turn, Callable[[], None]]:
    name = f"qwen2.5-coder:{options.model}"
    if options.system == "dragoman":
        turns = DragomanTurns(options.engine or f"embedded:{name}", memory)
        return turns, turns.close
    if options.system == "create_agent+ollama":
        return create_agent_turn("", name, ollama=options.ollama), lambda: None
    settings = Settings()
    llama = Llama(
        catalog.find(name).path(settings),
        context_tokens=settings.context_tokens if options.tools <= 16 else 16384,
        threads=machine_threads(),
        repaired=options.system == "create_agent+template",
    )
    if options.system == "qwen_agent":
        from tool_choice_qwen_agent import qwen_agent_turn

        return qwen_agent_turn(llama.url, name), llama.close
    return create_agent_turn(llama.url, name), llama.close


def _turn(task: Task, turn: Turn, options: argparse.Namespace, memory: Memory) -> dict[str, Any]:
    tools = tools_for(task, options.tools)
    if options.system != "dragoman":  # which brings its own
        tools = with_builtin(tools, memory)
    WORLD.reset()
    began = time.perf_counter()
    result = turn(task.ask, tools)
    return {
        "id": task.id,
        "ask": task.ask,
        "system": options.system,
        "model": options.model,
        "tools": options.tools,
        "seconds": round(time.perf_counter() - began, 2),
        **result,
        "log": list(WORLD.log),
    }


def _records(paths: Sequence[Path]) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="run tasks")
    running.add_argument(
        "--system",
        default="dragoman",
        choices=[
            "dragoman",
            "create_agent",
            "create_agent+template",
            "create_agent+ollama",
            "qwen_agent",
        ],
    )
    running.add_argument("--model", default="1.5b", choices=["0.5b", "1.5b"])
    running.add_argument("--engine", default="", help="engine spec in place of embedded:…")
    running.add_argument("--ollama", default="http://127.0.0.1:11434")
    running.add_argument("--tools", type=int, default=16, help="how many tools are offered")
    running.add_argument("--limit", type=int, default=0, help="a sample of so many tasks")
    running.add_argument("--ids", default="", help="only these tasks")
    running.add_argument("--seconds", type=float, default=1e9, help="begin no turn after these")
    running.add_argument("--home", default="", help="keep the documents' index here")
    running.add_argument("--out", required=True)
    for name in ("report", "failures"):
        showing = commands.add_parser(name, help="judge records")
        showing.add_argument("files", nargs="+", type=Path)
    commands.add_parser("check", help="do every task right and see that it is judged so")
    for each in commands.choices.values():
        each.add_argument("--split", default="all", choices=["dev", "held-out", "all"])
        each.add_argument("--kinds", default="", help="comma-separated")
        each.add_argument("--langs", default="", help="comma-separated")
    options = parser.parse_args()
    if options.command == "run":
        run(options)
        return
    if options.command == "check":
        print(check())
        return
    options.limit, options.ids = 0, ""
    show = report if options.command == "report" else failures
    print(show(_records(options.files), chosen(options)))


if __name__ == "__main__":
    main()
