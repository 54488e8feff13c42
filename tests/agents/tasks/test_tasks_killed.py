"""A run whose process is killed (SIGKILL) again and again, for real: nothing happens twice."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "tasks_kill.py"


def test_each_effect_of_a_killed_run_happens_once_and_its_output_is_the_same():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--kills", "4", "--seed", "3", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    row = json.loads(done.stdout)
    assert row["kills"] >= 4
    assert row["twice"] == row["lost"] == 0
    assert row["once"] == row["effects"]
    assert row["outputs as if not killed"] == row["runs"]
