"""The small language of conditions and references: compared, never evaluated as code.

``steps.check.output.total > 100 and not inputs.quick``. It has values, paths, comparisons, ``in``,
``and``, ``or``, ``not``, brackets and four functions (`length`, `lower`, `number`, `default`); no
attributes of Python, no calls of anything else. A library such as simpleeval walks Python's own
syntax and has to forbid what is dangerous in it; here there is nothing to forbid, and a path is a
thing that can be checked before the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dragoman.errors import TaskReferenceError

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?\d+(?:\.\d+)?)
  | (?P<text>"(?:[^"\\]|\\.)*"|'[^']*')
  | (?P<name>[^\W\d]\w*)
  | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,|\.)
  | (?P<bad>\S)
)""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_FUNCTIONS = {"length": 1, "lower": 1, "number": 1, "default": 2}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Path:
    """A reference such as ``steps.check.output.items[0]``."""

    root: str
    """``inputs``, ``steps``, ``item``, ``index``, ``run`` or ``error``."""

    parts: tuple[str | int, ...]
    """Names and indexes after it."""

    def __str__(self) -> str:
        return self.root + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class _Node:
    kind: str
    value: Any = None
    children: tuple[_Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression that has been read."""

    text: str
    """As it was written."""

    tree: _Node
    """As it was understood."""

    def paths(self) -> Iterator[Path]:
        """Every reference in it."""
        waiting = [self.tree]
        while waiting:
            node = waiting.pop()
            if node.kind == "path":
                yield node.value
            waiting.extend(node.children)

    def value(self, scope: Mapping[str, Any]) -> Any:
        """What it comes to.

        Raises:
            TaskReferenceError: a reference leads nowhere, or values cannot be compared.
        """
        return _evaluate(self.tree, scope, self.text)


def parse(text: str) -> Parsed:
    """Read an expression.

    Raises:
        TaskReferenceError: it cannot be read; says where.
    """
    return Parsed(text.strip(), _Parser(text).whole())


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            (match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(text)
        ]
        self._place = 0
        self._depth = 0

    def whole(self) -> _Node:
        found = self._or()
        if self._place < len(self._tokens):
            raise self._wrong("does not belong here")
        return found

    def _or(self) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("is nested too deeply")
        found = self._and()
        while self._takes("or"):
            found = _Node("or", None, (found, self._and()))
        self._depth -= 1
        return found

    def _and(self) -> _Node:
        found = self._not()
        while self._takes("and"):
            found = _Node("and", None, (found, self._not()))
        return found

    def _not(self) -> _Node:
        count = 0
        while self._takes("not"):
            count += 1
        found = self._comparison()
        return _Node("not", None, (found,)) if count % 2 else found

    def _comparison(self) -> _Node:
        left = self._single()
        if self._peek() == "not":
            self._place += 1
            if not self._takes("in"):
                raise self._wrong("does not follow 'not' here")
            return _Node("not", None, (_Node("compare", "in", (left, self._single())),))
        if self._peek() in _COMPARISONS:
            sign = self._peek()
            self._place += 1
            return _Node("compare", sign, (left, self._single()))
        return left

    def _single(self) -> _Node:  # noqa: PLR0911 - one way out for each kind of value
        if self._place >= len(self._tokens):
            raise self._wrong("ends too early")
        kind, token, _ = self._tokens[self._place]
        self._place += 1
        if kind == "number":
            return _Node("value", float(token) if "." in token else int(token))
        if kind == "text":
            return _Node(
                "value", re.sub(r"\\(.)", r"\1", token[1:-1]) if token[0] == '"' else token[1:-1]
            )
        if token == "(":  # noqa: S105 - a sign of the language
            found = self._or()
            self._expects(")")
            return found
        if token == "[":  # noqa: S105 - the same
            return _Node("list", None, self._items("]"))
        if kind == "name" and token in _WORDS:
            return _Node("value", _WORDS[token])
        if kind == "name" and self._takes("("):
            return self._function(token)
        if kind == "name":
            return _Node("path", Path(token, tuple(self._parts())))
        self._place -= 1
        raise self._wrong("cannot be read")

    def _function(self, name: str) -> _Node:
        items = self._items(")")
        if _FUNCTIONS.get(name) != len(items):
            self._place -= 1
            raise self._wrong(f"there is no function {name} of {len(items)}")
        return _Node("function", name, items)

    def _items(self, end: str) -> tuple[_Node, ...]:
        found: list[_Node] = []
        while not self._takes(end):
            if found:
                self._expects(",")
            found.append(self._or())
        return tuple(found)

    def _parts(self) -> Iterator[str | int]:
        while True:
            if self._takes("."):
                kind, token, _ = self._token()
                if kind != "name":
                    raise self._wrong("is no name")
                self._place += 1
                yield token
            elif self._takes("["):
                kind, token, _ = self._token()
                if kind not in {"number", "text"} or ("." in token and kind == "number"):
                    raise self._wrong("is no index")
                self._place += 1
                self._expects("]")
                yield int(token) if kind == "number" else token[1:-1]
            else:
                return

    def _token(self) -> tuple[str, str, int]:
        if self._place >= len(self._tokens):
            raise self._wrong("ends too early")
        return self._tokens[self._place]

    def _peek(self) -> str:
        kind, token, _ = (
            self._tokens[self._place] if self._place < len(self._tokens) else ("", "", 0)
        )
        return "" if kind == "text" else token

    def _takes(self, token: str) -> bool:
        if self._peek() == token:
            self._place += 1
            return True
        return False

    def _expects(self, token: str) -> None:
        if not self._takes(token):
            raise self._wrong(f"stands where {token!r} is expected")

    def _wrong(self, what: str) -> TaskReferenceError:
        if self._place < len(self._tokens):
            _, token, start = self._tokens[self._place]
            return TaskReferenceError(
                f"The condition {self._text!r} cannot be read: {token!r} at character "
                f"{start + 1} {what}."
            )
        return TaskReferenceError(f"The condition {self._text!r} cannot be read: it {what}.")


def _evaluate(node: _Node, scope: Mapping[str, Any], text: str) -> Any:  # noqa: C901, PLR0911 - a case for each kind
    def child(index: int) -> Any:
        return _evaluate(node.children[index], scope, text)

    if node.kind == "value":
        return node.value
    if node.kind == "path":
        return look_up(node.value, scope)
    if node.kind == "list":
        return [_evaluate(each, scope, text) for each in node.children]
    if node.kind == "not":
        return not child(0)
    if node.kind == "and":
        return bool(child(0)) and bool(child(1))
    if node.kind == "or":
        return bool(child(0)) or bool(child(1))
    if node.kind == "compare":
        return _compared(node.value, child(0), child(1), text)
    if node.value == "default":
        try:
            found = child(0)
        except TaskReferenceError:
            found = None
        return child(1) if found is None else found
    return _applied(node.value, child(0), text)


def look_up(path: Path, scope: Mapping[str, Any]) -> Any:
    """What a reference leads to.

    Raises:
        TaskReferenceError: nothing is there.
    """
    if path.root not in scope:
        raise TaskReferenceError(f"There is no {path.root!r} here.")
    value = scope[path.root]
    for part in path.parts:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            has = ", ".join(map(str, value)) if isinstance(value, dict) else type(value).__name__
            raise TaskReferenceError(f"{path} leads nowhere: no {part!r} in {has[:200]}.") from None
    return value


def _compared(sign: str, left: Any, right: Any, text: str) -> bool:
    if sign in {"==", "!="}:
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same if sign == "==" else not same
    try:
        if sign == "in":
            return bool(left in right)
        if isinstance(left, bool) or isinstance(right, bool):
            raise TypeError  # noqa: TRY301 - as Python itself does for a text and a number
        answers: Mapping[str, Callable[[], bool]] = {
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }
        return answers[sign]()
    except TypeError:
        raise TaskReferenceError(
            f"In {text!r}, {str(left)[:60]!r} and {str(right)[:60]!r} cannot be compared.",
            cure="Make a text a number with number(…).",
        ) from None


def _applied(name: str, value: Any, text: str) -> Any:
    try:
        if name == "length":
            return len(value)
        if name == "lower":
            return value.casefold()
        return value if isinstance(value, int | float) else float(str(value).strip())
    except (TypeError, ValueError, AttributeError):
        raise TaskReferenceError(f"In {text!r}, {name} cannot take {str(value)[:60]!r}.") from None
