"""A task with its sub-tasks, read and checked before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman.agents.tasks.expression import Parsed, parse
from dragoman.agents.tasks.reading import Places, locate, parse_task, parse_yaml, read_yaml
from dragoman.agents.tasks.spec import (
    AnyStep,
    AskStep,
    BranchStep,
    ForEachStep,
    OnError,
    PromptStep,
    SubTaskStep,
    TaskSpec,
    ToolStep,
)
from dragoman.agents.tasks.templates import references
from dragoman.errors import TaskCycleError, TaskFileError, TaskReferenceError

_RUN = frozenset({"id", "date", "started_at"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One task file with the files it runs."""

    spec: TaskSpec
    """What it says."""

    file: Path
    """Where it lies."""

    places: Places
    """Where its parts stand in the file."""

    text: str
    """The file's text, kept with a run so that a resume does what was begun."""

    children: Mapping[str, Program]
    """Sub-tasks by their name in the file."""

    @property
    def folder(self) -> Path:
        """What its paths count from."""
        return self.file.parent

    def texts(self) -> dict[str, str]:
        """The text of every file of it, by path."""
        found = {str(self.file): self.text}
        for child in self.children.values():
            found |= child.texts()
        return found

    def steps(self) -> Iterator[tuple[Program, AnyStep, tuple[str | int, ...]]]:
        """Every step of it and of its sub-tasks, with its program and its place."""
        for step, path in _all(self.spec.steps, ("steps",)):
            yield self, step, path
        for child in self.children.values():
            yield from child.steps()


def load(
    file: Path, texts: Mapping[str, str] | None = None, *, above: tuple[Path, ...] = ()
) -> Program:
    """Read a task file and those it runs, and check what can be checked without tools.

    Args:
        file: Where it lies.
        texts: The texts of the files by path, in place of what lies there now.
        above: The files that run this one.

    Raises:
        TaskFileError: a file cannot be read or is no task.
        TaskReferenceError: a reference leads nowhere.
        TaskCycleError: a task runs itself.
    """
    file = file.resolve()
    if file in above:
        chain = " → ".join(path.name for path in (*above[above.index(file) :], file))
        raise TaskCycleError(f"The tasks run each other without end: {chain}.", file=str(file))
    if texts is None:
        value, places, text = read_yaml(file)
    else:
        text = texts[str(file)]
        value, places = parse_yaml(text, file=str(file))
    spec = parse_task(value, places, file=str(file))
    children = {
        step.task: load(file.parent / step.task, texts, above=(*above, file))
        for step, _ in _all(spec.steps, ("steps",))
        if isinstance(step, SubTaskStep)
    }
    program = Program(spec=spec, file=file, places=places, text=text, children=children)
    _Checker(program).check()
    return program


def _all(
    steps: Sequence[AnyStep], path: tuple[str | int, ...]
) -> Iterator[tuple[AnyStep, tuple[str | int, ...]]]:
    for index, step in enumerate(steps):
        here = (*path, index)
        yield step, here
        if isinstance(step, ForEachStep):
            yield from _all(step.steps, (*here, "steps"))
        if isinstance(step, BranchStep):
            yield from _all(step.branch.then, (*here, "branch", "then"))
            yield from _all(step.branch.else_, (*here, "branch", "else"))
        if isinstance(step.on_error, OnError):
            yield from _all(step.on_error.steps, (*here, "on_error", "steps"))


class _Checker:
    """Follows every reference of one file to what it leads to."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._spec = program.spec

    def check(self) -> None:
        seen: set[str] = set()
        for step, path in _all(self._spec.steps, ("steps",)):
            if step.name in seen:
                raise self._file_error(f"Two steps are named {step.name}.", (*path, "name"))
            seen.add(step.name)
            self._shape(step, path)
        visible = self._level(
            self._spec.steps, ("steps",), set(), frozenset({"inputs", "steps", "run"})
        )
        roots = frozenset({"inputs", "steps", "run"})
        self._values(self._spec.outputs, ("outputs",), visible, roots)

    def _shape(self, step: AnyStep, path: tuple[str | int, ...]) -> None:
        if isinstance(step, AskStep) and (step.answer == "choice") != bool(step.choices):
            raise self._file_error("A choice, and only a choice, needs choices.", path)
        if isinstance(step, PromptStep) and step.schema_ is not None:
            from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - slow to import

            try:
                Draft202012Validator.check_schema(step.schema_)
            except SchemaError as error:
                raise self._file_error(
                    f"This is no JSON schema: {error.message}.", (*path, "schema")
                ) from None
            if step.schema_.get("type") != "object":
                raise self._file_error("The schema must be of type object.", (*path, "schema"))

    def _level(
        self,
        steps: Sequence[AnyStep],
        path: tuple[str | int, ...],
        visible: set[str],
        roots: frozenset[str],
    ) -> set[str]:
        """The names that are visible after these steps."""
        visible = set(visible)
        later = [step.name for step in steps]
        for index, step in enumerate(steps):
            here = (*path, index)
            self._one(step, here, visible, roots)
            error = step.on_error
            if isinstance(error, OnError):
                if error.goto and error.goto not in later[index + 1 :]:
                    raise self._reference_error(
                        f"goto: {error.goto} is no later step of the same level.",
                        (*here, "on_error", "goto"),
                    )
                if path != ("steps",) and error.goto:
                    raise self._reference_error(
                        "goto is for the steps of the task itself.", (*here, "on_error", "goto")
                    )
                self._level(error.steps, (*here, "on_error", "steps"), visible, roots | {"error"})
            visible.add(step.name)
            if isinstance(step, BranchStep):
                visible |= {
                    each.name for each, _ in _all([*step.branch.then, *step.branch.else_], ())
                }
        return visible

    def _one(
        self, step: AnyStep, path: tuple[str | int, ...], visible: set[str], roots: frozenset[str]
    ) -> None:
        if isinstance(step, ForEachStep):
            if isinstance(step.for_each, str) and "${{" not in step.for_each:
                self._expression(step.for_each, (*path, "for_each"), visible, roots)
            else:
                self._values(step.for_each, (*path, "for_each"), visible, roots)
            inner = roots | {"item", "index"}
            after = self._level(step.steps, (*path, "steps"), visible, inner)
            self._values(step.output, (*path, "output"), after, inner)
        elif isinstance(step, BranchStep):
            self._expression(step.branch.if_, (*path, "branch", "if"), visible, roots)
            self._level(step.branch.then, (*path, "branch", "then"), visible, roots)
            self._level(step.branch.else_, (*path, "branch", "else"), visible, roots)
        else:
            for name, value in fields_of(step).items():
                self._values(value, (*path, name), visible, roots)

    def _values(
        self, value: Any, path: tuple[str | int, ...], visible: set[str], roots: frozenset[str]
    ) -> None:
        try:
            for inside, parsed in references(value):
                self._follow(parsed, (*path, *inside), visible, roots)
        except TaskReferenceError as error:
            if error.line:
                raise
            raise self._reference_error(error.message, path) from None

    def _expression(
        self, text: str, path: tuple[str | int, ...], visible: set[str], roots: frozenset[str]
    ) -> None:
        inside = text.strip().removeprefix("${{").removesuffix("}}")
        try:
            self._follow(parse(inside), path, visible, roots)
        except TaskReferenceError as error:
            if error.line:
                raise
            raise self._reference_error(error.message, path) from None

    def _follow(
        self, parsed: Parsed, path: tuple[str | int, ...], visible: set[str], roots: frozenset[str]
    ) -> None:
        for found in parsed.paths():
            first = found.parts[0] if found.parts else None
            if found.root not in roots:
                raise self._reference_error(
                    f"There is no {found.root!r} here; there is {', '.join(sorted(roots))}.", path
                )
            if found.root == "inputs" and first is not None and first not in self._spec.inputs:
                raise self._reference_error(f"There is no input {first!r}.", path)
            if found.root == "run" and first not in _RUN:
                raise self._reference_error(f"run has: {', '.join(sorted(_RUN))}.", path)
            if found.root == "steps" and first not in visible:
                known = ", ".join(sorted(visible)) or "none"
                raise self._reference_error(
                    f"There is no earlier step {first!r}; those before it: {known}.", path
                )
            if found.root == "steps" and found.parts[1:2] not in {
                ("output",),
                ("error",),
                ("status",),
            }:
                raise self._reference_error(f"{found}: a step has output, error and status.", path)

    def _reference_error(self, message: str, path: tuple[str | int, ...]) -> TaskReferenceError:
        line, column, where = locate(path, self._program.places)
        return TaskReferenceError(
            f"{where}: {message}", file=str(self._program.file), line=line, column=column
        )

    def _file_error(self, message: str, path: tuple[str | int, ...]) -> TaskFileError:
        line, column, where = locate(path, self._program.places)
        return TaskFileError(
            f"{where}: {message}", file=str(self._program.file), line=line, column=column
        )


def fields_of(step: AnyStep) -> dict[str, Any]:
    """The values of a plain step that may hold references, by their name in the file."""
    if isinstance(step, ToolStep):
        return {"with": step.arguments, "approval": step.approval}
    if isinstance(step, PromptStep):
        return {
            "prompt": step.prompt,
            "system": step.system,
            "data": step.data,
            "language": step.language,
        }
    if isinstance(step, AskStep):
        return {"ask": step.ask, "show": step.show, "default": step.default}
    return {"with": step.arguments} if isinstance(step, SubTaskStep) else {}
