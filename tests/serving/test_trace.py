"""The trace of a turn, as `dragoman ask --trace` prints it."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console
from typer.testing import Result

from dragoman import Answer
from dragoman.agents.events import AnswerEvent, Event, PlanEvent, ToolEndEvent
from dragoman.serving.trace import TraceView
from dragoman.tools import Call

Run = Callable[..., Result]


def _plan(*calls: dict[str, object], needs: str = "calculator") -> dict[str, object]:
    return {"thought": "480 times 25", "needs": needs, "calls": list(calls)}


def test_a_trace_shows_thought_call_result_cost_and_answer(run: Run, script: list[object]) -> None:
    call = {"tool": "calculator", "arguments": {"expression": "480 * 25"}}
    script += [_plan(call), _plan(needs="nothing"), "Das kostet 12.000 Yen."]
    done = run("ask", "--trace", "Was kosten 25 Kisten Tee zu 480 Yen?")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("plan 1 ") and "1 model call" in line for line in lines)
    assert "  thought 480 times 25" in lines
    assert '  call    $1 calculator(expression="480 * 25")' in lines
    assert any(line.startswith("result    $1 = ") and "12000" in line for line in lines)
    assert any(line.startswith("plan 2 ") for line in lines)
    assert "  Das kostet 12.000 Yen." in lines
    assert lines[-1].startswith("turn ")
    assert "3 model calls" in lines[-1]


def test_what_the_planner_was_told_about_a_bad_reply_is_shown(
    run: Run, script: list[object]
) -> None:
    script += ["this is no plan", _plan(needs="nothing"), "Das weiß ich leider nicht."]
    done = run("ask", "--trace", "Wie lange gilt die Garantie?")
    assert "  repair  That was no plan. Plan again, shorter:" in done.stdout.splitlines()
    assert "2 model calls" in done.stdout


def _printed(*events: Event) -> str:
    out = io.StringIO()
    end = AnswerEvent(answer=Answer(text="…", language="en"))
    TraceView(Console(width=200, file=out)).show([*events, end])
    return out.getvalue()


def test_arguments_are_shown_as_they_are_used_and_as_they_were_written() -> None:
    call = Call(
        id="1.0",
        number=1,
        tool="quote",
        arguments={"to": "JP"},
        given={"to": "일본"},
        when="$1 > 0",
    )
    shown = _printed(PlanEvent(thought="…", calls=(call,), missing=("weight",)))
    assert 'call    $1 quote(to="JP")' in shown
    assert 'as written: to="일본"' in shown
    assert "ask     weight" in shown


def test_a_failed_call_and_a_long_result_are_shown_as_such() -> None:
    failed = Call(id="1.0", number=1, tool="t", arguments={}, error="no such order")
    long = Call(id="1.1", number=2, tool="t", arguments={}, result="x" * 900)
    shown = _printed(ToolEndEvent(call=failed), ToolEndEvent(call=long))
    assert "$1 = error: no such order" in shown
    assert "x" * 300 in shown
    assert "x" * 500 not in shown
