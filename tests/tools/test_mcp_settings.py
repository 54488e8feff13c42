"""What the settings allow the tools of MCP servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from dragoman.errors import ConfigurationError
from dragoman.settings import McpPermission, McpServer, McpSettings, Settings
from dragoman.tools.mcp.transport import expanded

TOML = """
[mcp.servers.files]
command = "files-server"
args = ["--root", "/srv"]
env = { KEY = "${FILES_KEY}" }
allow = ["read", "write"]

[mcp.servers.files.tools.read]
effect = "none"
timeout = 5

[mcp.servers.files.tools.write]
idempotency_key = "key"

[mcp.servers.crm]
url = "https://crm.example/mcp"
headers = { Authorization = "Bearer secret-word" }
optional = true
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("dragoman.toml").write_text(TOML, encoding="utf-8")
    return Settings()


def test_servers_are_read_from_the_file(settings):
    files, crm = settings.mcp.servers["files"], settings.mcp.servers["crm"]
    assert (files.command, files.args) == ("files-server", ("--root", "/srv"))
    assert files.tools["read"].timeout == 5
    assert crm.optional


def test_secrets_are_not_shown_with_the_settings(settings):
    assert "secret-word" not in str(settings.model_dump(mode="json"))
    assert "secret-word" not in repr(settings)
    assert expanded(settings.mcp.servers["crm"].headers) == {"Authorization": "Bearer secret-word"}


def test_variables_come_from_our_environment_or_are_missed(settings, monkeypatch):
    with pytest.raises(ConfigurationError, match="FILES_KEY, which is not set"):
        expanded(settings.mcp.servers["files"].env)
    monkeypatch.setenv("FILES_KEY", "k1")
    assert expanded(settings.mcp.servers["files"].env) == {"KEY": "k1"}


@pytest.mark.parametrize(
    ("permission", "asks"),
    [
        ({}, True),
        ({"effect": "idempotent"}, True),
        ({"effect": "none"}, False),
        ({"effect": "none", "approval": True}, True),
        ({"effect": "once", "approval": False}, False),
    ],
)
def test_a_person_is_asked_unless_the_settings_say_that_nothing_happens(permission, asks):
    assert McpPermission(**permission).asks is asks


def test_undeclared_tool_is_of_the_gravest_kind():
    assert (McpPermission().effect, McpPermission().trusted) == ("once", False)


def test_reading_only_keeps_what_is_declared_to_read(settings):
    kept = settings.mcp.reading_only().servers
    assert {name: server.allow for name, server in kept.items()} == {"files": ("read",)}


@pytest.mark.parametrize(
    "server",
    [
        {},
        {"command": "a", "url": "https://b"},
        {"url": "ftp://b"},
        {"url": "https://"},
        {"url": "http://crm.example/mcp", "headers": {"Authorization": "x"}},
        {"command": "a", "tools": {"t": {"effect": "twice"}}},
        {"command": "a", "tools": {"t": {"timeout": 0}}},
        {"command": "a", "surprise": 1},
    ],
)
def test_server_that_makes_no_sense_is_refused(server):
    with pytest.raises(ValidationError):
        McpServer.model_validate(server)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "1a", "a__b", "名", "a" * 31])
def test_name_of_a_server_that_cannot_begin_a_tools_name_is_refused(name):
    with pytest.raises(ValidationError):
        McpSettings.model_validate({"servers": {name: {"command": "a"}}})
