"""What an agent is, written down: a name, a persona, tools, rules, languages.

Every agent is the same machine with another `AgentSpec`, in Python or in a YAML file:

    name: shop
    description: Helps the customers of a shop with their orders.
    persona: You work for Tonbo Home. Be warm and brief.
    languages: [ja, ko, zh-Hant, th, en]
    tools: [calculator, shop.py:order_status, shop.py:refund]
    policies:
      - {tool: refund, argument: amount, above: 10000, then: approval, reason: over the limit}
      - {tool: refund, argument: amount, above: 200000, then: refusal, reason: Ask the office.}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dragoman.agents.support.spec import Support
from dragoman.errors import AgentSpecError, DragomanError
from dragoman.languages import readable, resolve_tag
from dragoman.settings import PrivacySettings

_LARGEST = 256 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Number = int | float


class Policy(BaseModel):
    """A rule about a tool, kept by code before each call.

    With an `argument`, or a `measure`, the rule holds where its value is `above`, `below` or
    `one_of` something; without one it holds for every call. A value that is missing or cannot be
    compared counts as one for which the rule holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tool: str
    """Name of the tool."""

    argument: str = ""
    """Name of the argument that is looked at; empty for every call."""

    measure: str = ""
    """In place of an argument, what says how much a call is about: ``module:function`` or
    ``file.py:function``, from the arguments to a number or a text."""

    above: Number | None = None
    """Holds for numbers above this one."""

    below: Number | None = None
    """Holds for numbers below this one."""

    one_of: tuple[str, ...] | None = Field(default=None, strict=False)
    """Holds for these texts, capitals aside."""

    then: Literal["approval", "refusal"] = "approval"
    """Whether a person is asked, or the call is refused."""

    reason: str = ""
    """Why: the planner is told of a refusal."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        tests = [test for test in (self.above, self.below, self.one_of) if test is not None]
        if bool(tests) != bool(self.argument or self.measure):
            raise ValueError("an argument needs above, below or one_of, and they need an argument")
        if self.argument and self.measure:
            raise ValueError("a rule looks at an argument or at a measure, not at both")
        return self

    def holds(self, arguments: Mapping[str, Any]) -> bool:
        """Whether the rule is about a call with these arguments."""
        return self.holds_for(arguments.get(self.argument)) if self.argument else True

    def holds_for(self, value: Any) -> bool:
        """Whether the rule is about a call whose argument, or measure, is `value`."""
        if self.one_of is not None and isinstance(value, str):
            return value.casefold() in {text.casefold() for text in self.one_of}
        if isinstance(value, int | float) and not isinstance(value, bool):
            # Asked the other way round, so that a number that is none (NaN) does not slip through.
            within = (self.above is None or value <= self.above) and (
                self.below is None or value >= self.below
            )
            return self.one_of is not None or not within
        return True


class AgentSpec(BaseModel):
    """An agent, as it is written down.

    Usage:
        Assistant(spec=AgentSpec.load("shop.yaml"), memory=memory)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    """Lower-case letters, digits, ``-`` and ``_``; over HTTP it is the name of the model."""

    description: str = ""
    """What the agent is for, in one sentence, for people who choose between agents."""

    persona: str | dict[str, str] = ""
    """Who speaks: one text, or one for each language by BCP-47 tag."""

    languages: tuple[str, ...] = Field(default=(), strict=False)
    """BCP-47 tags of the languages that are answered in; empty for all."""

    fallback_language: str = ""
    """The one of them to answer in where another is asked in; the first when left out."""

    tools: tuple[str, ...] | None = Field(default=None, strict=False)
    """Names of built-in tools, and ``module:function`` or ``file.py:function`` of one's own, the
    file beside this one; None for the built-in tools of the settings."""

    documents: bool = True
    """Whether it has the tenant's documents."""

    documents_only: bool = False
    """Whether it answers nothing but what a verified quote of the documents answers."""

    faq: str = ""
    """File with prepared answers (YAML), relative to this one; empty for that of the settings."""

    support: Support | None = None
    """What it does about people: when it hands a conversation over, and when somebody is there;
    None for an agent that never hands over."""

    privacy: PrivacySettings | None = Field(default=None, strict=False)
    """Where personal data is masked; None for what the settings say."""

    policies: tuple[Policy, ...] = Field(default=(), strict=False)
    """Rules about its tools."""

    folder: Path = Field(default=Path(), exclude=True, repr=False, strict=False)
    """Where the file lies, from which `file.py:function` is found; not part of the file."""

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("a name has lower-case letters, digits, '-' and '_', at most 64")
        return name

    @field_validator("languages")
    @classmethod
    def _are_known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known(tag) for tag in tags)

    @model_validator(mode="after")
    def _falls_back_to_one_that_is_offered(self) -> Self:
        if self.fallback_language and _known(self.fallback_language) not in self.languages:
            raise ValueError("fallback_language is none of the languages")
        return self

    @field_validator("persona")
    @classmethod
    def _is_known(cls, persona: str | dict[str, str]) -> str | dict[str, str]:
        if isinstance(persona, str):
            return persona
        return {_known(tag): text for tag, text in persona.items()}

    @classmethod
    def load(cls, path: str | Path) -> AgentSpec:
        """Read a YAML file.

        Raises:
            AgentSpecError: it cannot be read, or holds what is no agent; each fault is named.
        """
        path = Path(path)
        try:
            raw = path.read_bytes()
            if len(raw) > _LARGEST:
                raise AgentSpecError(f"{path} is larger than {_LARGEST // 1024} KiB.")
            data = yaml.safe_load(raw.decode("utf-8-sig"))
        except OSError as error:
            raise AgentSpecError(
                f"{path} cannot be read: {error.strerror}.", cure="Check the path."
            ) from None
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            raise AgentSpecError(
                f"{path} is no YAML in UTF-8: {error}", cure="Correct it there."
            ) from None
        if not isinstance(data, dict):
            raise AgentSpecError(f"{path} holds no agent.", cure="Begin with: name: my-agent")
        if "folder" in data:
            raise AgentSpecError(f"{path}: folder: no such field.", cure="Take it out.")
        try:
            return cls(**{**data, "folder": path.parent})
        except (ValidationError, TypeError) as error:
            raise AgentSpecError(
                f"{path}: {_faults(error)}", cure="The fields are described in docs/agents.md."
            ) from None

    def persona_in(self, tag: str) -> str:
        """The persona for a language: its own, else the English one, else the first."""
        if isinstance(self.persona, str):
            return self.persona
        first = next(iter(self.persona.values()), "")
        return self.persona.get(tag) or self.persona.get("en") or first

    def faq_path(self) -> Path | None:
        """Where its prepared answers lie, None when it names none."""
        return self.folder / self.faq if self.faq else None

    def offers(self, tag: str) -> bool:
        """Whether somebody who writes in `tag` is answered in a language that they read."""
        return not self.languages or any(near in self.languages for near in readable(tag))

    def reply_language(self, tag: str) -> str:
        """The language to answer in, where `tag` was asked in: it, else one that is close to it."""
        if not self.languages:
            return tag
        near = next((one for one in readable(tag) if one in self.languages), "")
        return near or _known(self.fallback_language or self.languages[0])


DEFAULT_AGENT = AgentSpec(
    name="dragoman",
    description="Answers from your documents and tools, in the asker's language.",
)
"""The agent where no other is described."""


def _known(tag: str) -> str:
    try:
        return resolve_tag(tag)
    except DragomanError as error:
        raise ValueError(str(error.message)) from None


def _faults(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors()
    )
