"""The built-in tools by name, and those that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.errors import ConfigurationError
from dragoman.tools.builtin.calculator import calculator
from dragoman.tools.builtin.calendar import holidays, make_calendar
from dragoman.tools.builtin.clock import make_current_time
from dragoman.tools.builtin.convert import make_convert
from dragoman.tools.builtin.documents import make_search_documents
from dragoman.tools.builtin.files import make_list_files, make_read_file
from dragoman.tools.builtin.long_results import read_result
from dragoman.tools.builtin.user_facts import make_forget, make_list_facts, make_remember
from dragoman.tools.calling import current_groups
from dragoman.tools.tool import Tool

if TYPE_CHECKING:
    from dragoman.memory import Memory, Passage
    from dragoman.settings import Settings

DEFAULT = ("calculator", "current_time", "search_documents")
"""What is offered when the settings name nothing.

The others wait to be named: beside `calendar` and `convert`, the 1.5B took the sample store's
questions about dates and prices for theirs.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Needs:
    settings: Settings
    memory: Memory | None
    now: Callable[[], datetime]


def _system_now() -> datetime:
    return datetime.now(UTC)


def builtin_tools(
    settings: Settings,
    *,
    memory: Memory | None = None,
    now: Callable[[], datetime] = _system_now,
) -> list[Tool]:
    """The built-in tools of an assistant.

    `read_result` comes with all others: without long results it has nothing to read, and the
    planner need not be offered it.

    Args:
        settings: ``tools`` names them; ``files_root``, ``http_hosts``, ``sql_url``, ``sql_tables``,
            ``rates_file``, ``country`` and ``timezone`` say what they may reach.
        now: Source of the present moment, aware of its zone.
        memory: Documents and facts; `search_documents` is left out of the default without them.

    Raises:
        ConfigurationError: a name that is no tool, or a tool without what it needs.
        MissingExtraError: a database without its driver.
    """
    needs = _Needs(settings=settings, memory=memory, now=now)
    names = settings.tools if settings.tools is not None else _default(memory)
    if unknown := [name for name in names if name not in _MAKERS]:
        raise ConfigurationError(
            f"There is no built-in tool {', '.join(unknown)}.",
            cure=f"DRAGOMAN_TOOLS may name: {', '.join(_MAKERS)}.",
        )
    return [*(_MAKERS[name](needs) for name in dict.fromkeys(names)), read_result]


def _default(memory: Memory | None) -> Sequence[str]:
    return [name for name in DEFAULT if memory is not None or name != "search_documents"]


def _search_documents(needs: _Needs) -> Tool:
    memory, count = _memory(needs, "search_documents"), needs.settings.passage_count

    def search(query: str) -> list[Passage]:
        groups = current_groups()
        seen = memory if groups is None else memory.seen_by(groups)
        return seen.search(query, k=count)

    return make_search_documents(search)


def _http_get(needs: _Needs) -> Tool:
    from dragoman.tools.builtin.web import make_http_get  # noqa: PLC0415 - only for who asks for it

    return make_http_get(needs.settings.http_hosts)


def _sql_query(needs: _Needs) -> Tool:
    from dragoman.tools.builtin.sql import make_sql_query  # noqa: PLC0415 - only for who asks

    return make_sql_query(
        needs.settings.sql_url.get_secret_value(), tables=needs.settings.sql_tables
    )


def _root(needs: _Needs, name: str) -> Path:
    if needs.settings.files_root is None:
        raise _missing(name, "a folder", "DRAGOMAN_FILES_ROOT")
    return needs.settings.files_root


def _memory(needs: _Needs, name: str) -> Memory:
    if needs.memory is None:
        raise ConfigurationError(
            f"The tool {name} needs a memory.", cure="Give the assistant a Memory."
        )
    return needs.memory


def _missing(name: str, what: str, variable: str) -> ConfigurationError:
    return ConfigurationError(f"The tool {name} needs {what}.", cure=f"Set {variable}.")


_MAKERS: dict[str, Callable[[_Needs], Tool]] = {
    "calculator": lambda _: calculator,
    "current_time": lambda needs: make_current_time(needs.settings.timezone, now=needs.now),
    "calendar": lambda needs: make_calendar(
        needs.settings.timezone, needs.settings.country, now=needs.now
    ),
    "holidays": lambda _: holidays,
    "convert": lambda needs: make_convert(needs.settings.rates_file),
    "search_documents": _search_documents,
    "list_files": lambda needs: make_list_files(_root(needs, "list_files")),
    "read_file": lambda needs: make_read_file(_root(needs, "read_file")),
    "http_get": _http_get,
    "sql_query": _sql_query,
    "remember": lambda needs: make_remember(_memory(needs, "remember").facts),
    "forget": lambda needs: make_forget(_memory(needs, "forget").facts),
    "list_facts": lambda needs: make_list_facts(_memory(needs, "list_facts").facts),
}

NAMES = tuple(_MAKERS)
"""What a setting or a task may name."""
