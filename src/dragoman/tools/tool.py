"""A tool: something that the assistant can do, and what it does to the world."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from pydantic import BaseModel, create_model

from dragoman.errors import ToolDefinitionError
from dragoman.tools.schema import argument_schema

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

Effect = Literal["none", "idempotent", "once"]
Approval = bool | Callable[[Mapping[str, Any]], bool]
Function = Callable[..., Any]

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A typed function that a model may call; still callable as the function it was.

    Usage:
        @tool(effect="none")
        def get_order_status(order_id: str) -> str:
            \"\"\"Where a parcel is, by its order id.\"\"\"
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

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, flat enough for a small model."""
        return argument_schema(self.arguments)

    def needs_approval(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a person must agree to a call with these arguments."""
        return self.approval(arguments) if callable(self.approval) else self.approval

    async def invoke(self, arguments: Mapping[str, Any]) -> Any:
        """Run the function with validated arguments; a sync one runs in a worker thread."""
        if inspect.iscoroutinefunction(self.function):
            return await cast("Awaitable[Any]", self.function(**arguments))
        from anyio.to_thread import run_sync  # noqa: PLC0415 - keeps `import dragoman` light

        return await run_sync(lambda: self.function(**arguments), abandon_on_cancel=True)

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
) -> Callable[[Function], Tool]: ...


def tool(
    function: Function | None = None,
    /,
    *,
    name: str | None = None,
    effect: Effect = "once",
    approval: Approval = False,
    timeout: float | None = None,
    idempotency_key: str | None = None,
) -> Tool | Callable[[Function], Tool]:
    """Make a typed function with a docstring into a `Tool`.

    Args:
        function: The function, when the decorator is used without arguments.
        name: Name for the model; the function's own by default.
        effect: What a call does to the world. An undeclared effect counts as the gravest.
        approval: ``True`` asks a person before each call; a callable decides from the arguments.
        timeout: Seconds until the call is given up.
        idempotency_key: Parameter that takes the ledger's key; hidden from the model.

    Raises:
        ToolDefinitionError: no docstring, an untyped parameter, or an unusable name.
    """

    def make(function: Function) -> Tool:
        return Tool(
            name=_checked_name(name or function.__name__),
            description=_description(function),
            arguments=_argument_model(function, idempotency_key),
            function=function,
            effect=_checked_effect(effect),
            approval=approval,
            timeout=timeout,
            idempotency_key=idempotency_key,
        )

    return make if function is None else make(function)


def as_tool(candidate: Tool | BaseTool | Function) -> Tool:
    """Accept what people have: a `Tool`, a LangChain tool, or a plain typed function.

    LangChain tools do not say what they do to the world, so they count as ``once``.
    """
    from langchain_core.tools import BaseTool  # noqa: PLC0415 - half a second to import

    if isinstance(candidate, Tool):
        return candidate
    if isinstance(candidate, BaseTool):
        return _from_langchain(candidate)
    if callable(candidate):
        return tool(candidate)
    raise ToolDefinitionError(
        f"{candidate!r} is not a tool.",
        cure="Pass a function decorated with @tool, or a LangChain tool.",
    )


def _from_langchain(source: BaseTool) -> Tool:
    async def call(**arguments: Any) -> Any:
        return await source.ainvoke(arguments)

    model = source.get_input_schema()
    if not issubclass(model, BaseModel):
        raise ToolDefinitionError(
            f"The tool {source.name!r} describes its arguments with pydantic 1.",
            cure="Give it an args_schema that is a pydantic 2 model.",
        )
    return Tool(
        name=_checked_name(source.name),
        description=" ".join(source.description.split()),
        arguments=model,
        function=call,
    )


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ToolDefinitionError(
            f"{name!r} cannot be a tool's name.",
            cure="Use 1 to 64 letters, digits, _ and -, beginning with a letter.",
        )
    return name


def _checked_effect(effect: Effect) -> Effect:
    if effect not in {"none", "idempotent", "once"}:
        raise ToolDefinitionError(
            f"{effect!r} is not an effect.", cure='Use "none", "idempotent" or "once".'
        )
    return effect


def _description(function: Function) -> str:
    text = inspect.getdoc(function) or ""
    summary = " ".join(re.split(r"\n\s*\n|\n(?=Args:|Returns:|Raises:)", text)[0].split())
    if not summary:
        raise ToolDefinitionError(
            f"The tool {function.__name__!r} has no docstring.",
            cure="Say in one sentence what it does and when to use it: the model reads that.",
        )
    return summary


def _argument_model(function: Function, key: str | None) -> type[BaseModel]:
    parameters = inspect.signature(function).parameters
    untyped = [
        name for name, parameter in parameters.items() if parameter.annotation is parameter.empty
    ]
    if untyped:
        raise ToolDefinitionError(
            f"The tool {function.__name__!r} has untyped parameters: {', '.join(untyped)}.",
            cure="Annotate every parameter, so that the planner can be held to its type.",
        )
    if key is not None and key not in parameters:
        raise ToolDefinitionError(
            f"The tool {function.__name__!r} has no parameter {key!r} for the idempotency key.",
            cure="Name a parameter that takes the key as a string.",
        )
    from langchain_core.tools import StructuredTool  # noqa: PLC0415 - half a second to import

    made = StructuredTool.from_function(
        function if not inspect.iscoroutinefunction(function) else None,
        coroutine=function if inspect.iscoroutinefunction(function) else None,
        parse_docstring=True,
        error_on_invalid_docstring=False,
    )
    model = cast("type[BaseModel]", made.args_schema)
    if key is None:
        return model
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in model.model_fields.items() if name != key
    }
    return create_model(model.__name__, **fields)
