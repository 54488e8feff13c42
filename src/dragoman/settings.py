"""Everything that a person may want to change, in one place.

Read from the environment (``DRAGOMAN_*``), then from ``dragoman.toml`` in the working folder,
then the defaults. `dragoman config` shows the result and where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_SERVER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(?:[_-][a-zA-Z0-9]+)*")
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def _split(value: object) -> object:
    """``a, b`` as people write lists in the environment; other values as they are."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list of names: ``a,b`` in the environment, a list in ``dragoman.toml``."""


class McpPermission(BaseModel):
    """What one tool of an MCP server may do; without it a tool counts as the gravest kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    effect: Literal["none", "idempotent", "once"] = "once"
    """What a call does to the world. A server's own ``readOnlyHint`` counts for nothing."""

    approval: bool | None = None
    """Whether a person is asked first; when not set, unless the effect is ``none``."""

    trusted: bool = False
    """Whether its results hold nothing that an outsider wrote."""

    timeout: float | None = Field(default=None, gt=0)
    """Seconds until a call is given up; ``tool_seconds`` when not set."""

    idempotency_key: str | None = None
    """Argument that takes the ledger's key for the call; hidden from the model."""

    @property
    def asks(self) -> bool:
        """Whether a person is asked before each call."""
        return self.effect != "none" if self.approval is None else self.approval


class McpServer(BaseModel):
    """One MCP server: a program that is started, or an address."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    command: str = ""
    """Program that speaks MCP on its standard input and output."""

    args: tuple[str, ...] = ()
    """Its arguments."""

    env: Mapping[str, SecretStr] = Field(default_factory=dict)
    """Environment beside PATH, HOME and the like; ``${NAME}`` is read from our own."""

    cwd: Path | None = None
    """Folder that it runs in."""

    url: str = ""
    """Address of a server that speaks streamable HTTP, in place of a command."""

    headers: Mapping[str, SecretStr] = Field(default_factory=dict)
    """Headers of every request; ``${NAME}`` is read from our environment."""

    allow: tuple[str, ...] | None = None
    """Names of the tools that may be used; all of them when not set."""

    tools: Mapping[str, McpPermission] = Field(default_factory=dict)
    """Permissions by the tool's name on the server."""

    optional: bool = False
    """Whether the assistant works without it when it cannot be reached."""

    connect_seconds: float = Field(default=30.0, gt=0)
    """Time limit for starting it and reading its list of tools."""

    def allows(self, tool: str) -> bool:
        """Whether the tool of that name may be used."""
        return self.allow is None or tool in self.allow

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("name a command or a url, and not both")
        address = urlsplit(self.url)
        if self.url and (address.scheme not in {"http", "https"} or not address.hostname):
            raise ValueError(f"{self.url!r} is not an http or https address")
        if address.scheme == "http" and self.headers and address.hostname not in _HERE:
            raise ValueError("headers would be readable on the way: use https")
        return self


class McpSettings(BaseModel):
    """The MCP servers whose tools the assistant may use."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    servers: Mapping[str, McpServer] = Field(default_factory=dict)
    """Servers by a name of your choice, which begins the names of their tools."""

    @field_validator("servers")
    @classmethod
    def _have_names(cls, servers: Mapping[str, McpServer]) -> Mapping[str, McpServer]:
        for name in servers:
            if len(name) > 30 or not _SERVER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be a server's name: use letters and digits")
        return servers

    def reading_only(self) -> Self:
        """The same servers with the tools that are declared to do nothing to the world."""
        servers = {
            name: server.model_copy(
                update={
                    "allow": tuple(
                        tool
                        for tool, permission in server.tools.items()
                        if permission.effect == "none" and server.allows(tool)
                    )
                }
            )
            for name, server in self.servers.items()
        }
        kept = {name: server for name, server in servers.items() if server.allow}
        return self.model_copy(update={"servers": kept})


class PrivacySettings(BaseModel):
    """Where personal data is masked, and which."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mask: tuple[Literal["model", "storage"], ...] = ()
    """``model``: models, embedders and the answer cache see names; ``storage``: threads are kept
    with names, the data in a table of its own. Empty for nowhere."""

    kinds: tuple[
        Literal["id", "phone", "card", "email", "person", "place", "account", "other"], ...
    ] = ()
    """What is masked; empty for everything that is found."""

    countries: tuple[str, ...] = ()
    """ISO 3166 codes of the countries whose numbers are masked, for example ``JP``; what belongs to
    no country always is. Empty for all."""

    presidio: Path | None = None
    """Configuration file (YAML) of a Presidio analyzer that looks as well, for names and addresses
    (extra ``presidio``); none when not set."""


class Settings(BaseSettings):
    """Dragoman's settings, immutable once read."""

    model_config = SettingsConfigDict(
        env_prefix="DRAGOMAN_",
        toml_file="dragoman.toml",
        hide_input_in_errors=True,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
    )

    home: Path = Field(default_factory=lambda: user_data_path("dragoman", appauthor=False))
    """Data folder: memory, threads and models."""

    models_dir: Path | None = None
    """Where model files lie; ``<home>/models`` when not set."""

    tenant: str = "default"
    """The tenant that reads and writes when none is named."""

    engine: str = "auto"
    """Engine spec, for example ``ollama:qwen3.5:4b`` or ``embedded:qwen2.5-coder:1.5b``."""

    planner_engine: str = ""
    """Engine spec for planning only; empty for the same engine as for the answer."""

    fallback_engines: tuple[str, ...] = ()
    """Engine specs that are taken, in this order, while `engine` cannot be used."""

    engine_parallel: int = Field(default=0, ge=0)
    """Calls that are sent to one engine at once; 0 for one to an Ollama server, two to the
    embedded engine, and any number to the others. The embedded engine takes the memory of one
    context window for each."""

    engine_waiting: int = Field(default=32, ge=1)
    """Calls of one tenant that may wait for an engine."""

    turn_money: float | None = Field(default=None, gt=0)
    """Money that one turn may cost, in the currency of `prices`."""

    tenant_tokens: int | None = Field(default=None, ge=1)
    """Tokens, read and written, that a tenant may use in a day (UTC)."""

    tenant_money: float | None = Field(default=None, gt=0)
    """Money that a tenant may cost in a day (UTC), in the currency of `prices`."""

    tenant_seconds: float | None = Field(default=None, gt=0)
    """Time that models may work for a tenant in a day (UTC)."""

    prices: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Prices of a million tokens by engine spec, ``*`` for anything, for example
    ``{"openai:*@groq": {"input": 0.29, "output": 0.59, "cached": 0.15}}``."""

    embedder: str = "auto"
    """Embedder spec, for example ``embedded:multilingual-e5-small``."""

    reranker: str = ""
    """Reads the passages of a search again: ``sentence-transformers:MODEL`` or ``judge:ENGINE``;
    empty for none."""

    chroma_url: str = ""
    """Address of a Chroma server, for example ``http://127.0.0.1:8000``; when empty, Chroma runs
    inside the one process that uses the data folder."""

    chroma_token: SecretStr = SecretStr("")
    """Token that the Chroma server, or the proxy before it, asks for."""

    ollama_host: str = Field(
        default="http://127.0.0.1:11434",
        validation_alias=AliasChoices("DRAGOMAN_OLLAMA_HOST", "OLLAMA_HOST", "ollama_host"),
    )
    """Address of the Ollama server, or of several with commas between them."""

    hugging_face_endpoint: str = Field(
        default="https://huggingface.co",
        validation_alias=AliasChoices(
            "DRAGOMAN_HUGGING_FACE_ENDPOINT", "HF_ENDPOINT", "hugging_face_endpoint"
        ),
    )
    """First place that embedded weights are fetched from."""

    modelscope_endpoint: str = "https://modelscope.cn"
    """Second place that embedded weights are fetched from."""

    context_tokens: int = Field(default=8192, ge=1024, le=262_144)
    """Context window that the engine is asked for, in tokens; one value for every call."""

    connect_seconds: float = Field(default=5.0, gt=0)
    """Time limit for opening a connection."""

    first_token_seconds: float = Field(default=300.0, gt=0)
    """Time limit from the request to the first token."""

    token_gap_seconds: float = Field(default=60.0, gt=0)
    """Time limit between two tokens."""

    max_steps: int = Field(default=6, ge=1, le=20)
    """Planning steps in one turn before an honest partial answer."""

    turn_tokens: int = Field(default=60_000, ge=0)
    """Tokens that one turn may read and write before an honest partial answer; 0 for no limit."""

    turn_seconds: float = Field(default=900.0, ge=0)
    """Seconds of planning and calling in one turn before an honest partial answer; 0 for no
    limit. Time in which a person is waited for does not count."""

    planner_strategy: Literal["constrained", "native"] = "constrained"
    """How the planner calls tools: JSON held to a schema, which small models need, or the native
    calls of a model that is good at them (Ollama and OpenAI-compatible engines)."""

    shortlist: int = Field(default=8, ge=2, le=40)
    """Tools that the planner is offered at once; of more, those nearest to the question."""

    small_talk: bool = True
    """Whether a greeting, thanks or plain sum is answered at once, without a model."""

    faq_file: Path | None = None
    """Questions with prepared answers (YAML), given without a model; none when not set."""

    thought_characters: int = Field(default=100, ge=0, le=1000)
    """Length of the planner's thought before it decides."""

    answer_tokens: int = Field(default=400, ge=32, le=8192)
    """Length of an answer, in tokens."""

    passage_count: int = Field(default=4, ge=1, le=20)
    """Passages that are shown to the model for one question."""

    passage_tokens: int = Field(default=700, ge=100, le=32_000)
    """Budget for all passages together, in tokens."""

    answer_cache_hours: float = Field(default=0.0, ge=0, le=24 * 365)
    """How long an answer from passages alone is given again to the same question; 0 for never."""

    question_characters: int = Field(default=20_000, ge=100)
    """Longest question that is accepted, in characters."""

    tool_seconds: float = Field(default=30.0, gt=0)
    """Time limit of a tool that names none itself."""

    language: str = "en"
    """Language of the reply when the question is in nobody's language and opens the thread."""

    approval_seconds: float = Field(default=7 * 86_400.0, ge=0)
    """How long a call waits for a person; then it counts as rejected. 0 for as long as it takes."""

    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    """Where personal data is masked, unless an agent says otherwise: ``[privacy]`` in
    ``dragoman.toml``, ``DRAGOMAN_PRIVACY='{"mask": ["model", "storage"]}'``."""

    trusted_documents: bool = False
    """Whether all documents are the operator's own, so that reading them taints no turn."""

    timezone: str = ""
    """IANA zone for `current_time` and `calendar`; the machine's own when empty."""

    tools: Names | None = None
    """Built-in tools by name, for example ``calculator,calendar,read_file``; those that only
    compute or search the documents when not set."""

    country: str = Field(default="", pattern="^([A-Z]{2})?$")
    """ISO 3166 code of the country whose business days `calendar` counts unless told otherwise."""

    rates_file: Path | None = None
    """Exchange rates for `convert`: the European Central Bank's CSV, or YAML or JSON."""

    files_root: Path | None = None
    """Folder that `list_files` and `read_file` read, and nothing outside it."""

    http_hosts: Names = ()
    """Hosts that `http_get` may ask, for example ``docs.example.com,*.example.org``."""

    sql_url: SecretStr = SecretStr("")
    """Database that `sql_query` reads: ``sqlite:////path`` or ``postgresql://reader@host/name``."""

    sql_tables: Names = ()
    """Tables that `sql_query` offers; all when empty."""

    mcp: McpSettings = Field(default_factory=McpSettings)
    """MCP servers: ``[mcp.servers.NAME]`` in ``dragoman.toml``."""

    mcp_token: SecretStr = SecretStr("")
    """Token that clients of ``dragoman mcp --http`` must send; made up at the start when empty."""

    serve_hosts: Names = ()
    """Names that `dragoman serve` is reached by, for example ``ask.example.com``; its addresses
    and ``localhost`` always count."""

    serve_origins: Names = ()
    """Web sites whose pages may call the API, for example ``https://intranet.example.com``."""

    serve_turns: int = Field(default=256, ge=1)
    """Turns that may be under way at once; one more is told to come back later."""

    serve_turns_tenant: int = Field(default=128, ge=1)
    """Of these, those that one tenant may have."""

    serve_body_mb: float = Field(default=4.0, gt=0)
    """Largest body of a request, in MiB; uploads aside."""

    serve_upload_mb: float = Field(default=64.0, gt=0)
    """Largest upload, all its files together, in MiB."""

    serve_turn_seconds: float = Field(default=1800.0, gt=0)
    """Time limit of one turn; then it is cut off and can be resumed."""

    serve_grace_seconds: float = Field(default=20.0, ge=0)
    """How long a server that goes down waits for the turns that are under way."""

    serve_assistants: int = Field(default=64, ge=1)
    """Assistants, one for each tenant and agent, that are open at once."""

    serve_idle_seconds: float = Field(default=600.0, ge=0)
    """How long an assistant that nobody asks stays open."""

    @cached_property
    def models_path(self) -> Path:
        """The folder that holds model files."""
        return self.models_dir or self.home / "models"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then ``dragoman.toml``."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
