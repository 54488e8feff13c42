"""Whether an engine is good enough: schemas, languages, tools and images, judged by machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from dragoman.errors import (
    EngineReplyError,
    EngineRunawayError,
    UnsupportedFeatureError,
)
from dragoman.languages import profile
from dragoman.languages.consistency import check as check_language
from dragoman.models.constrain import parse_constrained
from dragoman.models.engine import Engine
from dragoman.models.images import image_part, plain_picture

_ANSWER_TOKENS = 80
_PLAN_TOKENS = 120
_ENOUGH = 0.8
"""Share of tasks; they are easy and few, so that less than all is no licence to act alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One task and how it went."""

    part: str
    """``schema``, ``language``, ``fact``, ``tool`` or ``image``."""

    task: str
    """What was asked: a language tag, or the question."""

    ok: bool
    """Whether it went well."""

    said: str
    """What the engine said, or why it said nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreCard:
    """What an engine can do."""

    engine: str
    """The engine's spec."""

    findings: tuple[Finding, ...]
    """Every task."""

    sees: bool
    """Whether images were tried at all."""

    def share(self, part: str) -> float:
        """Share of the tasks of `part` that went well, 0 to 1; 0 when there were none."""
        tasks = [finding.ok for finding in self.findings if finding.part == part]
        return sum(tasks) / len(tasks) if tasks else 0.0

    def counts(self, part: str) -> tuple[int, int]:
        """How many tasks of `part` went well, and how many there were."""
        tasks = [finding.ok for finding in self.findings if finding.part == part]
        return sum(tasks), len(tasks)

    @property
    def good_for(self) -> tuple[str, ...]:
        """What the engine is good enough for, in words for people."""
        plans = self.share("schema") == 1
        bad = [each for each in self.findings if each.part in {"language", "fact"} and not each.ok]
        weak = ", ".join(dict.fromkeys(each.task for each in bad))
        verdicts = (
            (plans and self.share("tool") == 1, "single tool calls on its own"),
            (
                plans and _ENOUGH <= self.share("tool") < 1,
                "single tool calls where a person approves what matters",
            ),
            (
                min(self.share("language"), self.share("fact")) >= _ENOUGH,
                "answering from documents" + (f", but not in {weak}" if weak else ""),
            ),
            (self.sees and self.share("image") == 1, "reading images"),
        )
        return tuple(words for holds, words in verdicts if holds)


async def check(engine: Engine, *, report: Callable[[Finding], None] | None = None) -> ScoreCard:
    """Try `engine` on a few dozen small tasks, all greedy; minutes for a small model on two cores.

    Args:
        engine: The engine.
        report: Hears each finding as it comes.

    Raises:
        EngineError: the engine failed; a reply that is merely bad is a finding.

    Usage:
        card = await check(await connect("ollama:qwen3.5:2b", Settings()))
        card.share("tool"), card.good_for
    """
    findings: list[Finding] = []

    def note(*new: Finding) -> None:
        for finding in new:
            findings.append(finding)
            if report:
                report(finding)

    tasks = _tasks()
    for task in tasks["schemas"]:
        note(await _schema(engine, task["request"], task["schema"]))
    for tag, question in tasks["languages"].items():
        note(*await _language(engine, tag, question))
    for question, tool, arguments in tasks["calls"]:
        note(await _tool(engine, question, tool, arguments))
    sees = engine.capabilities is not None and "vision" in engine.capabilities
    if sees:
        for color in tasks["colors"]:
            note(await _image(engine, color))
    return ScoreCard(engine=str(engine.spec), findings=tuple(findings), sees=sees)


async def _schema(engine: Engine, request: str, schema: dict[str, Any]) -> Finding:
    import jsonschema  # noqa: PLC0415 - 50 ms that only this command needs

    plan, said = await _plan(engine, [HumanMessage(request)], schema)
    ok = plan is not None and jsonschema.Draft202012Validator(schema).is_valid(plan)
    return Finding(part="schema", task=request, ok=ok, said=said)


async def _language(engine: Engine, tag: str, question: str) -> tuple[Finding, Finding]:
    """Whether the answer is in the asker's language, and whether it says what the passage says."""
    tasks = _tasks()
    request = f"[1] {tasks['fact']}\n\n{profile(tag).answer_instruction}\n{question}"
    messages = [SystemMessage("You answer from the passage."), HumanMessage(request)]
    writer = engine.writer(max_tokens=_ANSWER_TOKENS, temperature=0.0).bind(presence_penalty=0.0)
    try:
        said = (await writer.ainvoke(messages)).text.strip()
    except EngineRunawayError as error:
        said = error.message
        in_language = knows = False
    else:
        in_language = bool(said) and check_language(said, tag, ignore=[tasks["fact"]]).ok
        knows = any(answer in said for answer in tasks["answer"])
    return (
        Finding(part="language", task=tag, ok=in_language, said=said),
        Finding(part="fact", task=tag, ok=knows, said=said),
    )


async def _tool(
    engine: Engine, question: str, tool: str, arguments: Mapping[str, list[Any]]
) -> Finding:
    plan, said = await _plan(engine, [*_preamble(), HumanMessage(question)], _call_schema())
    call = plan.get("call", {}) if plan else {}
    given = call.get("arguments", {})
    ok = call.get("tool") == tool and all(
        given.get(name) in accepted for name, accepted in arguments.items()
    )
    return Finding(part="tool", task=question, ok=ok, said=said)


async def _image(engine: Engine, color: str) -> Finding:
    tasks = _tasks()
    part = image_part(plain_picture(tuple(tasks["colors"][color])))
    question = {"type": "text", "text": "Which color is this picture?"}
    schema = _closed({"color": {"type": "string", "enum": list(tasks["colors"])}})
    plan, said = await _plan(engine, [HumanMessage([question, part])], schema)
    ok = plan is not None and plan.get("color") == color
    return Finding(part="image", task=color, ok=ok, said=said)


async def _plan(
    engine: Engine, messages: list[BaseMessage], schema: dict[str, Any]
) -> tuple[dict[str, Any] | None, str]:
    """What a constrained reply holds, None for a bad one; and its text."""
    try:
        reply = await engine.planner(schema, max_tokens=_PLAN_TOKENS).ainvoke(messages)
    except (EngineReplyError, UnsupportedFeatureError) as error:
        return None, error.message
    try:
        return parse_constrained(reply), reply.text
    except EngineReplyError:
        return None, reply.text


@cache
def _preamble() -> tuple[BaseMessage, ...]:
    tasks = _tasks()
    tools = "\n".join(f"- {name}: {tool['description']}" for name, tool in tasks["tools"].items())
    examples: list[BaseMessage] = []
    for question, tool, arguments in tasks["examples"]:
        call = {"call": {"tool": tool, "arguments": arguments}}
        examples += [HumanMessage(question), AIMessage(json.dumps(call, ensure_ascii=False))]
    role = f"Choose the one tool that the message needs. Copy ids exactly.\n{tools}"
    return (SystemMessage(role), *examples)


def _call_schema() -> dict[str, Any]:
    options = [
        _closed({"tool": {"const": name}, "arguments": _closed(tool["arguments"])})
        for name, tool in _tasks()["tools"].items()
    ]
    return _closed({"call": {"anyOf": options}})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@cache
def _tasks() -> dict[str, Any]:
    text = resources.files("dragoman.models").joinpath("check_tasks.yaml").read_text("utf-8")
    tasks: dict[str, Any] = yaml.safe_load(text)
    return tasks
