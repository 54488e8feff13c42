"""The assistant as one LangGraph state machine.

start → understand → cjk | arabic | european | other → recall → plan ⇄ approve → act
plan → answer → review → remember → end
"""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from dragoman.agents import branches
from dragoman.agents.act import act
from dragoman.agents.answer import answer
from dragoman.agents.approve import approve
from dragoman.agents.parts import Parts
from dragoman.agents.plan import plan
from dragoman.agents.recall import recall
from dragoman.agents.remember import remember
from dragoman.agents.review import review
from dragoman.agents.state import TurnState
from dragoman.agents.understand import understand

AssistantGraph = CompiledStateGraph[TurnState, Parts, TurnState, TurnState]


def build_graph(
    *, max_steps: int, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> AssistantGraph:
    """The compiled graph.

    Args:
        max_steps: Planning steps in one turn; then what is known is answered from.
        checkpointer: Where a turn in progress is kept.
    """
    families = {
        "cjk": branches.cjk,
        "arabic": branches.arabic,
        "european": branches.european,
        "other": branches.other,
    }

    def after_act(state: TurnState) -> Literal["plan", "answer"]:
        return "plan" if state["step"] < max_steps else "answer"

    graph = StateGraph(TurnState, context_schema=Parts)
    graph.add_node("understand", understand)
    for name, branch in families.items():
        graph.add_node(name, branch)
        graph.add_edge(name, "recall")
    graph.add_node("recall", recall)
    graph.add_node("plan", plan)
    graph.add_node("approve", approve)
    graph.add_node("act", act)
    graph.add_node("answer", answer)
    graph.add_node("review", review)
    graph.add_node("remember", remember)

    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", _family, {name: name for name in families})
    graph.add_edge("recall", "plan")
    graph.add_conditional_edges("plan", _after_plan)
    graph.add_edge("approve", "act")
    graph.add_conditional_edges("act", after_act)
    graph.add_edge("answer", "review")
    graph.add_edge("review", "remember")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer, name="assistant")


def _family(state: TurnState) -> str:
    return state["family"]


def _after_plan(state: TurnState) -> Literal["approve", "answer"]:
    return "approve" if state["planned"] else "answer"
