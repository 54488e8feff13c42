"""`dragoman serve` and `dragoman keys` on the command line."""

from __future__ import annotations

import json

import pytest

from dragoman.models import Engine
from dragoman.serving.http import running
from dragoman.serving.http.keys import Keys
from dragoman.testing import ScriptedModel


def test_key_is_made_listed_and_revoked(run, home) -> None:
    made = run("keys", "create", "--home", str(home), "--tenant", "acme", "--scope", "chat",
               "--scope", "admin", "--name", "intranet", "--json")  # fmt: skip
    key = json.loads(made.stdout)
    assert Keys(home).find(key["key"]).tenant == "acme"
    (listed,) = json.loads(run("keys", "list", "--home", str(home), "--json").stdout)
    assert (listed["id"], listed["scopes"]) == (key["id"], ["chat", "admin"])
    assert "key" not in listed
    assert "intranet" in run("keys", "list", "--home", str(home)).stdout

    assert run("keys", "revoke", key["id"], "--home", str(home)).exit_code == 0

    assert Keys(home).find(key["key"]) is None
    again = run("keys", "revoke", key["id"], "--home", str(home))
    assert (again.exit_code, "DRG-KEY" in again.stderr) == (2, True)


def test_secret_alone_goes_to_standard_output(run, home) -> None:
    made = run("keys", "create", "--home", str(home), "--tenant", "acme")
    assert Keys(home).find(made.stdout.strip()) is not None
    assert "not shown again" in made.stderr


def test_server_refuses_an_address_for_others_without_a_key(run, home) -> None:
    result = run("serve", "--home", str(home), "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "dragoman keys create" in result.stderr


def test_address_that_is_taken_is_named(run, home) -> None:
    with running.bind("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", "--home", str(home), "--port", port)
    assert result.exit_code == 2
    assert port in result.stderr


@pytest.mark.parametrize("keys", [0, 1])
def test_server_is_begun_with_the_engine_connected(
    run, home, script, monkeypatch, keys: int
) -> None:
    seen = []
    monkeypatch.setattr(running, "serve", lambda app, listening: seen.append(app))
    monkeypatch.setattr("dragoman.agents.deployment.connect", _connect)
    for _ in range(keys):
        Keys(home).create("acme")
    result = run("serve", "--home", str(home), "--port", "0")
    assert result.exit_code == 0, result.stderr
    assert "Serving at http://127.0.0.1:" in result.stderr
    assert ("No API keys" in result.stderr) is (keys == 0)
    assert seen[0].state.service.access.open_to_all is (keys == 0)


async def _connect(*_: object, **__: object) -> Engine:
    return Engine.of(ScriptedModel())
