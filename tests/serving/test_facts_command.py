from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.memory import Memory

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("embedder")


@pytest.fixture
def known(home: Path) -> dict[str, str]:
    """Ids of three facts by their text."""
    with Memory(home=home) as memory:
        made = [
            memory.facts.remember("user-7", "존댓말을 선호합니다"),
            memory.facts.remember("user-7", "is allergic to nuts", ttl=timedelta(days=400)),
            memory.facts.remember("user-8", "يفضل العربية", origin="operator"),
        ]
    return {fact.text: fact.id for fact in made}


def texts(run: Run, *options: str) -> list[str]:
    return [fact["text"] for fact in json.loads(run("facts", "list", "--json", *options).stdout)]


def test_facts_are_listed_in_the_words_they_were_told_in(run: Run, known: dict[str, str]) -> None:
    shown = run("facts", "list").stdout
    assert all(text in shown for text in known)
    assert "operator" in shown
    assert "always" in shown


def test_facts_about_one_person_are_listed(run: Run, known: dict[str, str]) -> None:
    assert texts(run, "--subject", "user-8") == ["يفضل العربية"]


def test_fact_as_json_has_these_fields(run: Run, known: dict[str, str]) -> None:
    fact = json.loads(run("facts", "list", "--json").stdout)[0]
    assert list(fact) == [
        "id",
        "subject",
        "text",
        "origin",
        "thread",
        "trust",
        "stored_at",
        "expires_at",
    ]


def test_one_fact_is_forgotten_by_the_beginning_of_its_id(run: Run, known: dict[str, str]) -> None:
    fact_id = known["is allergic to nuts"]
    assert json.loads(run("facts", "delete", "--json", fact_id[:12]).stdout) == {
        "deleted": [fact_id]
    }
    assert texts(run) == ["존댓말을 선호합니다", "يفضل العربية"]


def test_all_about_a_person_is_erased(run: Run, known: dict[str, str]) -> None:
    assert "2 facts" in run("facts", "delete", "--subject", "user-7").stdout
    assert texts(run) == ["يفضل العربية"]


def test_mistyped_id_forgets_nothing(run: Run, known: dict[str, str]) -> None:
    done = run("facts", "delete", known["يفضل العربية"], "ffffffff")
    assert done.exit_code == 2
    assert "DRG-FACT-MISSING" in done.stderr
    assert len(texts(run)) == 3


@pytest.mark.parametrize("arguments", [[], ["ffffffff", "--subject", "user-7"]])
def test_what_to_forget_must_be_said_in_one_way(
    run: Run, known: dict[str, str], arguments: list[str]
) -> None:
    assert "DRG-INPUT" in run("facts", "delete", *arguments).stderr
    assert len(texts(run)) == 3


def test_nothing_known_is_said(run: Run) -> None:
    assert "Nothing is known" in run("facts", "list").stderr
    assert json.loads(run("facts", "list", "--json").stdout) == []


def test_facts_of_another_tenant_are_not_seen(run: Run, known: dict[str, str]) -> None:
    assert texts(run, "--tenant", "other") == []
