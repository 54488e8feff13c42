"""A thread taken away whole: what was said, read, called, decided and done."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from planning import plan

from dragoman import Decision, tool
from dragoman.agents.thread_export import FORMAT, as_markdown
from dragoman.errors import InvalidInputError, ThreadNotFoundError
from dragoman.serving.as_json import plain
from dragoman.settings import Settings

REFUND = plan(("refund", {"order": "A-1", "yen": 500}))
ASKED = "Please refund order A-1 with 500 yen."


@tool(effect="once", approval=True)
def refund(order: str, yen: int) -> str:
    """Refund an order, in yen."""
    return f"refunded {yen} yen"


@tool(effect="none")
def read_mail() -> str:
    """Read the latest mail."""
    return "line `17`\n| two |\n## Effects\n" * 200


def decided(make, decision, **options):
    """An export of a thread whose only call was decided on like this."""
    assistant = make([REFUND, plan(), "The refund is settled."], tools=[refund], **options)
    pending = assistant.ask(ASKED, thread="x").pending
    list(assistant.decide("x", {pending[0].call.id: decision}))
    return assistant.export("x")


def test_an_export_holds_turns_citations_calls_and_long_results(make, memory):
    memory.add_texts(["We open at ten on Mondays."], metadatas=[{"source": "hours.md"}])
    drafted = "Line 17. We open at ten on Mondays."
    script = [plan(("read_mail", {})), plan(needs="passages"), drafted]
    assistant = make(script, memory=memory, tools=[read_mail])
    answer = assistant.ask("What does my mail say, and when do you open on Mondays?", thread="x")
    found = assistant.export("x")
    (turn,) = found.turns
    assert (found.format, found.tenant, found.thread) == (FORMAT, "acme", "x")
    assert (turn.answer, turn.status) == (answer.text, "done")
    assert turn.record["citations"][0]["quote"] == "We open at ten on Mondays."
    assert turn.record["passages"][0]["source"] == "hours.md"
    assert turn.record["calls"][0]["handle"] == "r1"
    (result,) = found.results
    assert (result.handle, result.turn, result.tool) == ("r1", turn.id, "read_mail")
    assert result.text == read_mail()
    assert json.loads(json.dumps(plain(found)))["turns"][0]["record"]["review"]


def test_an_effect_and_an_edited_approval_are_part_of_it(make):
    found = decided(make, Decision(approve=True, arguments={"order": "A-1", "yen": 400}))
    (effect,) = found.effects
    assert (effect.tool, effect.arguments["yen"], effect.state) == ("refund", 400, "done")
    assert effect.finished_at >= effect.started_at
    (entry,) = found.turns[0].record["approvals"]
    assert (entry["outcome"], entry["asked"]["yen"], entry["call"]) == ("edited", 500, "1.0")
    assert found.turns[0].record["calls"][0]["arguments"]["yen"] == 400


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        (Decision(approve=True), "approved"),
        (Decision(approve=False, reason="not today"), "rejected"),
    ],
)
def test_other_decisions_are_part_of_it_too(make, decision, outcome):
    found = decided(make, decision)
    (entry,) = found.turns[0].record["approvals"]
    assert (entry["outcome"], entry["reason"]) == (outcome, decision.reason)
    assert datetime.fromisoformat(entry["decided_at"]).tzinfo is not None
    assert len(found.effects) == int(outcome == "approved")


def test_a_decision_that_nobody_made_in_time_is_told_apart(make, home):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    settings = Settings(home=home, approval_seconds=60)
    script = [REFUND, plan(), "It was not refunded."]
    assistant = make(script, tools=[refund], settings=settings, now=lambda: now[0])
    pending = assistant.ask(ASKED, thread="x").pending
    now[0] += timedelta(hours=1)
    list(assistant.decide("x", {pending[0].call.id: Decision(approve=True)}))
    (entry,) = assistant.export("x").turns[0].record["approvals"]
    assert (entry["outcome"], entry["decided_at"]) == ("expired", "2026-01-01T01:00:00.000+00:00")


def test_a_turn_that_waits_is_exported_with_what_it_waits_for(make):
    assistant = make([REFUND], tools=[refund])
    assistant.ask(ASKED, thread="x")
    found = assistant.export("x")
    assert found.turns[0].record["requests"][0]["call"]["tool"] == "refund"
    line = '- `refund({"order": "A-1", "yen": 500})`'
    assert f"Waiting for a person:\n\n{line}\n" in as_markdown(found)
    assistant.fork("x", turns=1, into="y")
    assert f"Never decided:\n\n{line}\n" in as_markdown(assistant.export("y"))


def test_only_the_threads_own_effects_are_in_it(make):
    decided(make, Decision(approve=True))
    assistant = make([plan(), "Hello to you as well."], tools=[refund])
    assistant.ask("A greeting to all of you here.", thread="y")
    assert assistant.export("y").effects == ()


def test_a_page_for_people_shows_all_of_it(make):
    page = as_markdown(decided(make, Decision(approve=True, arguments={"order": "A-1", "yen": 4})))
    assert f"> {ASKED}" in page
    assert "The refund is settled." in page
    assert '- `refund({"order": "A-1", "yen": 4})` → `refunded 4 yen`' in page
    assert '- `refund({"order": "A-1", "yen": 500})` edited at ' in page
    assert '| refund | `{"order": "A-1", "yen": 4}` | done | `refunded 4 yen` |' in page


def test_what_others_wrote_makes_no_headings_or_cells_of_the_page(make):
    script = [plan(("read_mail", {})), plan(), "It says 17.\n## Effects\nand two."]
    assistant = make(script, tools=[read_mail])
    assistant.ask("Read my mail.\n## Effects", thread="x")
    page = as_markdown(assistant.export("x"))
    assert [line for line in page.splitlines() if line.startswith("##")] == [
        f"## 1. {assistant.turns('x')[0].asked_at} (done)"
    ]
    assert "``read_mail" not in page
    assert "→ ``line `17`" in page


@pytest.mark.parametrize(("thread", "error"), [("y", ThreadNotFoundError), ("", InvalidInputError)])
def test_what_is_not_there_cannot_be_exported(make, thread, error):
    with pytest.raises(error):
        make([]).export(thread)
