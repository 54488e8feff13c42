"""A step that asks the model: constrained to a schema, or a text whose language is checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage

from dragoman.agents.parts import counted
from dragoman.agents.prompts.spotlight import RULE, quoted
from dragoman.agents.tasks.signals import Failed
from dragoman.agents.tasks.spec import PromptStep
from dragoman.errors import DragomanError, EngineReplyError, EngineTimeoutError
from dragoman.languages import profile, resolve_tag
from dragoman.languages.consistency import check
from dragoman.models import Engine, parse_constrained

_ROLE = "You do one step of a larger task. Do exactly what is asked, and nothing else."


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the model gave."""

    output: Any
    """A text, or the object of the schema."""

    usage: dict[str, float]
    """Calls, tokens and money."""


async def prompted(
    engine: Engine, step: PromptStep, given: Mapping[str, Any], *, tenant: str, run: str
) -> Reply:
    """Ask the model.

    Args:
        engine: The model.
        step: The step.
        given: Its prompt, system, data and language, references filled in.
        tenant: Whose run it is.
        run: The run.

    Raises:
        Failed: no answer, or one that is not what was asked for.
    """
    usage: dict[str, int] = {}
    try:
        async with asyncio.timeout(step.timeout):
            with engine.turn(tenant=tenant, thread=run) as budget:
                message = await _ask(engine, step, messages_of(given))
                usage = counted(usage, message)
                problem = _problem(step, given, message)
                if problem:
                    again = [
                        *messages_of(given),
                        {"role": "assistant", "content": message.text},
                        {"role": "user", "content": f"{problem} Write it again. {_demand(given)}"},
                    ]
                    message = await _ask(engine, step, again)
                    usage = counted(usage, message)
                    problem = _problem(step, given, message)
                if problem:
                    raise Failed("reply", problem)
                output = (
                    message.text.strip() if step.schema_ is None else parse_constrained(message)
                )
        return Reply(output=output, usage={**usage, "money": budget.spent.money})
    except TimeoutError:
        raise Failed("timeout", f"The model did not answer within {step.timeout:g} s.") from None
    except EngineReplyError as error:
        raise Failed("reply", error.message, code=error.code) from None
    except EngineTimeoutError as error:
        raise Failed("timeout", error.message, code=error.code) from None
    except DragomanError as error:
        raise Failed("engine", error.message, code=error.code) from None


def messages_of(given: Mapping[str, Any]) -> list[dict[str, str]]:
    """The prompt: what is to be done first, then the outside texts as quotations."""
    system = given["system"] or _ROLE
    parts = [given["prompt"].strip()]
    for name, value in given["data"].items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{name}:\n{quoted(text)}")
    if given["data"]:
        system = f"{system} {RULE}"
    if demand := _demand(given):
        parts.append(demand)
    return [{"role": "system", "content": system}, {"role": "user", "content": "\n\n".join(parts)}]


def _demand(given: Mapping[str, Any]) -> str:
    return profile(given["language"]).answer_instruction if given["language"] else ""


async def _ask(engine: Engine, step: PromptStep, messages: list[dict[str, str]]) -> AIMessage:
    if step.schema_ is not None:
        return await engine.planner(step.schema_, max_tokens=step.max_tokens).ainvoke(messages)
    writer = engine.writer(max_tokens=step.max_tokens, temperature=0.0).bind(presence_penalty=0.0)
    return await writer.ainvoke(messages)


def _problem(step: PromptStep, given: Mapping[str, Any], message: AIMessage) -> str:
    """What is wrong with a reply; empty when nothing is."""
    texts = [str(message.text)]
    if step.schema_ is not None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import

        output = parse_constrained(message)
        wrong = next(iter(Draft202012Validator(step.schema_).iter_errors(output)), None)
        if wrong is not None:
            return f"The reply does not fit the schema: {wrong.message}."
        texts = [str(output.get(name, "")) for name in step.check_language_of]
    elif not message.text.strip():
        return "The reply is empty."
    if given["language"]:
        tag = resolve_tag(given["language"])
        for text in texts:
            verdict = check(text, tag)
            if verdict.serious:
                return f"The text is in {verdict.language}, not in {tag}."
    return ""
