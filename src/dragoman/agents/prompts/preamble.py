"""The beginning of every planning prompt: the same bytes for every turn of every thread.

An engine keeps what it has read. As long as the beginning does not change by a single byte, only
the question and its passages are read anew; on a small machine that is most of the time saved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from dragoman.agents.plan_schema import ASK_USER, NOTHING, PASSAGES
from dragoman.agents.prompts.spotlight import RULE
from dragoman.agents.state import ChatMessage
from dragoman.tools.registry import Registry

_ROLE = """\
You plan what an assistant does next. You are shown a question. Reply with one line of JSON:
{"thought": "<what is asked, in a few words>", "needs": "<what it needs>", "calls": [...]}
- "needs" is the name of a tool for live data and actions (orders, stock, sums, sending, booking), \
"passages" for rules and facts, "nothing" for small talk and when the results are already there, \
"ask_user" when a tool is needed and the question does not say what to call it with.
- "calls" is empty for passages and nothing, else it lists the calls: \
{"tool": "<name>", "arguments": {...}}, or {"tool": "ask_user", "arguments": {"missing": [...]}}.
- Copy ids, names and numbers exactly as they were written. Never invent a value.
- When results are shown, plan only what is still left to do; when all is done: nothing.
"""
_ROLE += f"- {RULE}\n"
_AHEAD = """\
- The beginnings of the passages that were found for the question are shown, too.
- A call may use the result of an earlier one: "$1" is the first result, "$1.status" a field of \
it. "when": "$1.stock > 0" runs a call only if that is true.
"""
_MOST_EXAMPLES = 4
_OWN_EXAMPLES = 2
BUILT_IN = frozenset({"calculator", "current_time", "calendar", "holidays", "convert"}) | {
    "search_documents",
    "read_result",
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def preamble(
    registry: Registry, *, lists_tools: bool = True, ahead: bool = False, reads: bool = True
) -> list[ChatMessage]:
    """The static messages: role, rules and tools, then examples as a conversation.

    Args:
        registry: The tools.
        lists_tools: Whether the tools stand here; with many, each request names its own.
        ahead: Whether references and conditions are explained.
        reads: Whether requests show the passages.
    """
    role = _ROLE + (_AHEAD if ahead else "")
    if lists_tools:
        role += f"\nTools:\n{registry.render() or '(none)'}\n"
    messages: list[ChatMessage] = [{"role": "system", "content": role}]
    for question, passages, plan in _examples(registry):
        request = planning_request(question, passages if reads else None)
        messages.append({"role": "user", "content": request})
        messages.append({"role": "assistant", "content": _plan_json(plan)})
    return messages


def planning_request(
    question: str,
    passages: str | None,
    *,
    today: date | None = None,
    dates: Mapping[str, date] | None = None,
    tools: str = "",
) -> str:
    """The first message of a turn: the question, then what was found for it.

    Args:
        question: What was asked.
        passages: Beginnings of the passages; ``None`` where the planner is not shown any.
        today: The date, for what is said in relation to it.
        dates: Days that the question names, by its own words.
        tools: The tools to choose from, where they change with the question.
    """
    parts = [f"Tools:\n{tools}" if tools else "", f"Question: {question}"]
    if passages is not None:
        parts.append(f"Passages:\n{passages or '(none)'}")
    if today is not None:
        parts.append(f"Today: {today} ({_WEEKDAYS[today.weekday()]})" + _meanings(dates or {}))
    return "\n\n".join(part for part in [*parts, "Plan:"] if part)


def observations(results: str) -> str:
    """The message that shows the planner what came of its calls."""
    return f"Results:\n{results}\n\nPlan:"


def _meanings(dates: Mapping[str, date]) -> str:
    return "".join(f"; {words} = {day}" for words, day in dates.items())


def _examples(registry: Registry) -> list[tuple[str, str, dict[str, Any]]]:
    """Worked examples for tools that are there, so that no example calls a missing one."""
    examples: list[tuple[str, str, dict[str, Any]]] = [
        (
            "When do you close on Sundays?",
            "[1] > Öffnungszeiten\n> Sonntags haben wir von 11 bis 17 Uhr geöffnet.",
            _plan("the closing time on Sundays", PASSAGES),
        ),
        ("안녕하세요!", "", _plan("a greeting", NOTHING)),
    ]
    if "calculator" in registry:
        examples.append(
            (
                "1箱480円のお茶を25箱買うといくらですか？",
                "[1] > ギフト包装\n> 包装は1箱につき200円です。",
                _plan("480 yen times 25", "calculator", expression="480 * 25"),
            )
        )
        examples.append(
            (
                "Bitte rechnen Sie den Rabatt aus.",
                "",
                _plan("a discount, of what is not said", ASK_USER, missing=["expression"]),
            )
        )
    examples.append(
        (
            "配送费要多少钱？",
            "[1] > Delivery\n> Standard delivery costs 5 euros, express delivery 9 euros.",
            _plan("how much delivery costs", PASSAGES),
        )
    )
    if "current_time" in registry and all(tool.name in BUILT_IN for tool in registry):
        # Beside tools of one's own, a very small model answers everything with this example.
        examples.append(
            (
                "كم الساعة الآن في دبي؟",
                "",
                _plan("the time now in Dubai", "current_time", timezone="Asia/Dubai"),
            )
        )
    examples += [
        (example.question, "", _plan(example.question, tool.name, **example.arguments))
        for tool in registry
        for example in tool.examples[:1]
    ][:_MOST_EXAMPLES]
    return examples + _of_own_tools(registry)


def _of_own_tools(registry: Registry) -> list[tuple[str, str, dict[str, Any]]]:
    """Examples of the first tools that are not built in and bring none, at the very end.

    A very small model does what the last example did: after one that names the passages, the 0.5B
    looked for every order in the documents; after one that calls a tool, it called it.
    """
    examples = []
    for tool in registry:
        properties, required = tool.schema["properties"], tool.schema.get("required", ())
        if tool.name in BUILT_IN or tool.examples or not required:
            continue
        values = {name: _sample(name, properties[name]) for name in required}
        what = tool.description.partition(". ")[0].rstrip(".")
        question = f"{what}: {', '.join(str(value) for value in values.values())}"
        examples.append((question, "", _plan(what, tool.name, **values)))
    return examples[:_OWN_EXAMPLES]


def _sample(name: str, schema: Mapping[str, Any]) -> Any:
    """A value for an example; an id that is copied from it into a call is refused by grounding."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date":
        return "2026-05-14"
    by_type = {"integer": 3, "number": 2.5, "boolean": True, "array": []}
    return by_type.get(schema.get("type", ""), "K-31" if name.endswith("id") else "Oslo")


def _plan(thought: str, tool: str, **arguments: Any) -> dict[str, Any]:
    calls = [{"tool": tool, "arguments": arguments}] if arguments else []
    return {"thought": thought, "needs": tool, "calls": calls}


def _plan_json(plan: dict[str, Any]) -> str:
    return json.dumps(plan, ensure_ascii=False)
