"""The report of a run: every step with what it was given, what it gave, its time and its cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from dragoman.agents.tasks.journal import Question, Run, StepRecord

_LONGEST = 2000
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3em .5em;"
    "text-align:start;vertical-align:top}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}"
)


def as_markdown(run: Run, steps: Sequence[StepRecord], questions: Sequence[Question]) -> str:
    """The report as Markdown; values stand in fenced blocks that nothing in them can end."""
    lines = [f"# {run.task}: {run.status}", ""]
    lines += [f"- {name}: {value}" for name, value in _facts(run, steps)]
    for name, value in (("Inputs", run.inputs), ("Output", run.output), ("Error", run.error)):
        if value:
            lines += ["", f"**{name}**", "", _fenced(value)]
    for step in steps:
        cost = _cost(step)
        lines += [
            "",
            f"## `{step.path}` ({step.kind}): {_status(step)}",
            "",
            f"{step.seconds:.2f} s{cost}",
        ]
        for name, value in (("given", step.input), ("gave", step.output), ("error", step.error)):
            if value is not None:
                lines += ["", f"{name}:", "", _fenced(value)]
    if questions:
        lines += ["", "## Questions"]
        for question in questions:
            lines += [
                "",
                f"`{question.path}`:",
                "",
                _fenced(question.text),
                "",
                "answer:",
                "",
                _fenced(question.answer),
            ]
    return "\n".join(lines) + "\n"


def as_html(run: Run, steps: Sequence[StepRecord], questions: Sequence[Question]) -> str:
    """The report as one page without scripts; every value is escaped."""
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td dir=auto>{escape(str(value))}</td></tr>"
        for name, value in _facts(run, steps)
    )
    values = "".join(
        f"<h2>{name}</h2>{_pre(value)}"
        for name, value in (("Inputs", run.inputs), ("Output", run.output), ("Error", run.error))
        if value
    )
    rows = "".join(
        f"<tr><td><code>{escape(step.path)}</code></td><td>{escape(step.kind)}</td>"
        f"<td>{escape(_status(step))}</td><td>{_pre(step.input)}</td>"
        f"<td>{_pre(step.error if step.error is not None else step.output)}</td>"
        f"<td>{step.seconds:.2f} s{escape(_cost(step))}</td></tr>"
        for step in steps
    )
    asked = "".join(
        f"<tr><td><code>{escape(each.path)}</code></td><td dir=auto>{escape(each.text)}</td>"
        f"<td>{_pre(each.answer)}</td></tr>"
        for each in questions
    )
    asked = f"<h2>Questions</h2><table>{asked}</table>" if asked else ""
    title = escape(f"{run.task}: {run.status}")
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<table>{facts}</table>{values}<h2>Steps</h2><table><tr><th>step<th>kind<th>status"
        f"<th>given<th>gave<th>time and cost</tr>{rows}</table>{asked}</body></html>\n"
    )


def _facts(run: Run, steps: Sequence[StepRecord]) -> list[tuple[str, Any]]:
    def total(name: str) -> float:
        return sum(step.usage.get(name, 0) for step in steps)

    leaves = [step for step in steps if step.kind in {"tool", "prompt"}]
    return [
        ("run", run.id),
        ("file", run.file),
        ("began", run.started_at),
        ("ended", run.ended_at or "not yet"),
        ("time in tools and prompts", f"{sum(step.seconds for step in leaves):.2f} s"),
        ("model calls", int(total("model_calls"))),
        ("tokens", f"{int(total('input_tokens')):,} read, {int(total('output_tokens')):,} written"),
        ("cost", f"{total('money'):.6g}"),
    ]


def _status(step: StepRecord) -> str:
    status = "failed, the run went on" if step.status == "passed" else step.status
    return f"{status}, attempt {step.attempt}" if step.attempt > 1 else status


def _cost(step: StepRecord) -> str:
    if not step.usage:
        return ""
    read, written = int(step.usage["input_tokens"]), int(step.usage["output_tokens"])
    return f", {read} + {written} tokens, cost {step.usage.get('money', 0):.6g}"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _fenced(value: Any) -> str:
    text = _text(value)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _pre(value: Any) -> str:
    return "" if value is None else f"<pre dir=auto>{escape(_text(value))}</pre>"
