"""From an engine spec to an engine that can be asked."""

from __future__ import annotations

from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from dragoman.errors import DragomanError
from dragoman.models.budget import Limits
from dragoman.models.choose import choose
from dragoman.models.engine import Engine
from dragoman.models.pull import Progress
from dragoman.models.relay_chat import MOVE_ON, RelayChat, Standby, none_left
from dragoman.models.single import connect_single
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings


async def connect(
    spec: str | EngineSpec, settings: Settings, *, progress: Progress | None = None
) -> Engine:
    """The engine that `spec` names, checked to be there.

    ``auto`` takes Ollama when it answers and has a Qwen, else the embedded engine, for which it
    pulls a model when there is none; `Engine.reason` says what was taken and why. An engine that is
    named is replaced only by those that `Settings.fallback_engines` names, and never silently.
    `Settings.planner_engine` has the planner's role where it is set.

    Args:
        spec: An engine spec, as text or parsed.
        settings: Addresses, time limits, context size, other engines, budgets.
        progress: Hears how far a pull is that ``auto`` has begun; called from another thread.

    Raises:
        ConfigurationError: `spec` is no engine spec.
        EngineUnavailableError: the engine does not answer.
        ModelNotFoundError: the engine does not have the model.
        MissingExtraError: the embedded engine is not installed.

    Usage:
        engine = await connect("embedded:qwen2.5-coder:1.5b", Settings())
    """
    engine = await _with_fallbacks(_parsed(spec), settings, progress)
    if settings.planner_engine:
        planner = await _with_fallbacks(_parsed(settings.planner_engine), settings, progress)
        said = f"{planner.spec} plans. {planner.reason}".strip()
        engine = replace(
            engine,
            plans_with=planner,
            context_tokens=min(engine.context_tokens, planner.context_tokens),
            reason=f"{engine.reason} {said}".strip(),
        )
    # Tokens and time of a turn end in a partial answer, which the assistant sees to; money is hard.
    return replace(engine, turn_limits=Limits(money=settings.turn_money))


async def _with_fallbacks(
    spec: EngineSpec, settings: Settings, progress: Progress | None
) -> Engine:
    """The engine, with the fall-backs of the settings behind it."""
    specs = [spec, *map(_parsed, settings.fallback_engines)]
    specs = list(dict.fromkeys(specs))
    if len(specs) == 1:
        return await _one(spec, settings, progress)
    connected: dict[EngineSpec, Engine] = {}

    def standby(each: EngineSpec) -> Standby:
        async def chat() -> BaseChatModel:
            connected[each] = await _one(each, settings, progress)
            return connected[each].chat

        return Standby(str(each), chat)

    members = tuple(standby(each) for each in specs)
    failures: list[DragomanError] = []
    for each, member in zip(specs, members, strict=True):
        try:
            chat = await member.chat()
        except MOVE_ON as error:
            member.failed(error)
            failures.append(error)
            continue
        engine = connected[each]
        why = " ".join(error.message for error in failures)
        said = f"Using {engine.spec}. {why}" if failures else ""
        return replace(
            engine,
            chat=RelayChat(inner=chat, members=members),
            reason=f"{engine.reason} {said}".strip(),
        )
    raise none_left(failures)


async def _one(spec: EngineSpec, settings: Settings, progress: Progress | None) -> Engine:
    if spec.kind != "auto":
        return await connect_single(spec, settings)
    choice = await choose(settings, progress=progress)
    return await connect_single(choice.spec, settings, reason=choice.reason)


def _parsed(spec: str | EngineSpec) -> EngineSpec:
    return EngineSpec.parse(spec) if isinstance(spec, str) else spec
