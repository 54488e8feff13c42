"""`dragoman ingest --ray`: its options, and what a person without Ray is told."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
pytestmark = pytest.mark.usefixtures("embedder")


def test_workers_without_a_cluster_are_refused(run: Run, handbook: Path) -> None:
    result = run("ingest", "--workers", "2", str(handbook))

    assert result.exit_code == 2
    assert "--ray" in result.stderr


def test_without_ray_the_extra_is_named_and_nothing_is_stored(
    run: Run, handbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    result = run("ingest", "--ray", "local", str(handbook))

    assert result.exit_code == 2
    assert "dragoman[scale]" in result.stderr
    assert json.loads(run("documents", "list", "--json").stdout) == []
