"""The kill log that is shown: it is of at least 100 kills, and docs/tools.md says what is in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("keyed", "unkeyed", "unguarded")


def turns(kind: str) -> list[dict]:
    lines = (ROOT / "benchmarks" / "effects_kill.jsonl").read_text(encoding="utf-8").splitlines()
    return [turn for turn in map(json.loads, lines) if turn["kind"] == kind]


def counted(kind: str) -> dict[str, int]:
    """The rows of the page's table, from the log."""
    found = turns(kind)
    killed = Counter(stop.split(": ")[1] for turn in found for stop in turn["killed"])
    calls = [
        (Counter(line.split()[0] for line in turn["effects"])[str(number)], answer)
        for turn in found
        for number, answer in enumerate(turn["answers"])
    ]
    asked = [answer for _, answer in calls if "a person must check" in answer]
    return {
        "turns": len(found),
        "calls": len(calls),
        "kills": killed.total(),
        "before the record": killed["before the record"],
        "before the effect": killed["before the effect"],
        "after the effect": killed["after the effect"],
        "after the record": killed["after the record"],
        "happened exactly once": sum(count == 1 for count, _ in calls),
        "happened twice or more": sum(count > 1 for count, _ in calls),
        "a person is asked": len(asked),
        "neither happened nor reported": sum(
            count == 0 and answer not in asked for count, answer in calls
        ),
        "answers as if nobody had killed it": sum(
            all(answer.startswith("done ") for answer in turn["answers"]) for turn in found
        ),
    }


def test_the_page_shows_the_log() -> None:
    page = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8").replace("*", "")
    rows = {
        name.removeprefix("killed "): [int(cell) for cell in cells.split("|")]
        for name, cells in re.findall(r"^\| ([\w ]+?) \| ((?:\d+ \| )+\d+) \|$", page, re.MULTILINE)
    }
    wanted = [counted(kind) for kind in KINDS]
    assert {name: rows.get(name) for name in wanted[0]} == {
        name: [row[name] for row in wanted] for name in wanted[0]
    }


def test_it_is_of_a_hundred_kills_and_no_guarded_effect_happened_twice() -> None:
    assert sum(counted(kind)["kills"] for kind in KINDS) >= 100
    assert all(counted(kind)["happened twice or more"] == 0 for kind in ("keyed", "unkeyed"))
    keyed = counted("keyed")
    assert keyed["happened exactly once"] == keyed["calls"]
    assert keyed["answers as if nobody had killed it"] == keyed["turns"]
