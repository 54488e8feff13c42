"""References from one call to the result of another: ``$1``, ``$1.total``, ``$2.items[0].id``.

Every call of a turn has a number, counted from 1 over all its steps. A call may use the results of
calls with smaller numbers in its arguments, as a whole (the value keeps its type) or inside a text,
and may depend on one by a condition such as ``$1.status == shipped``.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from dragoman.errors import BadReferenceMistake
from dragoman.tools import Call
from dragoman.tools.call import as_plain

_PATH = r"(?:\.[^\W\d]\w*|\[\d{1,4}\])"
_INSIDE = re.compile(rf"\$(\d{{1,2}})({_PATH}+)")
_WHOLE = re.compile(rf"\$(\d{{1,2}})({_PATH}*)")
_PART = re.compile(r"\.(\w+)|\[(\d+)\]")
_CONDITION = re.compile(r"\s*(\$\S+)\s*(==|!=|>=|<=|>|<)\s*(.+?)\s*", re.DOTALL)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def next_wave(waiting: Sequence[Call], done: Sequence[Call]) -> tuple[list[Call], list[Call]]:
    """The calls that can run now, with their references filled in, and those that still wait.

    A call that can never run comes back among the first, with its `error` saying why: it refers to
    a failed or missing call, or its condition does not hold.

    Args:
        waiting: Planned calls that have not run.
        done: Calls of the turn that have.
    """
    results = {call.number: call for call in done}
    numbers = {call.number for call in waiting}
    ready: list[Call] = []
    later: list[Call] = []
    for call in waiting:
        if any(number in numbers and number < call.number for number in _used(call, results)):
            later.append(call)
        else:
            ready.append(_filled(call, results))
    return ready, later


def _used(call: Call, results: Mapping[int, Call]) -> set[int]:
    """The numbers that `call` refers to."""
    known = max([call.number - 1, *results], default=0)
    texts = [call.when] if call.when else []
    texts += _strings(call.arguments)
    return {number for text in texts for number, _ in _references(text, known)}


def _references(text: str, known: int) -> Iterator[tuple[int, str]]:
    """Number and path of each reference; ``$100`` in a price is none."""
    whole = _WHOLE.fullmatch(text.strip())
    for match in [whole] if whole else list(_INSIDE.finditer(text)):
        if 1 <= int(match[1]) <= known:
            yield int(match[1]), match[2]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _filled(call: Call, results: Mapping[int, Call]) -> Call:
    try:
        if call.when and not holds(call.when, results):
            return replace(call, error=f"Not run, because its condition is false: {call.when}")
        return replace(call, arguments=_with_values(call.arguments, results, call.number - 1))
    except BadReferenceMistake as mistake:
        return replace(call, error=str(mistake))


def _with_values(value: Any, results: Mapping[int, Call], known: int) -> Any:
    if isinstance(value, dict):
        return {key: _with_values(item, results, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_values(item, results, known) for item in value]
    if not isinstance(value, str):
        return value
    whole = _WHOLE.fullmatch(value.strip())
    if whole and 1 <= int(whole[1]) <= known:
        return _looked_up(int(whole[1]), whole[2], results)

    def text(match: re.Match[str]) -> str:
        if not 1 <= int(match[1]) <= known:
            return match[0]
        # A sentence may go on with a full stop right behind the reference.
        found = _looked_up(int(match[1]), match[2], results)
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return _INSIDE.sub(text, value)


def _looked_up(number: int, path: str, results: Mapping[int, Call]) -> Any:
    call = results.get(number)
    if call is None:
        raise BadReferenceMistake(f"Not run: there is no result ${number}.")
    if call.error:
        raise BadReferenceMistake(f"Not run, because ${number} ({call.tool}) gave no result.")
    value = as_plain(call.result)
    for name, index in _PART.findall(path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            raise BadReferenceMistake(
                f"Not run: ${number} has no {path.lstrip('.')!r}. {_what_there_is(value)}"
            ) from None
    return value


def _what_there_is(value: Any) -> str:
    if isinstance(value, dict):
        return f"It has: {', '.join(map(str, value))}."
    if isinstance(value, list):
        return f"It is a list of {len(value)}."
    return f"It is the value {json.dumps(value, ensure_ascii=False)[:80]} itself."


def holds(condition: str, results: Mapping[int, Call]) -> bool:
    """Whether a condition on results is true.

    Numbers are compared as numbers, everything else as text without regard to case.

    Raises:
        BadReferenceMistake: it cannot be read, or refers to what is not there.
    """
    read = _CONDITION.fullmatch(condition)
    reference = _WHOLE.fullmatch(read[1]) if read else None
    if read is None or reference is None:
        raise BadReferenceMistake(
            f"Not run: the condition {condition!r} cannot be read. Write $1.field == value."
        )
    left = _looked_up(int(reference[1]), reference[2], results)
    right = read[3].strip("\"'")
    try:
        return _COMPARE[read[2]](Decimal(str(left)), Decimal(right))
    except InvalidOperation:
        shown = left if isinstance(left, str) else json.dumps(left)
        return _COMPARE[read[2]](shown.casefold(), right.casefold())
