"""Kill a run of a task again and again at random moments, resume it, and count its effects.

Each run works through a list of items, three at a time; for each it appends a line to a file
through a service that does nothing twice under one key. The process is killed (SIGKILL) when it
has reached a random boundary: before or after an effect, or at a record of the journal.

    python benchmarks/tasks_kill.py --kills 40 --seed 7
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dragoman.agents.tasks import Tasks, report
from dragoman.agents.tasks.journal import StepRecord
from dragoman.settings import Settings
from dragoman.tools import Tool, tool

TEXTS = ["退款 12.000 元", "إرسال البريد", "注文を取り消す", "ยกเลิกคำสั่งซื้อ", "배송 조회"]
TASK = """
name: kill
inputs: {texts: {type: list}}
steps:
- name: each
  for_each: inputs.texts
  parallel: 3
  steps:
  - {name: act, tool: act, with: {text: "${{ item }}"}}
  - {name: note, tool: act, with: {text: "note ${{ steps.act.output }}"}}
- name: check
  branch:
    if: length(steps.each.output) == 5
    then:
    - {name: close, tool: act, with: {text: all}}
outputs: {items: "${{ steps.each.output }}", closed: "${{ steps.close.output }}"}
"""
PATIENCE_SECONDS = 60


def act_tool(folder: Path, reached: Callable[[str], None]) -> Tool:
    """Appends ``key text`` to the folder's file, once for each key."""
    guard = threading.Lock()
    path = folder / "effects.txt"

    @tool(effect="once", idempotency_key="key", timeout=PATIENCE_SECONDS)
    def act(text: str, key: str) -> str:
        """Append one line, once for each key."""
        reached("before an effect")
        with guard:
            known = path.read_text(encoding="utf-8") if path.exists() else ""
            if key not in known:
                with path.open("a", encoding="utf-8") as file:
                    file.write(f"{key} {text}\n")
        reached("after an effect")
        return f"done {text}"

    return act


def child(folder: Path, stop: int | None, pipe: Connection) -> None:
    """Begin the run or go on with it; at the `stop`-th boundary say so and wait to be killed."""
    count, guard = 0, threading.Lock()

    def reached(boundary: str) -> None:
        nonlocal count
        with guard:
            count += 1
            if count == stop:
                pipe.send(boundary)
                threading.Event().wait()

    def saw(step: StepRecord) -> None:
        reached(f"step {step.status}")

    async def work() -> dict[str, Any]:
        settings = Settings(home=folder / "home")
        tasks = Tasks(settings=settings, tools=[act_tool(folder, reached)], emit=saw)
        known = await tasks.runs()
        run = (
            await tasks.resume(known[0].id)
            if known
            else await tasks.run(folder / "task.yaml", {"texts": TEXTS})
        )
        steps = (await tasks.show(run.id))[1]
        return {
            "status": run.status,
            "output": run.output,
            "steps": len(steps),
            "report": report.as_markdown(*await tasks.show(run.id)),
        }

    pipe.send(asyncio.run(work()))


def play(stops: list[int], kills: Counter[str]) -> dict[str, Any]:
    """One run: killed at each of `stops` in turn, then left to end."""
    context = multiprocessing.get_context("forkserver")
    with tempfile.TemporaryDirectory(prefix="tasks-kill-") as name:
        folder = Path(name)
        (folder / "task.yaml").write_text(TASK, encoding="utf-8")
        for stop in [*stops, None]:
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=child, args=(folder, stop, there), daemon=True)
            process.start()
            there.close()
            said = here.recv() if here.poll(PATIENCE_SECONDS) else None
            process.kill()
            process.join()
            if isinstance(said, dict):
                lines = (folder / "effects.txt").read_text(encoding="utf-8").splitlines()
                texts = Counter(line.split(" ", 1)[1] for line in lines)
                return {**said, "effects": texts}
            if said is None:
                sys.exit("An attempt neither ended nor reached its boundary.")
            kills[said] += 1
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40, help="kills at least")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--report", type=Path, help="write the report of the last run there")
    arguments = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["dragoman.agents.tasks", "langgraph.graph", "langgraph.checkpoint.sqlite.aio"]
    )
    randomness = random.Random(arguments.seed)
    kills: Counter[str] = Counter()
    unbroken = play([], kills)
    runs = same = once = twice = lost = 0
    last = unbroken
    while kills.total() < arguments.kills:
        last = play([randomness.randint(1, 12) for _ in range(randomness.randint(2, 5))], kills)
        runs += 1
        same += last["output"] == unbroken["output"] and last["status"] == "done"
        for text in unbroken["effects"]:
            once += last["effects"][text] == 1
            twice += last["effects"][text] > 1
            lost += last["effects"][text] == 0
    if arguments.report:
        arguments.report.write_text(last["report"], encoding="utf-8")
    row = {
        "runs": runs,
        "kills": kills.total(),
        "effects": runs * len(unbroken["effects"]),
        "once": once,
        "twice": twice,
        "lost": lost,
        "outputs as if not killed": same,
        **{f"killed at {name}": number for name, number in sorted(kills.items())},
    }
    if arguments.json:
        print(json.dumps(row))
        return
    print(f"| seed {arguments.seed} | |\n|---|---:|")
    for name, value in row.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
