"""A tool: something that the assistant can do, and what it does to the world."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticUserError

from dragoman.errors import ToolDefinitionError
from dragoman.tools.arguments import Identifier
from dragoman.tools.schema import argument_schema
from dragoman.tools.signature import argument_model
from dragoman.tools.worker import in_own_thread

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

Effect = Literal["none", "idempotent", "once"]
Approval = bool | Callable[[Mapping[str, Any]], bool]
Function = Callable[..., Any]

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question and the call that answers it."""

    question: str
    """What a person may write, in any language."""

    arguments: Mapping[str, Any]
    """The arguments of the right call, valid for the tool."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A typed function that a model may call; still callable as the function it was.

    Usage:
        @tool(effect="none")
        def get_order_status(order_id: str) -> str:
            \"\"\"Where a parcel is, by its order id.\"\"\"

    Raises:
        ToolDefinitionError: a field that cannot be offered to a model or kept to.
    """

    name: str
    """What the model calls it: letters, digits, ``_`` and ``-``."""

    description: str
    """One or two sentences for the model: what it does and when to use it."""

    arguments: type[BaseModel]
    """The argument model; its JSON schema is what the planner is constrained to."""

    function: Function
    """The function itself, sync or async."""

    effect: Effect = "once"
    """``none`` only reads, ``idempotent`` may be repeated, ``once`` must never happen twice."""

    approval: Approval = False
    """Whether a person is asked first: always, never, or decided from the arguments."""

    timeout: float | None = None
    """Seconds until the call is given up; the setting ``tool_seconds`` when ``None``."""

    idempotency_key: str | None = None
    """Parameter that receives a key which is the same whenever the same call is retried."""

    trusted: bool = False
    """Whether its results hold nothing that an outsider wrote, so that they taint no turn."""

    hints: Mapping[str, str] = field(default_factory=dict)
    """What it does in other languages, by BCP-47 tag: read when tools are chosen by likeness."""

    examples: tuple[Example, ...] = ()
    """Questions with the arguments of the right call, shown to the planner."""

    def __post_init__(self) -> None:
        _check(self)
        try:
            self.schema  # noqa: B018 - a tool without a schema is refused now, not in mid-turn
        except PydanticUserError as error:
            raise ToolDefinitionError(
                f"The tool {self.name!r} has an argument that has no JSON form: {error}",
                cure="Use types that JSON can carry: str, int, Literal, list, a pydantic model.",
            ) from error

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, flat enough for a small model; not to be changed."""
        return argument_schema(self.arguments)

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Arguments that are marked as ids: never to be made up."""
        return frozenset(
            name
            for name, field in self.arguments.model_fields.items()
            if any(isinstance(item, Identifier) for item in field.metadata)
        )

    def needs_approval(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a person must agree to a call with these arguments.

        A rule that fails decides nothing, so the person is asked.
        """
        if not callable(self.approval):
            return self.approval
        try:
            return bool(self.approval(arguments))
        except Exception:  # noqa: BLE001 - a rule is anybody's code
            _log.exception("The approval rule of %s failed; a person is asked.", self.name)
            return True

    async def invoke(self, arguments: Mapping[str, Any]) -> Any:
        """Run the function with validated arguments; a sync one runs in a thread of its own."""
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**arguments)
        result = await in_own_thread(lambda: self.function(**arguments))
        # A decorator around an async function may itself be a plain one.
        return await result if inspect.isawaitable(result) else result

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself, as if it were not a tool."""
        return self.function(*args, **kwargs)


@overload
def tool(function: Function, /) -> Tool: ...


@overload
def tool(
    *,
    name: str | None = None,
    effect: Effect = "once",
    approval: Approval = False,
    timeout: float | None = None,
    idempotency_key: str | None = None,
    trusted: bool = False,
    hints: Mapping[str, str] | None = None,
    examples: Sequence[Example] = (),
) -> Callable[[Function], Tool]: ...


def tool(  # noqa: PLR0913 - each says one thing about a tool
    function: Function | None = None,
    /,
    *,
    name: str | None = None,
    effect: Effect = "once",
    approval: Approval = False,
    timeout: float | None = None,
    idempotency_key: str | None = None,
    trusted: bool = False,
    hints: Mapping[str, str] | None = None,
    examples: Sequence[Example] = (),
) -> Tool | Callable[[Function], Tool]:
    """Make a typed function with a docstring into a `Tool`.

    Args:
        function: The function, when the decorator is used without arguments.
        name: Name for the model; the function's own by default.
        effect: What a call does to the world. An undeclared effect counts as the gravest.
        approval: ``True`` asks a person before each call; a callable decides from the arguments.
        timeout: Seconds until the call is given up.
        idempotency_key: Parameter that takes the ledger's key; hidden from the model.
        trusted: ``True`` when nothing that an outsider wrote can stand in a result.
        hints: What it does in other languages, by BCP-47 tag.
        examples: Questions with the right arguments, for the planner.

    Raises:
        ToolDefinitionError: no docstring, an untyped parameter, or an unusable name.
    """

    def make(function: Function) -> Tool:
        if not inspect.isroutine(function):
            raise ToolDefinitionError(
                f"{function!r} is not a function.",
                cure="Decorate a function with @tool; wrap any other callable in one.",
            )
        return Tool(
            name=function.__name__ if name is None else name,
            description=_summary(function),
            arguments=argument_model(function, hidden=idempotency_key),
            function=function,
            effect=effect,
            approval=approval,
            timeout=timeout,
            idempotency_key=idempotency_key,
            trusted=trusted,
            hints=dict(hints or {}),
            examples=tuple(examples),
        )

    return make if function is None else make(function)


def as_tool(candidate: Tool | BaseTool | Function) -> Tool:
    """Accept what people have: a `Tool`, a LangChain tool, or a plain typed function.

    What does not say what it does to the world counts as ``once``; to say more of a LangChain
    tool, use ``dataclasses.replace(as_tool(it), effect="none")``.
    """
    if isinstance(candidate, Tool):
        return candidate
    if inspect.isroutine(candidate):
        return tool(candidate)
    from langchain_core.tools import BaseTool  # noqa: PLC0415 - half a second to import

    from dragoman.tools.langchain_tools import from_langchain  # noqa: PLC0415 - the same

    if isinstance(candidate, BaseTool):
        return from_langchain(candidate)
    raise ToolDefinitionError(
        f"{candidate!r} is not a tool.",
        cure="Pass a function decorated with @tool, or a LangChain tool.",
    )


def _check(tool: Tool) -> None:
    if not _NAME.fullmatch(tool.name):
        raise ToolDefinitionError(
            f"{tool.name!r} cannot be a tool's name.",
            cure="Use 1 to 64 letters, digits, _ and -, beginning with a letter or _.",
        )
    if tool.effect not in get_args(Effect):
        raise ToolDefinitionError(
            f"{tool.effect!r} is not an effect.", cure='Use "none", "idempotent" or "once".'
        )
    if tool.timeout is not None and not tool.timeout > 0:
        raise ToolDefinitionError(
            f"The tool {tool.name!r} has a timeout of {tool.timeout:g} s.",
            cure="Use a number above 0, or leave it out for the setting tool_seconds.",
        )
    if inspect.iscoroutinefunction(tool.approval):
        raise ToolDefinitionError(
            f"The approval rule of {tool.name!r} is async.",
            cure="Decide from the arguments alone, in a plain function.",
        )
    for example in tool.examples:
        try:
            tool.arguments.model_validate(dict(example.arguments))
        except ValidationError as error:
            raise ToolDefinitionError(
                f"An example of the tool {tool.name!r} is not a valid call: {error}",
                cure="Give each example arguments that the tool accepts.",
            ) from error
    if inspect.isgeneratorfunction(tool.function) or inspect.isasyncgenfunction(tool.function):
        raise ToolDefinitionError(
            f"The tool {tool.name!r} is a generator.", cure="Return one value, a list for example."
        )


def _summary(function: Function) -> str:
    text = inspect.getdoc(function) or ""
    summary = " ".join(re.split(r"\n\s*\n|\n(?=Args:|Returns:|Raises:)", text)[0].split())
    if not summary:
        raise ToolDefinitionError(
            f"The tool {function.__name__!r} has no docstring.",
            cure="Say in one sentence what it does and when to use it: the model reads that.",
        )
    return summary
