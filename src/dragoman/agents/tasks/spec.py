"""What a task file may say: inputs, steps and outputs, as pydantic models.

The published JSON schema is made from these models, so that an editor and `dragoman run` agree.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
MOST_PARALLEL = 32


def seconds_of(text: object) -> object:
    """``90s``, ``2m`` or ``1.5h`` in seconds; numbers are seconds already.

    Raises:
        ValueError: it is no duration.
    """
    if isinstance(text, str):
        found = _DURATION.fullmatch(text.strip())
        if found is None:
            raise ValueError("write a duration such as 500ms, 30s, 2m, 1h or 1d")
        return float(found[1]) * _SECONDS[found[2]]
    return text


Duration = Annotated[
    float,
    BeforeValidator(seconds_of, json_schema_input_type=str | float),
    Field(gt=0, le=366 * 86_400, allow_inf_nan=False),
]
"""Seconds, or a text such as ``30s``, ``2m``, ``1h``."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
Failure = Literal["any", "tool", "timeout", "engine", "reply"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class InputSpec(_Strict):
    """One input of a task."""

    type: Literal["string", "integer", "number", "boolean", "date", "path", "list", "enum"] = (
        "string"
    )
    """What it must be; a date is written 2026-11-30."""

    description: str = ""
    """What it is for."""

    required: bool = False
    """Whether it must be given; one without a default always is."""

    default: Any = None
    """Its value when it is not given; a path counts from the task's folder."""

    of: Literal["string", "integer", "number", "boolean", "date", "path"] = "string"
    """What a list holds."""

    values: tuple[str, ...] = ()
    """What an enum may be."""

    must_exist: bool = False
    """Whether a path must lead to a file or folder that is there."""


class Retry(_Strict):
    """How often a step is tried."""

    attempts: int = Field(default=3, ge=1, le=20)
    """How often at most, the first time included."""

    wait: Duration = 1.0
    """Time before the second attempt."""

    factor: float = Field(default=2.0, ge=1, le=10)
    """What the waiting time is multiplied by from attempt to attempt."""

    only: tuple[Failure, ...] = ("any",)
    """After which failures: ``tool`` failed, ``timeout``, ``engine`` failed, or its ``reply`` was
    not what was asked for."""


class OnError(_Strict):
    """What happens when a step has failed for good."""

    goto: Name | None = None
    """A later step of the same level to go on with; those between are skipped."""

    steps: tuple[Step, ...] = ()
    """Steps that are run then; they see ``${{ error.message }}``."""

    then: Literal["stop", "continue"] = "stop"
    """What comes after `steps`."""


class _Step(_Strict):
    name: Name
    """Unique in its file; other steps refer to it as ``steps.NAME``."""

    description: str = ""
    """What it is for, for people."""

    on_error: Literal["stop", "continue"] | OnError = "stop"
    """Stop the run, go on, or run other steps."""


class ToolStep(_Step):
    """Call a tool."""

    tool: Annotated[str, Field(min_length=1, max_length=300)]
    """A built-in tool, a tool of an MCP server, or ``module:function`` of one's own."""

    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its arguments."""

    approval: bool | str = False
    """Ask a person first, with this text; a tool that asks by itself does so anyway."""

    timeout: Duration | None = None
    """Time limit; the tool's own when not given."""

    retry: Retry | None = None
    """How often it is tried; once when not given."""


class PromptStep(_Step):
    """Ask the model."""

    prompt: Annotated[str, Field(min_length=1, max_length=20_000)]
    """What it is to do."""

    system: str = ""
    """Its role, in place of the usual one."""

    data: dict[str, Any] = Field(default_factory=dict)
    """Texts from outside, by a name: shown to the model as quotations, not as instructions."""

    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    """JSON schema of the output, of type object; plain text when not given."""

    language: str = ""
    """BCP-47 tag that the text must be in; it is written again once when it is not."""

    check_language_of: tuple[str, ...] = ()
    """Texts of an output with a schema that must be in `language`, by field."""

    max_tokens: int = Field(default=400, ge=1, le=8192)
    """Length of the output."""

    timeout: Duration | None = None
    """Time limit of one attempt."""

    retry: Retry | None = None
    """How often it is tried; once when not given."""


class AskStep(_Step):
    """Ask a person, and wait, over restarts if need be."""

    ask: Annotated[str, Field(min_length=1, max_length=20_000)]
    """The question."""

    answer: Literal["text", "choice", "approval"] = "text"
    """What is asked for: any text, one of `choices`, or a yes or no."""

    choices: tuple[str, ...] = ()
    """What a choice may be."""

    show: Any = None
    """What the person needs to see to answer."""

    timeout: Duration | None = None
    """How long an answer is waited for; then `default` counts, or the step fails."""

    default: Any = None
    """The answer when the time is over."""


class ForEachStep(_Step):
    """Run steps for each item of a list."""

    for_each: Expression | list[Any]
    """A reference to a list, or the list itself; the steps see ``item`` and ``index``."""

    parallel: int = Field(default=1, ge=1, le=MOST_PARALLEL)
    """Items that are worked on at once."""

    steps: tuple[Step, ...] = Field(min_length=1)
    """What is done for each item."""

    output: Any = None
    """What is kept of each item; its last step's output when not given."""


class Branch(_Strict):
    """A condition and what is done when it holds and when it does not."""

    if_: Expression = Field(alias="if")
    """A condition such as ``steps.check.output.total > 100``."""

    then: tuple[Step, ...] = Field(min_length=1)
    """Steps when it holds."""

    else_: tuple[Step, ...] = Field(default=(), alias="else")
    """Steps when it does not."""


class BranchStep(_Step):
    """Run some steps or others."""

    branch: Branch
    """The condition and both ways."""


class SubTaskStep(_Step):
    """Run another task file."""

    task: Annotated[str, Field(min_length=1, max_length=500)]
    """Path of the file, from this one's folder."""

    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its inputs."""


_KINDS = {
    "tool": "tool",
    "prompt": "prompt",
    "ask": "ask",
    "for_each": "for_each",
    "branch": "branch",
    "task": "task",
}


def _kind(step: Any) -> str | None:
    """What kind of step it is: the one of the six words that it has."""
    if isinstance(step, dict):
        found = [word for word in _KINDS if word in step]
        return found[0] if len(found) == 1 else None
    return kind_of(step) if isinstance(step, _Step) else None


Step = Annotated[
    Annotated[ToolStep, Tag("tool")]
    | Annotated[PromptStep, Tag("prompt")]
    | Annotated[AskStep, Tag("ask")]
    | Annotated[ForEachStep, Tag("for_each")]
    | Annotated[BranchStep, Tag("branch")]
    | Annotated[SubTaskStep, Tag("task")],
    Discriminator(
        _kind,
        custom_error_type="step_kind",
        custom_error_message="a step needs one of: tool, prompt, ask, for_each, branch, task",
    ),
]
AnyStep = ToolStep | PromptStep | AskStep | ForEachStep | BranchStep | SubTaskStep

_CLASSES: dict[type[_Step], str] = {
    ToolStep: "tool",
    PromptStep: "prompt",
    AskStep: "ask",
    ForEachStep: "for_each",
    BranchStep: "branch",
    SubTaskStep: "task",
}


def kind_of(step: _Step) -> str:
    """The word in the file that says what the step does."""
    return _CLASSES[type(step)]


class TaskSpec(_Strict):
    """A task: what it takes, what it does step by step, and what it gives."""

    name: Name
    """What runs of it are listed under."""

    description: str = ""
    """What it is for."""

    inputs: dict[Name, InputSpec] = Field(default_factory=dict)
    """What it takes, by name."""

    steps: tuple[Step, ...] = Field(min_length=1, max_length=500)
    """What it does, in this order."""

    outputs: dict[Name, Any] = Field(default_factory=dict)
    """What it gives, by name; the last step's output when there are none."""


for _model in (OnError, ForEachStep, Branch, BranchStep, TaskSpec):
    _model.model_rebuild()
