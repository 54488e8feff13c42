from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("embedder")


@pytest.fixture
def filled(run: Run, handbook: Path) -> Path:
    """The handbook, with an Arabic page, taken in."""
    (handbook / "returns.ar.md").write_text("# الإرجاع\n\nخلال ثلاثين يوما من الاستلام.\n", "utf-8")
    assert run("ingest", str(handbook)).exit_code == 0
    return handbook


def listed(run: Run, *options: str) -> list[str]:
    return [d["source"] for d in json.loads(run("documents", "list", "--json", *options).stdout)]


def test_documents_are_listed_with_title_and_language(run: Run, filled: Path) -> None:
    shown = run("documents", "list").stdout
    assert "handbook/warranty.md" in shown
    assert "Garantie" in shown
    assert "العربية" in shown


def test_list_as_json_has_these_fields(run: Run, filled: Path) -> None:
    found = json.loads(run("documents", "list", "--json").stdout)
    assert list(found[0]) == [
        "document_id",
        "source",
        "title",
        "language",
        "hash",
        "characters",
        "passages",
        "stored_at",
        "notes",
        "metadata",
        "groups",
    ]


def test_list_of_an_empty_memory_says_how_to_fill_it(run: Run) -> None:
    done = run("documents", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "dragoman ingest" in done.stderr
    assert json.loads(run("documents", "list", "--json").stdout) == []


@pytest.mark.parametrize("by", ["source", "document_id"])
def test_document_is_shown_by_source_or_id(run: Run, filled: Path, by: str) -> None:
    listing = json.loads(run("documents", "list", "--json").stdout)
    [arabic] = [d for d in listing if d["language"] == "ar"]
    shown = json.loads(run("documents", "show", "--json", arabic[by]).stdout)
    assert shown == {**arabic, "text": "# الإرجاع\n\nخلال ثلاثين يوما من الاستلام.\n"}
    assert "خلال ثلاثين يوما" in run("documents", "show", arabic[by]).stdout


def test_long_document_is_cut_unless_its_text_is_wanted(run: Run, handbook: Path) -> None:
    (handbook / "long.txt").write_text("word " * 400 + "end")
    run("ingest", str(handbook))
    assert "end" not in run("documents", "show", "handbook/long.txt").stdout.split()
    assert "end" in run("documents", "show", "--text", "handbook/long.txt").stdout.split()


def test_deleted_document_is_found_no_longer(run: Run, filled: Path) -> None:
    done = run("documents", "delete", "--json", "handbook/returns.md", "handbook/warranty.md")
    assert [d["source"] for d in json.loads(done.stdout)["deleted"]] == [
        "handbook/returns.md",
        "handbook/warranty.md",
    ]
    assert listed(run) == ["handbook/returns.ar.md"]
    found = json.loads(run("search", "--json", "Garantie zwei Jahre").stdout)
    assert {passage["source"] for passage in found} == {"handbook/returns.ar.md"}


def test_mistyped_name_deletes_nothing(run: Run, filled: Path) -> None:
    done = run("documents", "delete", "handbook/returns.md", "handbook/nothing.md")
    assert done.exit_code == 2
    assert "DRG-DOCUMENT-MISSING" in done.stderr
    assert len(listed(run)) == 3


def test_source_of_two_documents_asks_for_the_id(run: Run, filled: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "handbook"
    other.mkdir(parents=True)
    (other / "returns.md").write_text("something else")
    run("ingest", str(other))
    done = run("documents", "show", "handbook/returns.md")
    assert done.exit_code == 2
    assert done.stderr.count("returns.md-") == 2


def test_documents_of_another_tenant_are_not_seen(run: Run, filled: Path) -> None:
    assert listed(run, "--tenant", "other") == []
    done = run("documents", "show", "--tenant", "other", "handbook/returns.md")
    assert "DRG-DOCUMENT-MISSING" in done.stderr


def test_closed_documents_are_shown_to_their_group_only(run: Run, handbook: Path) -> None:
    assert run("ingest", str(handbook / "returns.md"), "--group", "support").exit_code == 0
    assert run("ingest", str(handbook)).exit_code == 0
    assert listed(run) == ["handbook/warranty.md", "returns.md"]
    assert listed(run, "--public") == ["handbook/warranty.md"]
    assert listed(run, "--group", "support") == ["handbook/warranty.md", "returns.md"]
    assert "support" in run("documents", "list").stdout
    for command in (("documents", "show", "returns.md"), ("search", "Products returned")):
        assert "30 days" in run(*command, "--group", "support").stdout
        assert "30 days" not in run(*command, "--group", "sales").stdout
        assert "30 days" not in run(*command, "--public").stdout
    assert run("documents", "show", "returns.md", "--public").exit_code != 0


def test_an_ingest_can_open_what_was_closed(run: Run, handbook: Path) -> None:
    run("ingest", str(handbook), "--group", "support", "--group", "sales")
    assert listed(run, "--public") == []
    opened = run("ingest", str(handbook), "--everyone")
    assert "2 for other groups than before" in opened.stdout
    assert len(listed(run, "--public")) == 2
    refused = run("ingest", str(handbook), "--everyone", "--group", "support")
    assert "exclude each other" in refused.stderr
    assert run("search", "x", "--group", "{$ne:1}").exit_code != 0
