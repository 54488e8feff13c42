"""A task as a LangGraph graph: a node for each step, an interrupt where a person is awaited.

The checkpoint says where the run is, the journal what its steps have given. Inside a node, items
of a list run side by side; LangGraph's own tasks are told apart by the order in which they are
called, which is another after a crash, so there the journal, keyed by path and item, decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypedDict

from dragoman.agents.tasks.program import Program
from dragoman.agents.tasks.signals import Waiting
from dragoman.agents.tasks.spec import AnyStep
from dragoman.agents.tasks.walk import Walk


class _At(TypedDict):
    at: str


def task_graph(walk: Walk, program: Program, scope: dict[str, Any], saver: Any) -> Any:
    """The graph of one run, with what its steps have given so far in `scope`."""
    from langgraph.graph import END, START, StateGraph  # noqa: PLC0415 - slow to import
    from langgraph.types import Command, interrupt  # noqa: PLC0415 - the same

    steps = program.spec.steps
    graph = StateGraph(_At)

    def node(step: AnyStep, following: str) -> Callable[[_At], Awaitable[Any]]:
        async def run_step(_: _At) -> Any:
            try:
                goto = await walk.step(program, step, "", scope)
            except Waiting as wait:
                interrupt({"question": str(wait)})
                raise  # unreachable: nothing ever resumes an interrupt with a value
            return Command(update={"at": step.name}, goto=goto or following)

        return run_step

    for index, step in enumerate(steps):
        following = steps[index + 1].name if index + 1 < len(steps) else END
        later = tuple(each.name for each in steps[index + 1 :])
        graph.add_node(step.name, node(step, following), destinations=(*later, END))  # type: ignore[call-overload] # a closure is a node
    graph.add_edge(START, steps[0].name)
    return graph.compile(checkpointer=saver)
