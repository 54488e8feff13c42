"""The score card: what counts as right, and what a score is good enough for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from langchain_core.messages import BaseMessage

from dragoman.languages import profile
from dragoman.models import check as check_module
from dragoman.models.check import Finding, ScoreCard, check
from dragoman.models.engine import Engine
from dragoman.testing import ScriptedModel

TASKS = check_module._tasks()
ANSWERS = {
    "en": "You have 30 days to return a product after you have received it.",
    "de": "Sie haben 30 Tage Zeit, um das Produkt zurückzugeben.",
    "fr": "Vous avez 30 jours pour retourner le produit que vous avez acheté.",
    "es": "Usted tiene 30 días para devolver el producto que ha comprado.",
    "pt": "Você tem 30 dias para devolver o produto que não quer mais.",
    "ru": "У вас есть 30 дней, чтобы вернуть товар.",
    "zh-Hans": "您可以在30天内退货，这个时间从收到商品算起。",
    "ja": "商品は30日以内に返品することができます。",
    "ko": "상품은 30일 안에 반품하실 수 있습니다.",
    "ar": "يمكنك إرجاع المنتج خلال 30 يومًا من الشراء.",
    "vi": "Bạn có 30 ngày để trả lại sản phẩm đã mua.",
    "th": "คุณสามารถคืนสินค้าได้ภายใน 30 วัน",
}


def perfect(options: dict[str, Any], question: str) -> str:
    """What a flawless engine says."""
    for task in TASKS["schemas"]:
        if task["request"] == question:
            return json.dumps(SCHEMA_REPLIES[question])
    for asked, tool, arguments in TASKS["calls"]:
        if asked == question:
            given = {name: accepted[0] for name, accepted in arguments.items()}
            return json.dumps({"call": {"tool": tool, "arguments": given}})
    tag = next(tag for tag, asked in TASKS["languages"].items() if question.endswith(asked))
    return ANSWERS[tag]


SCHEMA_REPLIES = {
    "Is water wet? Answer with the JSON.": {"answer": "yes"},
    "Name three colors.": {"colors": ["red", "green", "blue"]},
    "A person: Ada Lovelace, born 1815 in London.": {
        "name": "Ada Lovelace",
        "born": {"year": 1815, "town": "London"},
    },
    "Pay 20 euros to Kim.": {"step": {"tool": "pay", "amount": 20}},
    "写一个关于海的短句。": {"text": "海很蓝", "words": 3},
}


def engine_that(says: Any) -> Engine:
    def step(messages: Sequence[BaseMessage]) -> str:
        return says({}, messages[-1].text)

    return Engine.of(ScriptedModel([step] * 100))


async def test_a_flawless_engine_gets_every_task_right() -> None:
    card = await check(engine_that(perfect))
    assert [finding for finding in card.findings if not finding.ok] == []
    assert card.counts("language") == card.counts("fact") == (12, 12)
    assert card.counts("tool") == (10, 10)
    assert card.good_for == (
        "single tool calls on its own",
        "answering from documents",
    )


async def test_an_engine_that_always_answers_in_english_is_found_out() -> None:
    def english(options: dict[str, Any], question: str) -> str:
        if any(question.endswith(asked) for asked in TASKS["languages"].values()):
            return ANSWERS["en"]
        return perfect(options, question)

    card = await check(engine_that(english))
    assert card.counts("language") == (1, 12)
    assert card.counts("fact") == (12, 12)
    assert card.good_for == ("single tool calls on its own",)


async def test_a_language_that_went_wrong_is_named() -> None:
    def weak_in_thai(options: dict[str, Any], question: str) -> str:
        return perfect(options, question).replace(ANSWERS["th"], ANSWERS["en"])

    card = await check(engine_that(weak_in_thai))
    assert card.good_for[-1] == "answering from documents, but not in th"


async def test_a_wrong_id_is_a_wrong_call() -> None:
    def sloppy(options: dict[str, Any], question: str) -> str:
        return perfect(options, question).replace("E-551", "E551")

    card = await check(engine_that(sloppy))
    assert card.counts("tool") == (9, 10)


async def test_an_engine_that_takes_no_schema_fails_the_tasks_and_not_the_command() -> None:
    def prose(options: dict[str, Any], question: str) -> str:
        return "Certainly! Here is your answer."

    card = await check(engine_that(prose))
    assert card.counts("schema") == (0, 5)
    assert card.good_for == ()


async def test_an_engine_with_vision_is_shown_colors() -> None:
    def says(options: dict[str, Any], question: str) -> str:
        if "color is this" in question:
            return json.dumps({"color": "red"})
        return perfect(options, question)

    engine = replace(engine_that(says), capabilities=frozenset({"completion", "vision"}))
    card = await check(engine)
    assert card.counts("image") == (1, 3)
    assert "reading images" not in card.good_for


@pytest.mark.parametrize(
    ("schema", "tool", "verdict"),
    [
        (True, 10, "single tool calls on its own"),
        (True, 9, "single tool calls where a person approves what matters"),
        (True, 8, "single tool calls where a person approves what matters"),
        (True, 7, None),
        (False, 10, None),
    ],
)
def test_acting_alone_needs_all_schemas_and_all_calls(
    schema: bool, tool: int, verdict: str | None
) -> None:
    findings = [Finding(part="schema", task="", ok=schema, said="")]
    findings += [Finding(part="tool", task="", ok=number < tool, said="") for number in range(10)]
    card = ScoreCard(engine="e", findings=tuple(findings), sees=False)
    assert card.good_for == ((verdict,) if verdict else ())


def test_the_tasks_themselves_are_sound() -> None:
    for tag in TASKS["languages"]:
        assert profile(tag).answer_instruction
    for _, tool, arguments in TASKS["calls"]:
        assert arguments.keys() == TASKS["tools"][tool]["arguments"].keys()
    for task in TASKS["schemas"]:
        jsonschema.Draft202012Validator.check_schema(task["schema"])
        jsonschema.validate(SCHEMA_REPLIES[task["request"]], task["schema"])
