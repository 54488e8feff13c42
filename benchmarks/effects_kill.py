"""Kill a process again and again while it acts on the world, and count what it did.

A plan of three calls runs in a process of its own, which is killed (SIGKILL) at a boundary of one
of them and started again, one to three times, until it ends. Each call appends a line to a file.

    python benchmarks/effects_kill.py --kills 150 --seed 7 --log benchmarks/effects_kill.jsonl

The log has a line for each turn: where it was killed, which effects happened (number of the call
and key), and what each call answered in the end.

Three kinds of tool are compared: `keyed` (effect="once", hands the ledger's key to a service that
does nothing twice under one key, as payment services do), `unkeyed` (effect="once", the service
takes no key) and `unguarded` (no ledger: what a framework does that simply runs the node again).
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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiosqlite

from dragoman.tools import Call, Tool, tool
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Entry, Ledger, effect_key
from dragoman.tools.registry import Registry

KINDS = ("keyed", "unkeyed", "unguarded")
GUARDED = ("before the record", "before the effect", "after the effect", "after the record")
UNGUARDED = ("before the effect", "after the effect")
TEXTS = ("退款 12.000 元", "إرسال البريد", "注文を取り消す")
THREAD, TURN = "default/kill", "turn"
PATIENCE_SECONDS = 60


def call_id(number: int) -> str:
    return f"1.{number}"


def key_of(number: int) -> str:
    return effect_key(THREAD, TURN, call_id(number), "act")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One run of the plan, up to the point where it is killed."""

    folder: Path
    kind: str
    stop: tuple[int, str] | None
    """Number of the call and boundary at which the process is killed; ``None`` lets it end."""


class WatchedLedger(Ledger):
    """A ledger that says when a boundary is reached."""

    reached: Callable[[str, str], None]

    async def begin(
        self, key: str, thread: str, tool: str, arguments: Mapping[str, Any]
    ) -> Entry | None:
        self.reached(key, "before the record")
        return await super().begin(key, thread, tool, arguments)

    async def finish(self, key: str, state: Any, result: Any) -> None:
        await super().finish(key, state, result)
        self.reached(key, "after the record")


def act_tool(attempt: Attempt, reached: Callable[[str, str], None]) -> Tool:
    """The tool of one kind; its effect is a line ``number key`` in the folder's file."""
    path = attempt.folder / "effects.txt"

    def act_now(number: int, key: str) -> str:
        reached(key_of(number), "before the effect")
        known = path.read_text(encoding="utf-8").split() if path.exists() else []
        if not (attempt.kind == "keyed" and key in known):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{number} {key or '-'}\n")
        reached(key_of(number), "after the effect")
        return f"done {TEXTS[number]}"

    if attempt.kind == "keyed":

        @tool(effect="once", idempotency_key="key", timeout=PATIENCE_SECONDS)
        def act(number: int, key: str) -> str:
            """Append one line, once for each key."""
            return act_now(number, key)

        return act

    @tool(
        name="act",
        effect="once" if attempt.kind == "unkeyed" else "idempotent",
        timeout=PATIENCE_SECONDS,
    )
    def act_blindly(number: int) -> str:
        """Append one line."""
        return act_now(number, "")

    return act_blindly


async def run_plan(attempt: Attempt, reached: Callable[[str, str], None]) -> list[str]:
    """The observations of the whole plan."""
    connection = await aiosqlite.connect(attempt.folder / "threads.sqlite")
    try:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        ledger = WatchedLedger(connection)
        ledger.reached = reached
        await ledger.setup()
        executor = Executor(
            registry=Registry([act_tool(attempt, reached)]),
            ledger=ledger,
            thread=THREAD,
            turn=TURN,
            default_seconds=PATIENCE_SECONDS,
        )
        done = [
            await executor.run_one(
                Call(id=call_id(number), tool="act", arguments={"number": number})
            )
            for number in range(len(TEXTS))
        ]
        return [call.observation() for call in done]
    finally:
        await connection.close()


def child(attempt: Attempt, pipe: Connection) -> None:
    """Run the plan; at the boundary say so and wait to be killed."""

    def reached(key: str, boundary: str) -> None:
        if attempt.stop and (key, boundary) == (key_of(attempt.stop[0]), attempt.stop[1]):
            pipe.send(None)
            threading.Event().wait()

    pipe.send(asyncio.run(run_plan(attempt, reached)))


@dataclass(kw_only=True, slots=True)
class Tally:
    """What became of the calls of one kind."""

    turns: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    once: int = 0
    twice: int = 0
    asked: int = 0
    """Calls that ended with a person being asked; they happened once or not at all."""
    lost: int = 0
    """Calls that did not happen though nobody was told."""
    same: int = 0
    """Turns whose observations are those of a turn that nobody killed."""

    def count(self, effects: list[str], observations: list[str]) -> None:
        happened = Counter(int(line.split()[0]) for line in effects)
        self.turns += 1
        self.same += observations == [f"done {text}" for text in TEXTS]
        for number, seen in enumerate(observations):
            is_asked = "a person must check" in seen
            self.asked += is_asked
            self.once += happened[number] == 1
            self.twice += happened[number] > 1
            self.lost += happened[number] == 0 and not is_asked


def play(kind: str, stops: list[tuple[int, str]], tally: Tally) -> dict[str, Any]:
    """One turn: killed at each of `stops` in turn, then left to end; what happened, for the log."""
    killed: list[str] = []
    observations: list[str] | None = None
    context = multiprocessing.get_context("forkserver")
    with tempfile.TemporaryDirectory(prefix="effects-kill-") as name:
        folder = Path(name)
        for stop in [*stops, None]:
            here, there = context.Pipe(duplex=False)
            attempt = Attempt(folder=folder, kind=kind, stop=stop)
            process = context.Process(target=child, args=(attempt, there), daemon=True)
            process.start()
            there.close()
            observations = here.recv() if here.poll(PATIENCE_SECONDS) else None
            process.kill()
            process.join()
            if observations is not None:
                break  # it ended: its stop lay in a call that was already done
            if stop is None:
                sys.exit("The last attempt did not end.")
            tally.kills[stop[1]] += 1
            killed.append(f"call {stop[0]}: {stop[1]}")
        assert observations is not None
        effects = (folder / "effects.txt").read_text(encoding="utf-8").splitlines()
    tally.count(effects, observations)
    return {"kind": kind, "killed": killed, "effects": effects, "answers": observations}


def planned_stops(kind: str, randomness: random.Random) -> list[tuple[int, str]]:
    """Where one turn is killed, in the order of the plan; a call may be hit again on its retry."""
    boundaries = UNGUARDED if kind == "unguarded" else GUARDED
    numbers = sorted(randomness.choices(range(len(TEXTS)), k=randomness.randint(1, 3)))
    return [(number, randomness.choice(boundaries)) for number in numbers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=150, help="kills at least, over all kinds")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", action="store_true", help="each boundary once, no random ones")
    parser.add_argument("--log", type=Path, help="write a line of JSON for each turn there")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["dragoman.tools.execute", "aiosqlite"]
    )
    tallies = {kind: Tally() for kind in KINDS}
    log: list[dict[str, Any]] = []
    if arguments.each:
        for kind in KINDS:
            boundaries = UNGUARDED if kind == "unguarded" else GUARDED
            log += [play(kind, [(1, boundary)], tallies[kind]) for boundary in boundaries]
    else:
        randomness = random.Random(arguments.seed)
        while sum(tally.kills.total() for tally in tallies.values()) < arguments.kills:
            for kind, tally in tallies.items():
                log.append(play(kind, planned_stops(kind, randomness), tally))
    if arguments.log:
        lines = (json.dumps({"seed": arguments.seed, **turn}, ensure_ascii=False) for turn in log)
        arguments.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = {kind: as_row(tally) for kind, tally in tallies.items()}
    if arguments.json:
        print(json.dumps(rows))
        return
    print(f"| seed {arguments.seed} | {' | '.join(KINDS)} |\n|---|{'---:|' * len(KINDS)}")
    for name in rows["keyed"]:
        print(f"| {name} | {' | '.join(str(rows[kind][name]) for kind in KINDS)} |")


def as_row(tally: Tally) -> dict[str, int]:
    return {
        "turns": tally.turns,
        "calls": tally.turns * len(TEXTS),
        "kills": tally.kills.total(),
        **{f"killed {boundary}": tally.kills[boundary] for boundary in GUARDED},
        "once": tally.once,
        "twice": tally.twice,
        "a person is asked": tally.asked,
        "lost": tally.lost,
        "turns as if not killed": tally.same,
    }


if __name__ == "__main__":
    main()
