"""The assistant as one LangGraph state machine.

start → understand → cjk | arabic | european | other → recall → plan → screen → approve → act → plan
plan → answer → review → remember → end

Where answers rest on documents alone: recall → find_evidence → answer | not_found
Where a person is needed: understand | review | ask_user | not_found → hand_off → remember → end
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
from dragoman.agents.cached import say_again
from dragoman.agents.parts import Parts
from dragoman.agents.plan import plan
from dragoman.agents.prepared import ask_user, at_once
from dragoman.agents.recall import recall
from dragoman.agents.remember import remember
from dragoman.agents.research.find import find_evidence, not_found
from dragoman.agents.review import review
from dragoman.agents.screen import screen
from dragoman.agents.state import TurnState
from dragoman.agents.support.hand_over import after_reply, hand_off
from dragoman.agents.understand import understand

AssistantGraph = CompiledStateGraph[TurnState, Parts, TurnState, TurnState]


def build_graph(*, checkpointer: BaseCheckpointSaver[Any] | None = None) -> AssistantGraph:
    """The compiled graph.

    Args:
        checkpointer: Where a turn in progress is kept.
    """
    families = {
        "cjk": branches.cjk,
        "arabic": branches.arabic,
        "european": branches.european,
        "other": branches.other,
    }

    graph = StateGraph(TurnState, context_schema=Parts)
    graph.add_node("understand", understand)
    for name, branch in families.items():
        graph.add_node(name, branch)
        graph.add_edge(name, "recall")
    graph.add_node("recall", recall)
    graph.add_node("plan", plan)
    graph.add_node("find_evidence", find_evidence)
    graph.add_node("not_found", not_found)
    graph.add_node("screen", screen)
    graph.add_node("approve", approve)
    graph.add_node("act", act)
    graph.add_node("answer", answer)
    graph.add_node("ask_user", ask_user)
    graph.add_node("at_once", at_once)
    graph.add_node("say_again", say_again)
    graph.add_node("review", review)
    graph.add_node("hand_off", hand_off)
    graph.add_node("remember", remember)

    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", _after_understand, [*families, "at_once", "hand_off"])
    graph.add_conditional_edges("recall", _after_recall)
    graph.add_conditional_edges("find_evidence", _after_evidence)
    graph.add_conditional_edges("plan", _after_plan)
    graph.add_edge("screen", "approve")
    graph.add_edge("approve", "act")
    graph.add_conditional_edges("act", _after_act)
    for node in ("review", "ask_user", "not_found"):
        graph.add_conditional_edges(node, after_reply, ["hand_off", "remember"])
    graph.add_edge("hand_off", "remember")
    graph.add_edge("at_once", "remember")
    graph.add_edge("say_again", "remember")
    graph.add_edge("answer", "review")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer, name="assistant")


def _after_understand(state: TurnState) -> str:
    if state.get("to_person"):
        return "hand_off"
    return "at_once" if state.get("at_once") else state["family"]


def _after_recall(state: TurnState) -> Literal["plan", "find_evidence", "say_again"]:
    if state.get("cached"):
        return "say_again"
    return "find_evidence" if state.get("documents_only") else "plan"


def _after_evidence(state: TurnState) -> Literal["answer", "not_found"]:
    return "answer" if state.get("evidence") else "not_found"


def _after_plan(state: TurnState) -> Literal["screen", "ask_user", "answer"]:
    if state.get("missing"):
        return "ask_user"
    return "screen" if state["planned"] else "answer"


def _after_act(state: TurnState) -> Literal["screen", "plan"]:
    return "screen" if state["planned"] else "plan"
