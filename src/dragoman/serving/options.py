"""Options that many commands share, and the settings and texts that come of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.errors import BrokenTextError, ConfigurationError
from dragoman.serving.failures import AS_JSON

if TYPE_CHECKING:
    from dragoman.agents.spec import AgentSpec
    from dragoman.settings import Settings


def _remember_json(ctx: typer.Context, value: bool) -> bool:
    if value:
        ctx.meta[AS_JSON] = True
    return value


def checked_text(text: str | None) -> str | None:
    """The text of an argument.

    Raises:
        BrokenTextError: the argument was not valid UTF-8 on the command line.
    """
    if text is None:
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BrokenTextError(
            f"The text is not valid UTF-8 at character {error.start}.",
            cure="Set your terminal to UTF-8, or convert the text: iconv -f ENCODING -t UTF-8.",
        ) from None
    return text


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print JSON for programs.", callback=_remember_json),
]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="FOLDER", help="Data folder, instead of DRAGOMAN_HOME."),
]
TenantOption = Annotated[
    str | None,
    typer.Option(
        "--tenant", metavar="NAME", help="Whose documents and threads.", callback=checked_text
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="SPEC",
        help="auto, ollama:MODEL, embedded:MODEL, openai:MODEL@URL or transformers:PATH.",
        callback=checked_text,
    ),
]
AgentOption = Annotated[
    Path | None,
    typer.Option("--agent", metavar="FILE", help="An agent's YAML file: persona, tools, rules."),
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--language", metavar="TAG", help="Language tag such as ja, instead of a guess."),
]

GroupOption = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="NAME",
        help="Look as a member of this group; may be given several times. Without it, all is "
        "shown.",
    ),
]
PublicOption = Annotated[
    bool, typer.Option("--public", help="Look as somebody of no group: what is for everyone.")
]


def load_agent(path: Path | None) -> AgentSpec | None:
    """The agent that `AgentOption` names.

    Raises:
        AgentSpecError: the file holds none.
    """
    from dragoman.agents.spec import AgentSpec

    return None if path is None else AgentSpec.load(path)


def as_groups(group: list[str] | None, *, public: bool) -> list[str] | None:
    """The groups that `GroupOption` and `PublicOption` name; None when they name nobody."""
    return list(group or ()) if group or public else None


def load_settings(
    *, home: Path | None = None, tenant: str | None = None, engine: str | None = None
) -> Settings:
    """Settings from the environment and ``dragoman.toml``, with this command's options on top.

    Raises:
        ConfigurationError: a setting has no meaning, or ``dragoman.toml`` cannot be read.
    """
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from dragoman.settings import Settings

    given: dict[str, Any] = {"home": home, "tenant": tenant, "engine": engine}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise ConfigurationError(
            f"These settings cannot be used: {problems}.",
            cure="Correct DRAGOMAN_… in the environment or dragoman.toml in this folder.",
        ) from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"dragoman.toml in this folder cannot be read: {error}.",
            cure="Correct the file; `dragoman config` lists the settings it may hold.",
        ) from None


def read_standard_input() -> str:
    """All of standard input as text.

    Raises:
        BrokenTextError: the bytes are not UTF-8.
    """
    return decoded(sys.stdin.buffer.read(), "Standard input")


def decoded(data: bytes, origin: str) -> str:
    """Bytes as text, a byte order mark left out; `origin` names them in the error.

    Raises:
        BrokenTextError: the bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenTextError(
            f"{origin} is not valid UTF-8 at byte {error.start}.",
            cure="Convert it first: iconv -f ENCODING -t UTF-8.",
        ) from None
