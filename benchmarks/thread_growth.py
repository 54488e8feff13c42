"""How a thread grows on the disk: Dragoman's, beside a plain LangGraph agent with a SQLite saver.

    python benchmarks/thread_growth.py --turns 200 --bytes 1500

A turn is a question and an answer of --bytes together, from a scripted model; both sides are given
the same texts. The sizes are those of the database's pages in use, write-ahead log included, and
counted anew after each of five equal parts of the turns.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from langchain.agents import create_agent
from langgraph.checkpoint.sqlite import SqliteSaver

from dragoman import Assistant, Settings
from dragoman.testing import ScriptedModel

PLAN = {"thought": "small talk", "needs": "nothing", "calls": []}
WORDS = ("we", "would", "like", "to", "know", "how", "the", "garden", "looks", "in", "spring")
PARTS = 5


def text(number: int, size: int, end: str) -> str:
    """About `size` bytes of words, different for each `number` and `end`."""
    begins = f"On day {number} {'do you ask whether' if end == '?' else 'it is the case that'}"
    count = max(0, size - len(begins) - 2) // 6
    shift = number + ord(end)
    words = (WORDS[(shift + place * place) % len(WORDS)] for place in range(count * 2))
    return f"{begins} {' '.join(words)}"[: size - 1] + end


def measured(path: Path) -> int:
    """Bytes of the database's pages in use."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        (free,) = db.execute("PRAGMA freelist_count").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)


def grown(say: Callable[[str], str], said: Sequence[tuple[str, str]], path: Path) -> Iterator[int]:
    """The size after each part of the conversation."""
    for number, (question, answer) in enumerate(said, 1):
        if answer not in say(question):
            raise SystemExit(f"Turn {number} did not end as it was scripted.")
        if number % (len(said) // PARTS) == 0:
            yield measured(path)


def dragoman(said: Sequence[tuple[str, str]], folder: Path) -> list[int]:
    steps = [step for _, answer in said for step in (PLAN, answer)]
    settings = Settings(home=folder)
    with Assistant(engine=ScriptedModel(steps), settings=settings) as assistant:
        ask = lambda question: assistant.ask(question, thread="x", language="en").text  # noqa: E731 - two of a kind
        return list(grown(ask, said, folder / "threads.sqlite"))


def plain_agent(said: Sequence[tuple[str, str]], folder: Path) -> list[int]:
    path = folder / "agent.sqlite"
    model = ScriptedModel([answer for _, answer in said])
    with SqliteSaver.from_conn_string(str(path)) as saver:
        agent = create_agent(model, tools=[], checkpointer=saver)
        config = {"configurable": {"thread_id": "x"}}

        def ask(question: str) -> str:
            state = agent.invoke({"messages": [{"role": "user", "content": question}]}, config)
            return str(state["messages"][-1].text)

        return list(grown(ask, said, path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=200, help="a multiple of 5")
    parser.add_argument("--bytes", type=int, default=1500)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    half = given.bytes // 2
    said = [(text(n, half, "?"), text(n, half, ".")) for n in range(1, given.turns + 1)]
    found = {}
    for name, run in (("dragoman", dragoman), ("create_agent, SqliteSaver", plain_agent)):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            sizes = run(said, Path(folder))
            found[name] = {"bytes": sizes, "seconds": round(time.perf_counter() - began, 1)}
    if given.json:
        print(json.dumps({"turns": given.turns, "bytes_a_turn": given.bytes, "found": found}))
        return
    steps = [given.turns * part // PARTS for part in range(1, PARTS + 1)]
    print(f"| turns of {given.bytes:,} bytes | {' | '.join(map(str, steps))} | bytes a turn |")
    print(f"|---|{'---:|' * (PARTS + 1)}")
    for name, row in found.items():
        sizes = row["bytes"]
        last = (sizes[-1] - sizes[-2]) // (given.turns // PARTS)
        shown = " | ".join(f"{size / 1000:,.0f} kB" for size in sizes)
        print(f"| {name} | {shown} | {last:,} in the last {given.turns // PARTS} |")


if __name__ == "__main__":
    main()
