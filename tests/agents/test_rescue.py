"""Calls that leaked into the text: read whole, or refused with a reason, never run half."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.agents.rescue import rescue

TOOLS: dict[str, dict[str, Any]] = {
    "stock": {"properties": {"sku": {"type": "string"}}, "required": ["sku"]},
    "refund": {
        "properties": {
            "order": {"type": "string"},
            "amount": {"type": "number"},
            "urgent": {"type": "boolean"},
            "tags": {"type": "array"},
        },
        "required": ["order", "amount"],
    },
    "now": {"properties": {}, "required": []},
}
STOCK = ("stock", {"sku": "A-1"})
JSON = '{"name": "stock", "arguments": {"sku": "A-1"}}'
REFUND = ("refund", {"order": "007", "amount": 12.5})

READ = {
    "plain JSON": (JSON, [STOCK]),
    "JSON with words before it": (f"I will look it up.\n{JSON}", [STOCK]),
    "JSON with words around it": (f"Sure! {JSON} That should do.", [STOCK]),
    "two objects in a row": (f"{JSON}\n{JSON}", [STOCK, STOCK]),
    "a list of calls": (f"[{JSON}, {JSON}]", [STOCK, STOCK]),
    "fenced JSON": (f"```json\n{JSON}\n```", [STOCK]),
    "a fence without a language": (f"```\n{JSON}\n```", [STOCK]),
    "a fence that nobody closed": (f"```json\n{JSON}", [STOCK]),
    "two fences": (f"```json\n{JSON}\n```\nand\n```json\n{JSON}\n```", [STOCK, STOCK]),
    "a tool_call tag": (f"<tool_call>\n{JSON}\n</tool_call>", [STOCK]),
    "a tag that nobody closed": (f"<tool_call>\n{JSON}", [STOCK]),
    "two tags": (f"<tool_call>{JSON}</tool_call>\n<tool_call>{JSON}</tool_call>", [STOCK, STOCK]),
    "two tags, the first not closed": (f"<tool_call>{JSON}<tool_call>{JSON}", [STOCK, STOCK]),
    "a tag with thoughts before it": (f"好的，我来查。<tool_call>{JSON}</tool_call>", [STOCK]),
    "a fence in a tag": (f"<tool_call>\n```json\n{JSON}\n```\n</tool_call>", [STOCK]),
    "parameters for arguments": ('{"name": "stock", "parameters": {"sku": "A-1"}}', [STOCK]),
    "tool for name": ('{"tool": "stock", "arguments": {"sku": "A-1"}}', [STOCK]),
    "OpenAI's form": (
        '{"function": {"name": "stock", "arguments": "{\\"sku\\": \\"A-1\\"}"}}',
        [STOCK],
    ),
    "arguments as a text": ('{"name": "stock", "arguments": "{\\"sku\\": \\"A-1\\"}"}', [STOCK]),
    "Python's quotes": ("{'name': 'stock', 'arguments': {'sku': 'A-1'}}", [STOCK]),
    "a raw line break in a text": (
        '{"name": "stock", "arguments": {"sku": "A\n1"}}',
        [("stock", {"sku": "A\n1"})],
    ),
    "a function tag": (
        "<function=stock>\n<parameter=sku>\nA-1\n</parameter>\n</function>",
        [STOCK],
    ),
    "a function tag in a tool_call tag": (
        "<tool_call>\n<function=stock>\n<parameter=sku>\nA-1\n</parameter>\n</function>\n</tool_call>",
        [STOCK],
    ),
    "typed parameters": (
        (
            "<function=refund><parameter=order>007</parameter><parameter=amount>12.5</parameter>"
            "</function>"
        ),
        [REFUND],
    ),
    "a boolean and a list": (
        (
            "<function=refund><parameter=order>007</parameter><parameter=amount>12.5</parameter>"
            '<parameter=urgent>true</parameter><parameter=tags>["a"]</parameter></function>'
        ),
        [("refund", {"order": "007", "amount": 12.5, "urgent": True, "tags": ["a"]})],
    ),
    "a value of several lines": (
        "<function=stock><parameter=sku>\nA\n\nB\n</parameter></function>",
        [("stock", {"sku": "A\n\nB"})],
    ),
    "two function tags": (
        (
            "<function=stock><parameter=sku>A-1</parameter></function>\n"
            "<function=stock><parameter=sku>A-1</parameter></function>"
        ),
        [STOCK, STOCK],
    ),
    "a tool without arguments": (
        '<tool_call>{"name": "now", "arguments": {}}</tool_call>',
        [("now", {})],
    ),
    "a function without parameters": ("<function=now>\n</function>", [("now", {})]),
}

REFUSED = {
    "JSON cut in its arguments": ('{"name": "stock", "arguments": {"sku": "A', "cut"),
    "JSON cut behind its arguments": ('{"name": "stock", "arguments": {"sku": "A-1"}', "cut"),
    "a fence cut": ('```json\n{"name": "stock", "argum', "cut"),
    "a tag cut": ('<tool_call>\n{"name": "stock", "arguments": {"sku"', "cut"),
    "a function cut in a value": ("<function=stock>\n<parameter=sku>\nA", "stock was cut"),
    "a function cut behind a value": (
        "<function=refund><parameter=order>007</parameter>",
        "refund was cut",
    ),
    "a list cut": (f'[{JSON}, {{"name": "stock", "arg', "cut"),
    "arguments as a text that is cut": ('{"name": "stock", "arguments": "{\\"sku"}', "cut"),
    "no arguments for a tool that needs some": ('{"name": "stock", "arguments": {}}', "lacks sku"),
    "one of two arguments": ('{"name": "refund", "arguments": {"order": "1"}}', "lacks amount"),
    "a function without its parameter": ("<function=stock></function>", "lacks sku"),
    "an unknown tool": ('{"name": "stocks", "arguments": {"sku": "A-1"}}', "no tool 'stocks'"),
    "an unknown function": ("<function=rm></function>", "no tool 'rm'"),
    "arguments that are a list": ('{"name": "stock", "arguments": ["A-1"]}', "must be an object"),
    "a tag with words": ("<tool_call>stock of A-1</tool_call>", "That is no call"),
    "an empty tag": ("<tool_call></tool_call>", "That is no call"),
    "a tag without arguments": ('<tool_call>{"name": "stock"}</tool_call>', "That is no call"),
    "one good call and a bad one": (
        f'<tool_call>{JSON}</tool_call><tool_call>{{"name": "x", "arguments": {{}}}}</tool_call>',
        "no tool 'x'",
    ),
    "Python code in place of a dict": (
        "{'name': 'stock', 'arguments': __import__('os').system('true')}",
        "cut or is not valid",
    ),
}

ANSWERS = {
    "words": "There are 14 pieces.",
    "nothing": "",
    "words with braces": "Use {sku} and [1] here.",
    "JSON that names no tool": '{"in_stock": 14}',
    "an object with a name alone": '{"name": "Lee", "age": 3}',
    "a fence with code": "```python\nprint({'a': 1})\n```",
    "a smaller-than sign": "a < b",
    "a citation": "返品は30日以内です。[1]",
}


@pytest.mark.parametrize("form", READ)
def test_a_whole_call_is_read(form: str) -> None:
    text, calls = READ[form]
    assert list(rescue(text, TOOLS).calls) == calls
    assert not rescue(text, TOOLS).refusal


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_not_whole_is_refused_with_a_reason(form: str) -> None:
    text, why = REFUSED[form]
    found = rescue(text, TOOLS)
    assert found.calls == ()
    assert why in found.refusal


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_is_no_call(kind: str) -> None:
    found = rescue(ANSWERS[kind], TOOLS)
    assert (found.calls, found.refusal) == ((), "")


@pytest.mark.parametrize("text", [f"<tool_call>{JSON}</tool_call>", f"```json\n{JSON}\n```", JSON])
def test_wherever_a_call_is_cut_nothing_runs_with_lost_arguments(text: str) -> None:
    for end in range(len(text)):
        for _, arguments in rescue(text[:end], TOOLS).calls:
            assert arguments == {"sku": "A-1"}


@pytest.mark.parametrize("end", range(1, 75))
def test_a_function_tag_cut_anywhere_runs_nothing_or_the_whole(end: int) -> None:
    order, amount = "<parameter=order>007</parameter>", "<parameter=amount>12.5</parameter>"
    text = f"<function=refund>{order}{amount}</function>"
    assert rescue(text[:end], TOOLS).calls == ()


def test_deep_nesting_is_refused_and_breaks_nothing() -> None:
    text = '{"name": "stock", "arguments": ' + "[" * 5_000
    assert rescue(text, TOOLS).refusal


def test_a_text_in_a_string_that_looks_like_a_call_stays_a_text() -> None:
    inner = json.dumps({"name": "refund", "arguments": {"order": "1", "amount": 9}})
    outer = json.dumps({"name": "stock", "arguments": {"sku": inner}})
    assert rescue(outer, TOOLS).calls == (("stock", {"sku": inner}),)
