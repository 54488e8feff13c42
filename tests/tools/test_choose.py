from __future__ import annotations

import sqlite3

import pytest
from hashed_words import HashedWords

from dragoman.errors import ConfigurationError
from dragoman.memory import Memory
from dragoman.settings import Settings
from dragoman.tools.builtin import builtin_tools
from dragoman.tools.registry import Registry


def names(settings: Settings, memory: Memory | None = None) -> set[str]:
    return {tool.name for tool in builtin_tools(settings, memory=memory)}


@pytest.fixture
def memory(tmp_path):
    with Memory(home=tmp_path / "memory", embedder=HashedWords()) as made:
        yield made


def test_by_default_only_what_computes_or_searches_is_offered(memory):
    computing = {"calculator", "current_time", "read_result"}
    assert names(Settings()) == computing
    assert names(Settings(), memory) == {*computing, "search_documents"}


def test_the_environment_names_the_tools(monkeypatch, tmp_path, memory):
    db = tmp_path / "shop.db"
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE items (id INTEGER)")
    connection.close()
    monkeypatch.setenv(
        "DRAGOMAN_TOOLS",
        "calculator, list_files,read_file,http_get,sql_query,remember,forget,list_facts,calculator",
    )
    monkeypatch.setenv("DRAGOMAN_FILES_ROOT", str(tmp_path))
    monkeypatch.setenv("DRAGOMAN_HTTP_HOSTS", "docs.test,*.example.org")
    monkeypatch.setenv("DRAGOMAN_SQL_URL", f"sqlite:///{db}")
    monkeypatch.setenv("DRAGOMAN_SQL_TABLES", "items")
    settings = Settings()
    assert settings.http_hosts == ("docs.test", "*.example.org")
    assert names(settings, memory) == {
        "calculator", "list_files", "read_file", "http_get", "sql_query", "remember", "forget",
        "list_facts", "read_result",
    }  # fmt: skip


def test_a_file_of_settings_may_hold_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dragoman.toml").write_text('tools = ["calculator"]\n', encoding="utf-8")
    assert names(Settings()) == {"calculator", "read_result"}


def test_no_tools_at_all_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("DRAGOMAN_TOOLS", "")
    assert names(Settings()) == {"read_result"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tools": ("calculatr",)}, "no built-in tool calculatr"),
        ({"tools": ("read_file",)}, "read_file needs a folder"),
        ({"tools": ("http_get",)}, "no hosts"),
        ({"tools": ("sql_query",)}, "not a database URL"),
        ({"tools": ("remember",)}, "remember needs a memory"),
        ({"tools": ("search_documents",)}, "search_documents needs a memory"),
        ({"tools": ("convert",), "rates_file": "none.csv"}, "cannot be used"),
    ],
)
def test_a_tool_without_what_it_needs_is_refused_when_the_assistant_is_made(options, problem):
    with pytest.raises(ConfigurationError, match=problem):
        builtin_tools(Settings(**options))


def test_a_password_is_not_shown_with_the_settings():
    shown = Settings(sql_url="postgresql://reader:hunter2@h/x").model_dump_json()
    assert "hunter2" not in shown


def test_only_what_no_outsider_wrote_is_trusted(memory):
    named = ("calculator", "current_time", "calendar", "holidays", "convert", "search_documents")
    tools = Registry(builtin_tools(Settings(tools=named), memory=memory))
    trusted = {tool.name for tool in tools if tool.trusted}
    assert trusted == {"calculator", "current_time", "calendar", "holidays", "convert"}
    assert {tool.effect for tool in tools} == {"none"}
