"""A process that is killed (SIGKILL) while it acts, for real: nothing happens twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "effects_kill.py"


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, int]]:
    """The benchmark's table for one kill at each boundary."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--each", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def test_a_keyed_effect_happens_exactly_once_wherever_the_process_is_killed(rows):
    keyed = rows["keyed"]
    assert keyed["kills"] == 4
    assert keyed["once"] == keyed["calls"] == 12
    assert keyed["turns as if not killed"] == keyed["turns"]


def test_an_unkeyed_effect_never_happens_twice_and_a_person_is_asked_when_nobody_knows(rows):
    unkeyed = rows["unkeyed"]
    assert unkeyed["kills"] == 4
    assert unkeyed["twice"] == unkeyed["lost"] == 0
    # Killed after its record was begun and before it was ended, on either side of the effect.
    assert unkeyed["a person is asked"] == 2
    assert unkeyed["once"] == unkeyed["calls"] - 1


def test_the_same_kills_without_a_ledger_do_repeat_effects(rows):
    assert rows["unguarded"]["twice"] > 0
