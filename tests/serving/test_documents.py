from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.memory import IngestProgress
from dragoman.models import Engine
from dragoman.models.images import plain_picture
from dragoman.ownership import Ownership
from dragoman.serving.bars import pace
from dragoman.testing import ScriptedModel

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("embedder")


def test_second_ingest_finds_nothing_to_do(run: Run, handbook: Path) -> None:
    first = json.loads(run("ingest", "--json", str(handbook)).stdout)
    second = json.loads(run("ingest", "--json", str(handbook)).stdout)
    assert (first["added"], first["unchanged"]) == (2, 0)
    assert (second["added"], second["unchanged"]) == (0, 2)


def test_people_read_what_an_ingest_did(run: Run, handbook: Path) -> None:
    assert "2 added" in run("ingest", str(handbook)).stdout


def test_unreadable_document_is_named_and_the_rest_is_taken_in(run: Run, handbook: Path) -> None:
    (handbook / "broken.pdf").write_bytes(b"%PDF-1.4 this is no PDF")
    done = run("ingest", str(handbook))
    assert done.exit_code == 2
    assert "broken.pdf" in done.stderr
    found = json.loads(run("search", "--json", "returned within 30 days").stdout)
    assert found[0]["source"] == "handbook/returns.md"


def test_missing_path_is_a_coded_error_and_nothing_is_taken_in(run: Run, handbook: Path) -> None:
    done = run("ingest", str(handbook), str(handbook / "nothing"))
    assert done.exit_code == 2
    assert "DRG-INPUT" in done.stderr
    assert json.loads(run("search", "--json", "returned").stdout) == []


def test_search_shows_place_and_text(run: Run, handbook: Path) -> None:
    run("ingest", str(handbook))
    done = run("search", "-k", "1", "Garantie zwei Jahre")
    assert "handbook/warranty.md" in done.stdout
    assert "Die Garantie gilt zwei Jahre." in done.stdout


def test_search_in_an_empty_memory_says_how_to_fill_it(run: Run) -> None:
    done = run("search", "anything")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "dragoman ingest" in done.stderr


def test_tenants_do_not_see_each_other(run: Run, handbook: Path) -> None:
    run("ingest", "--tenant", "acme", str(handbook))
    assert json.loads(run("search", "--json", "--tenant", "other", "Garantie").stdout) == []
    assert json.loads(run("search", "--json", "--tenant", "acme", "Garantie").stdout) != []


def test_tenant_that_is_no_identifier_is_a_coded_error(run: Run) -> None:
    done = run("search", "--tenant", "../other", "Garantie")
    assert done.exit_code == 2
    assert "DRG-TENANT" in done.stderr


def test_home_option_wins_over_the_environment(run: Run, handbook: Path, tmp_path: Path) -> None:
    run("ingest", "--home", str(tmp_path / "elsewhere"), str(handbook))
    assert json.loads(run("search", "--json", "Garantie").stdout) == []


def test_folder_that_another_process_owns_is_a_coded_error(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ownership(home):
        # Forgetting that this process holds the lock makes it look like another one's.
        monkeypatch.setattr(Ownership, "_held", {})
        done = run("search", "Garantie")
        monkeypatch.undo()
    assert done.exit_code == 5
    assert "DRG-HOME-LOCKED" in done.stderr


def test_people_read_what_was_left_out(run: Run, handbook: Path) -> None:
    (handbook / "copy.md").write_bytes((handbook / "returns.md").read_bytes())
    done = run("ingest", str(handbook))
    assert "1 duplicates" in done.stdout
    assert "handbook/returns.md: the same as handbook/copy.md" in done.stderr


def test_report_as_json_has_these_fields(run: Run, handbook: Path) -> None:
    assert list(json.loads(run("ingest", "--json", str(handbook)).stdout)) == [
        "added",
        "changed",
        "unchanged",
        "removed",
        "failed",
        "skipped",
        "passages",
        "notes",
        "needs_ocr",
        "duplicates",
        "boilerplate_lines",
        "repeated_passages",
        "regrouped",
    ]


@pytest.mark.parametrize(
    ("rate", "left", "shown"),
    [
        (0.0, None, ""),
        (4.25, None, "4.2 passages/s"),
        (2.0, 3725.0, "2.0 passages/s, 1:02:05 left"),
    ],
)
def test_bar_shows_rate_and_time_left(rate: float, left: float | None, shown: str) -> None:
    progress = IngestProgress(
        done_files=1,
        total_files=2,
        current="a.md",
        passages=3,
        passages_per_second=rate,
        seconds_left=left,
    )
    assert pace(progress) == shown


def test_images_are_read_by_an_engine_with_vision(
    run: Run, embedder: None, script: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(["Antrag auf Rückgabe E-551"])
    engine = Engine.of(model)

    async def connect(*_: object, **__: object) -> Engine:
        return engine

    monkeypatch.setattr("dragoman.models.connect.connect", connect)
    photo = tmp_path / "photo.png"
    photo.write_bytes(plain_picture((200, 200, 200)))
    done = run("ingest", str(photo), "--describe-images", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["added"] == 1
    assert "read from an image by a model" in done.stdout


def test_images_are_refused_by_an_engine_without_vision(
    run: Run, embedder: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = replace(Engine.of(ScriptedModel([])), capabilities=frozenset({"completion"}))

    async def connect(*_: object, **__: object) -> Engine:
        return blind

    monkeypatch.setattr("dragoman.models.connect.connect", connect)
    photo = tmp_path / "photo.png"
    photo.write_bytes(plain_picture((200, 200, 200)))
    done = run("ingest", str(photo), "--describe-images")
    assert done.exit_code == 3
    assert "DRG-ENGINE-UNSUPPORTED" in done.stderr
