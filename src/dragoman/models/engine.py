"""A chat model together with what the rest of Dragoman must know about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from dragoman.errors import UnsupportedFeatureError
from dragoman.models.budget import Budget, Limits
from dragoman.models.caller import Caller, EngineEvent, calling
from dragoman.models.catalog import CatalogEntry
from dragoman.models.compacting import Compacting
from dragoman.models.constrain import constrain
from dragoman.models.spec import EngineSpec
from dragoman.models.wrapped_chat import close, innermost


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A connected engine: one chat model in its two roles, planner and writer.

    Usage:
        engine = await connect("auto", Settings())
        plan = parse_constrained(await engine.planner(schema, max_tokens=200).ainvoke(messages))
        async for chunk in engine.writer(max_tokens=400).astream(messages):
            print(chunk.text, end="")
        await engine.aclose()
    """

    spec: EngineSpec
    """What it is, with ``auto`` resolved."""

    chat: BaseChatModel
    """The chat model itself."""

    context_tokens: int
    """Context window of every call, in tokens."""

    reason: str = ""
    """Why this engine, in one sentence; empty when it was named."""

    entry: CatalogEntry | None = None
    """What the catalog knows about the model, None for a model that it does not hold."""

    plans_with: Engine | None = None
    """Another engine for the planner's role, None when this one has both."""

    turn_limits: Limits = field(default_factory=Limits)
    """The most that one turn may use."""

    capabilities: frozenset[str] | None = None
    """Among ``completion``, ``tools``, ``thinking``, ``vision``; None when nobody can tell."""

    @classmethod
    def of(cls, chat: BaseChatModel, *, context_tokens: int = 8192) -> Self:
        """An engine around any LangChain chat model, for example a `ScriptedModel`."""
        return cls(
            spec=EngineSpec(kind="custom", model=type(chat).__name__),
            chat=chat,
            context_tokens=context_tokens,
        )

    @property
    def sees(self) -> bool:
        """Whether the writer reads images, as far as anybody can tell."""
        return self.capabilities is None or "vision" in self.capabilities

    @property
    def planner_sees(self) -> bool:
        """Whether the planner reads images, as far as anybody can tell."""
        return self.plans_with.sees if self.plans_with else self.sees

    def planner(
        self, schema: dict[str, Any], *, max_tokens: int
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model as planner: JSON that fits `schema`, greedy, so that a plan is repeatable.

        A presence penalty would push the model away from copying ids and names exactly. A prompt
        that does not fit is compacted and asked once more (`Compacting`).

        Raises:
            UnsupportedFeatureError: the model takes no schema.
        """
        chat = self.plans_with.chat if self.plans_with else self.chat
        planner = constrain(chat, schema).bind(
            max_tokens=max_tokens, temperature=0.0, presence_penalty=0.0
        )
        return self._compacting(planner, max_tokens)

    def caller(
        self, tools: Sequence[dict[str, Any]], *, max_tokens: int
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model as planner by native tool calls, greedy.

        Args:
            tools: In OpenAI's form.
            max_tokens: Length of the reply.

        Raises:
            UnsupportedFeatureError: the engine takes no tools.
        """
        chat = self.plans_with.chat if self.plans_with else self.chat
        inner = innermost(chat)
        try:
            bound = inner.bind_tools(tools)
        except NotImplementedError:
            raise UnsupportedFeatureError(
                f"{type(inner).__name__} takes no native tools.",
                cure="Plan with planner_strategy = constrained, or use ollama: or openai:.",
            ) from None
        options = getattr(bound, "kwargs", {})  # bound anew, so that queue and meter stay around it
        caller = chat.bind(**options, max_tokens=max_tokens, temperature=0.0)
        return self._compacting(caller, max_tokens)

    def writer(
        self,
        *,
        max_tokens: int,
        schema: dict[str, Any] | None = None,
        temperature: float | None = None,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model as writer of the answer, with the sampling that the model's makers advise.

        A prompt that does not fit is compacted and asked once more (`Compacting`).

        Args:
            max_tokens: Length of the answer.
            schema: JSON schema of the answer, None for plain text.
            temperature: In place of the model's own.

        Raises:
            UnsupportedFeatureError: a schema is given and the model takes none.
        """
        options: dict[str, Any] = {"max_tokens": max_tokens}
        if temperature is not None:
            options["temperature"] = temperature
        chat = self.chat if schema is None else constrain(self.chat, schema)
        return self._compacting(chat.bind(**options), max_tokens)

    @contextmanager
    def turn(
        self,
        *,
        tenant: str,
        thread: str = "",
        hear: Callable[[EngineEvent], None] | None = None,
    ) -> Iterator[Budget]:
        """Everything asked inside the block belongs to one turn of `tenant` in `thread`.

        Its calls queue as that tenant's, go to the thread's host, and are charged to the budget
        that is yielded.

        Args:
            tenant: Whose turn it is.
            thread: The conversation.
            hear: Hears of waiting and of a switch to another engine, where the call is made.

        Usage:
            with engine.turn(tenant="acme", thread="42", hear=print) as budget:
                await engine.writer(max_tokens=200).ainvoke(messages)
            budget.spent.money
        """
        budget = Budget(self.turn_limits)
        with calling(Caller(tenant=tenant, thread=thread, budget=budget, hear=hear)):
            yield budget

    def _compacting(
        self, model: Runnable[LanguageModelInput, AIMessage], reply_tokens: int
    ) -> Compacting:
        return Compacting(model, reply_tokens=reply_tokens, context_tokens=self.context_tokens)

    async def aclose(self) -> None:
        """Give back what the engine holds: memory, connections. Calling it again does nothing."""
        await close(self.chat)
        if self.plans_with:
            await self.plans_with.aclose()
