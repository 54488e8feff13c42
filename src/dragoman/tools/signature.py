"""The argument model of a plain function: types from its signature, words from its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

from dragoman.errors import ToolDefinitionError

_SECTION = re.compile(r"(Args|Arguments|Parameters):\s*")
_ARGUMENT = re.compile(r"(\w+)\s*(?:\([^)]*\))?:\s*(.*)")
_VARIABLE = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def argument_model(function: Callable[..., Any], *, hidden: str | None = None) -> type[BaseModel]:
    """The pydantic model of `function`'s parameters, without the `hidden` one.

    Raises:
        ToolDefinitionError: a parameter that a model cannot be asked to fill in.
    """
    name = function.__name__
    parameters = inspect.signature(function).parameters
    if hidden is not None and hidden not in parameters:
        raise ToolDefinitionError(
            f"The tool {name!r} has no parameter {hidden!r} for the idempotency key.",
            cure="Name a parameter that takes the key as a string.",
        )
    offered = [parameter for parameter in parameters.values() if parameter.name != hidden]
    for parameter in offered:
        _check(parameter, name)
    texts = dict(_described(inspect.getdoc(function) or ""))
    try:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {
            parameter.name: (
                _with_text(hints[parameter.name], texts.get(parameter.name)),
                ... if parameter.default is parameter.empty else parameter.default,
            )
            for parameter in offered
        }
        return create_model(name, __config__=ConfigDict(protected_namespaces=()), **fields)
    except (PydanticUserError, NameError, TypeError) as error:
        raise ToolDefinitionError(
            f"The tool {name!r} has a parameter type that has no JSON form: {error}",
            cure="Use types that JSON can carry: str, int, Literal, list, a pydantic model.",
        ) from error


def _check(parameter: inspect.Parameter, function: str) -> None:
    """Refuse what cannot be a named, typed argument."""
    name = parameter.name
    if parameter.kind in _VARIABLE or parameter.kind is parameter.POSITIONAL_ONLY:
        raise ToolDefinitionError(
            f"The tool {function!r} takes {str(parameter)!r}, which has no name for the model.",
            cure="Spell the parameters out; they are passed by name.",
        )
    if parameter.annotation is parameter.empty:
        raise ToolDefinitionError(
            f"The tool {function!r} has an untyped parameter: {name}.",
            cure="Annotate every parameter, so that the planner can be held to its type.",
        )
    if name.startswith("_") or hasattr(BaseModel, name):
        raise ToolDefinitionError(
            f"The tool {function!r} cannot have a parameter named {name!r}: pydantic reserves it.",
            cure="Give the parameter another name.",
        )


def _with_text(hint: Any, text: str | None) -> Any:
    """`hint` with its description from the docstring, unless it brings its own."""
    own = any(
        isinstance(item, FieldInfo) and item.description
        for item in getattr(hint, "__metadata__", ())
    )
    return hint if own or not text else Annotated[hint, Field(description=text)]


def _described(docstring: str) -> Iterator[tuple[str, str]]:
    """Each argument of a Google docstring with its description on one line."""
    lines = iter(docstring.splitlines())
    for line in lines:
        if _SECTION.fullmatch(line):
            break
    margin, name, words = 0, "", ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and not indent:
            break
        margin = margin or indent
        found = _ARGUMENT.fullmatch(line.strip()) if indent == margin else None
        if found:
            if name:
                yield name, words
            name, words = found[1], found[2].strip()
        else:
            words = f"{words} {line.strip()}".strip()
    if name:
        yield name, words
