"""A run as it happens: a tree of its steps that changes while they are done."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from dragoman.serving import render
from dragoman.serving.direction import isolated

if TYPE_CHECKING:
    from dragoman.agents.tasks import StepRecord

_MARKS = {
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "passed": ("✗", "yellow"),
    "waiting": ("?", "magenta"),
    "running": ("…", "cyan"),
}
_SHOWN = 80


class TaskView:
    """Draws a run on standard error; on anything but a terminal, once at the end.

    Usage:
        with TaskView("triage") as view:
            ...  # view.saw(step)
    """

    def __init__(self, title: str) -> None:
        """Begin with an empty tree."""
        self._title = title
        self._steps: dict[str, StepRecord] = {}
        self._live = Live(console=render.notices(), refresh_per_second=8, get_renderable=self._tree)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def saw(self, step: StepRecord) -> None:
        """Take a change of a step."""
        self._steps[step.path] = step

    def pause(self) -> None:
        """Leave the terminal to a question."""
        self._live.stop()

    def go_on(self) -> None:
        """Draw again."""
        self._live.start(refresh=True)

    def _tree(self) -> Tree:
        root = Tree(Text(self._title, style="bold"))
        known: dict[str, Tree] = {}
        for path, step in self._steps.items():
            above = max(
                (each for each in known if path.startswith((f"{each}.", f"{each}["))),
                key=len,
                default="",
            )
            known[path] = (known[above] if above else root).add(_line(step, path[len(above) :]))
        return root


def _line(step: StepRecord, name: str) -> Text:
    mark, style = _MARKS.get(step.status, ("·", "dim"))
    line = Text.assemble((f"{mark} ", style), name.lstrip("."), (f"  {step.kind}", "dim"))
    if step.attempt > 1:
        line.append(f"  attempt {step.attempt}", style="yellow")
    if step.status in {"done", "passed", "failed"}:
        line.append(f"  {step.seconds:.1f} s", style="dim")
    if step.error:
        line.append(f"  {step.error['message'][:_SHOWN]}", style="red")
    elif step.status == "done" and step.kind in {"prompt", "ask"}:
        line.append(f"  {isolated(str(step.output)[:_SHOWN])}", style="dim")
    return line
