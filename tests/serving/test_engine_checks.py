"""`dragoman models bench` and `check`: what they print, and that no other engine steps in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

import dragoman.models.bench
import dragoman.models.check
import dragoman.models.connect
from dragoman.models import Engine
from dragoman.models.bench import BenchReport
from dragoman.models.check import Finding, ScoreCard
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

Run = Callable[..., Result]

REPORT = BenchReport(
    engine="custom:it",
    load_seconds=1.25,
    prefix_tokens=612,
    cold_first_token=4.0,
    warm_first_token=0.11,
    cached_tokens=600,
    prefill_rate=153.0,
    decode_rate=20.0,
    schema_decode_rate=16.0,
    schema_first_token=0.2,
    memory_bytes=1_200_000_000,
)
CARD = ScoreCard(
    engine="custom:it",
    sees=False,
    findings=(
        Finding(part="language", task="ja", ok=True, said="はい"),
        Finding(part="language", task="ar", ok=False, said="yes"),
    ),
)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that engines were connected with."""
    seen: list[Settings] = []

    async def connect(spec: str, settings: Settings) -> Engine:
        seen.append(settings)
        return Engine.of(ScriptedModel())

    async def bench(engine: Engine, **_: Any) -> BenchReport:
        return REPORT

    async def check(engine: Engine, *, report: Callable[[Finding], None]) -> ScoreCard:
        for finding in CARD.findings:
            report(finding)
        return CARD

    monkeypatch.setattr(dragoman.models.connect, "connect", connect)
    monkeypatch.setattr(dragoman.models.bench, "bench", bench)
    monkeypatch.setattr(dragoman.models.check, "check", check)
    return seen


@pytest.mark.usefixtures("connected")
def test_bench_prints_its_figures_with_their_units(run: Run) -> None:
    shown = run("models", "bench", "embedded:it").stdout
    for words in ("4.00 s for 612 tokens", "0.11 s, 600 tokens from the cache", "153 tokens/s"):
        assert words in shown
    assert "16.0 tokens/s (+25% time a token)" in shown.replace("\n", " ")
    assert "1.2 GB" in shown


@pytest.mark.usefixtures("connected")
def test_bench_and_check_speak_json(run: Run) -> None:
    assert json.loads(run("models", "bench", "e:it", "--json").stdout)["schema_overhead"] == 0.25
    card = json.loads(run("models", "check", "e:it", "--json").stdout)
    assert card["good_for"] == []
    assert card["findings"][1]["said"] == "yes"


@pytest.mark.usefixtures("connected")
def test_check_prints_what_went_wrong_and_a_verdict(run: Run) -> None:
    done = run("models", "check", "e:it")
    assert "1 of 2" in done.stdout
    assert "not tried" in done.stdout
    assert "take a larger model" in done.stdout
    assert "✗ language: ar" in done.stderr


def test_the_engine_that_is_measured_has_no_stand_in(
    run: Run, connected: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_FALLBACK_ENGINES", '["embedded:other"]')
    monkeypatch.setenv("DRAGOMAN_PLANNER_ENGINE", "embedded:other")
    run("models", "bench", "e:it")
    (settings,) = connected
    assert (settings.fallback_engines, settings.planner_engine) == ((), "")


def test_an_engine_that_is_not_there_keeps_its_code(run: Run) -> None:
    done = run("models", "bench", "embedded:qwen3.5:2b")
    assert done.exit_code == 4
    assert "DRG-MODEL-MISSING" in done.stderr
