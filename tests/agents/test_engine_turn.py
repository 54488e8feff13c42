"""A turn's model calls are made on behalf of its tenant and thread."""

import itertools

import pytest

from dragoman.errors import BudgetExceededError
from dragoman.models import EngineSwitch, EngineWait
from dragoman.models.caller import caller, tell
from dragoman.testing import ScriptedModel

NO_CALLS = {"thought": "", "needs": "nothing", "calls": []}
WAIT = EngineWait(engine="ollama:qwen3:4b", ahead=2)
SWITCH = EngineSwitch(used="embedded:small", instead_of="ollama:qwen3:4b", reason="It is down.")


def test_model_calls_know_the_tenant_the_thread_and_the_turns_budget(make, memory):
    seen = []

    def step(_):
        seen.append(caller())
        return NO_CALLS

    model = ScriptedModel([step, "Wir haben von zehn bis zwanzig Uhr geöffnet."])
    make(model, memory=memory).ask("Wann haben Sie geöffnet?", thread="t1")
    (who,) = seen
    assert (who.tenant, who.thread) == ("acme", "acme/t1")
    assert who.budget is not None


def test_waiting_and_switching_are_events_of_the_turn(make):
    def step(_):
        tell(WAIT)
        tell(SWITCH)
        return NO_CALLS

    script = [step, "Wir haben von zehn bis zwanzig Uhr geöffnet."]
    events = list(make(script).stream("Wann haben Sie geöffnet?"))
    assert [event for event in events if event.type.startswith("engine")] == [WAIT, SWITCH]


def test_a_used_up_budget_ends_the_turn_as_a_failure_that_says_so(make):
    assistant = make([NO_CALLS, BudgetExceededError("The budget of this turn is used up.")])
    stream = assistant.stream("Wann haben Sie geöffnet?", thread="t1")
    events = list(itertools.takewhile(lambda event: event.type != "error", stream))
    assert "plan" in [event.type for event in events]
    assert "answer" not in [event.type for event in events]
    with pytest.raises(BudgetExceededError):
        next(stream)
    assert [turn.status for turn in assistant.turns("t1")] == ["failed"]
