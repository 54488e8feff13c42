"""`dragoman watch` takes folders in, says what changed, and ends without a word of alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.errors import DiskFullError
from dragoman.memory.watch import FolderWatch

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("embedder")


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens between the first ingest and the ones after it, and then Ctrl-C."""
    steps: list[Callable[[], object]] = []

    def run(watch: FolderWatch) -> None:
        watch._ingest()
        for step in steps:
            step()
            watch._ingest()
        raise KeyboardInterrupt

    monkeypatch.setattr(FolderWatch, "run", run)
    return steps


def test_what_changed_is_said_and_an_interrupt_is_a_good_end(
    run: Run, handbook: Path, rounds: list[Callable[[], object]]
) -> None:
    rounds += [lambda: None, (handbook / "returns.md").unlink]
    done = run("watch", str(handbook))
    assert done.exit_code == 0
    assert [line.split(".")[0] for line in done.stdout.splitlines()] == [
        "Documents: 2 added",
        "Documents: 1 unchanged, 1 removed",
    ]
    assert "No longer watching" in done.stderr


def test_programs_read_a_line_for_each_ingest(
    run: Run, handbook: Path, rounds: list[Callable[[], object]]
) -> None:
    rounds.append((handbook / "returns.md").unlink)
    lines = run("watch", "--json", str(handbook)).stdout.splitlines()
    assert [json.loads(line)["removed"] for line in lines] == [0, 1]


def test_a_file_that_stays_unreadable_is_named_once(
    run: Run, handbook: Path, rounds: list[Callable[[], object]]
) -> None:
    rounds += [lambda: (handbook / "bad.json").write_text("{"), lambda: None]
    assert run("watch", str(handbook)).stderr.count("bad.json") == 1


def test_what_hinders_an_ingest_is_said_with_its_cure(
    run: Run,
    handbook: Path,
    rounds: list[Callable[[], object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise DiskFullError("No room.", cure="Free some space.")

    monkeypatch.setattr("dragoman.memory.memory.Memory.ingest", full)
    done = run("watch", str(handbook))
    assert done.exit_code == 0
    assert "Free some space." in done.stderr
    assert "tried again" in done.stderr


def test_a_missing_folder_is_a_coded_error(run: Run, tmp_path: Path) -> None:
    done = run("watch", str(tmp_path / "missing"))
    assert done.exit_code != 0
    assert "There is no folder" in done.stderr
