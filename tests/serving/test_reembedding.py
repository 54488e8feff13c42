import json

import pytest
from hashed_words import HashedWords, OtherWords

import dragoman.memory.attachment


@pytest.fixture(autouse=True)
def _embedders(monkeypatch):
    known = {kind.spec: kind() for kind in (HashedWords, OtherWords)}
    monkeypatch.setattr(
        dragoman.memory.attachment,
        "connect_embedder",
        lambda spec, _: known.get(spec, known[HashedWords.spec]),
    )


def test_a_memory_is_given_to_another_embedder(run, handbook, monkeypatch):
    assert run("ingest", str(handbook)).exit_code == 0
    monkeypatch.setenv("DRAGOMAN_EMBEDDER", OtherWords.spec)
    refused = run("search", "returns")
    assert refused.exit_code == 5
    assert f"dragoman reembed --to {OtherWords.spec}" in refused.stderr
    done = run("reembed", "--to", OtherWords.spec, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "before": HashedWords.spec,
        "after": OtherWords.spec,
        "passages": 2,
        "resumed": 0,
    }
    assert "30 days" in run("search", "returns").stdout


def test_an_empty_memory_is_named(run):
    refused = run("reembed", "--to", OtherWords.spec)
    assert refused.exit_code == 2
    assert "empty" in refused.stderr
