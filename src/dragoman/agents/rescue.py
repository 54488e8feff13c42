"""Tool calls that a model wrote into its text in place of making them, read back or refused.

Qwen models leak calls in several forms, depending on the template of the server: plain JSON, JSON
in a code fence, ``<tool_call>{…}</tool_call>``, ``<function=NAME><parameter=KEY>…``, all of them
also cut in the middle. What can be read whole becomes a call; what cannot is refused with a
sentence that tells the model what to write. No call is ever made with arguments that were lost.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NAMES = ("name", "tool", "tool_name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
_TAG = re.compile(r"<tool_call>(.*?)(</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([\w.-]+)>(.*?)(</function>|(?=<function=)|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>(.*?)(</parameter>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)(\n[ \t]*```|\Z)", re.DOTALL)
_CALL_BEGINS = re.compile(
    r"<(?:tool_call|function)\b|<(?:tool_call|function)?\Z"
    r"|[{\[]\s*\{?\s*[\"'](?:name|tool|tool_name|function)[\"']\s*:"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescued:
    """What a text held in the way of calls."""

    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Tool and arguments of each call, in order; empty when one of them had to be refused."""

    refusal: str = ""
    """What the model should be told, empty when nothing was wrong."""


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    pass


def rescue(text: str, tools: Mapping[str, Mapping[str, Any]]) -> Rescued:
    """The calls that `text` holds.

    A text without any is an answer: neither calls nor a refusal. JSON that names no tool is not a
    call, so that an answer may hold JSON.

    Args:
        text: What the model wrote.
        tools: JSON schema of the arguments of each tool that may be called, by name.

    Usage:
        >>> rescue('<tool_call>{"name": "stock", "arguments": {"sku": "A-1"}}</tool_call>', {
        ...     "stock": {"properties": {"sku": {"type": "string"}}, "required": ["sku"]}})
        Rescued(calls=(('stock', {'sku': 'A-1'}),), refusal='')
    """
    try:
        calls = tuple(_checked(name, given, tools) for name, given in _written(text, tools))
    except _Refused as refused:
        return Rescued(refusal=str(refused))
    return Rescued(calls=calls)


def _written(text: str, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    if "<function=" in text:
        for name, body, end in _FUNCTION.findall(text):
            yield name, _parameters(name, body, bool(end), tools)
        return
    tagged = _TAG.findall(text)
    for body, _ in tagged:
        yield from _json_calls(body, must_be_one=True)
    if tagged:
        return
    bodies = [body for body, _ in _FENCE.findall(text)] or [text]
    for body in bodies:
        yield from _json_calls(body, must_be_one=False)


def _parameters(
    name: str, body: str, is_whole: bool, tools: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    found = _PARAMETER.findall(body)
    if not is_whole or not all(end for _, _, end in found):
        raise _Refused(_cut(name))
    properties = tools.get(name, {}).get("properties", {})
    return {key: _typed(value.strip("\n"), properties.get(key, {})) for key, value, _ in found}


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text as its type; a text stays a text, even ``007`` and ``true``."""
    if schema.get("type", "string") == "string":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value  # the validation says what is wrong with it


def _json_calls(body: str, *, must_be_one: bool) -> Iterator[tuple[str, Any]]:
    for value in _values(body, must_be_one=must_be_one):
        for entry in value if isinstance(value, list) else [value]:
            if not isinstance(entry, dict):
                continue
            inner = entry.get("function")  # OpenAI's form: {"type": "function", "function": {…}}
            call = inner if isinstance(inner, dict) else entry
            name = next((call[key] for key in _NAMES if isinstance(call.get(key), str)), None)
            given = next((call[key] for key in _ARGUMENTS if key in call), None)
            if name is not None and given is not None:
                yield name, given
            elif must_be_one:
                raise _Refused(_unreadable())


def _values(body: str, *, must_be_one: bool) -> list[Any]:
    """The JSON values in `body`, one after the other, whatever stands between them."""
    values, place = [], 0
    decoder = json.JSONDecoder(strict=False)
    while (start := _next_bracket(body, place)) >= 0:
        try:
            value, place = decoder.raw_decode(body, start)
            values.append(value)
        except RecursionError:  # brackets without end: a model that runs away
            raise _Refused(_cut("")) from None
        except ValueError:
            if must_be_one or _CALL_BEGINS.match(body, start):
                values.append(_as_python(body[start:]))
                break
            place = start + 1
    if must_be_one and not values:
        raise _Refused(_unreadable())
    return values


def _next_bracket(body: str, place: int) -> int:
    found = [at for sign in "{[" if (at := body.find(sign, place)) >= 0]
    return min(found, default=-1)


def _as_python(text: str) -> Any:
    """A dict in Python's own writing, with single quotes; nothing is run."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise _Refused(_cut("")) from None


def _checked(
    name: str, given: Any, tools: Mapping[str, Mapping[str, Any]]
) -> tuple[str, dict[str, Any]]:
    if name not in tools:
        raise _Refused(f"There is no tool {name!r}. There are: {', '.join(tools)}. Call again:")
    if isinstance(given, str):  # arguments as a text that holds JSON
        try:
            given = json.loads(given, strict=False)
        except (ValueError, RecursionError):
            raise _Refused(_cut(name)) from None
    if not isinstance(given, dict):
        raise _Refused(f"The arguments of {name} must be an object. Call {name} again:")
    missing = [key for key in tools[name].get("required", ()) if key not in given]
    if missing:
        raise _Refused(
            f"The call of {name} lacks {', '.join(missing)}. Call {name} again with all arguments:"
        )
    return name, given


def _cut(name: str) -> str:
    what = f"The call of {name}" if name else "The call"
    return f"{what} was cut or is not valid JSON, and was not made. Write it again, shorter:"


def _unreadable() -> str:
    return (
        'That is no call. Write {"name": "<tool>", "arguments": {...}} between <tool_call> and '
        "</tool_call>:"
    )
