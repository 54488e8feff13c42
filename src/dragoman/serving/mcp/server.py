"""The MCP server: what it lists, and what it does when it is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from jsonschema import Draft202012Validator
from mcp.server import Server, ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool

from dragoman.errors import (
    ConfigurationError,
    DragomanError,
    EmptyQuestionError,
    InvalidInputError,
    ThreadBusyError,
    ToolFailedError,
)
from dragoman.serving.as_json import plain
from dragoman.serving.failures import defect
from dragoman.serving.mcp.described import ASK, DESCRIPTIONS, INPUT, OUTPUT, SEARCH
from dragoman.serving.mcp.progress import Narrator
from dragoman.tools.tool import Tool

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant
    from dragoman.agents.result import Answer
    from dragoman.memory import Passage

DESCRIBED = "dragoman/descriptions"
"""Key in a listed tool's ``_meta`` that holds its description by BCP-47 tag."""

_INSTRUCTIONS = (
    "Answers from one collection of documents. Use `ask` for an answer with citations in the "
    "asker's language, `search` for the passages themselves."
)
_LEFT_OUT = frozenset({"search_documents", "read_result"})
"""`search` is the first with more to say; the second reads on in a conversation: here is none."""


class DragomanServer:
    """What one assistant offers over MCP.

    Usage:
        server = DragomanServer(assistant).server
        await server.run(read, write, server.create_initialization_options())
    """

    def __init__(self, assistant: Assistant, *, effects: bool = False) -> None:
        """Serve `assistant`.

        Args:
            assistant: Answers, and owns the tools and the memory; it stays open.
            effects: Whether tools that change the world, or that a person must agree to, are
                served too; who connects then decides on them.

        Raises:
            ConfigurationError: a tool has the name of `ask` or `search`.
        """
        self._assistant = assistant
        own = [tool for tool in assistant.tools if tool.name not in _LEFT_OUT]
        self._tools = {tool.name: tool for tool in own if effects or _only_reads(tool)}
        if taken := sorted(self._tools.keys() & DESCRIPTIONS.keys()):
            raise ConfigurationError(
                f"A tool is named {taken[0]}, as one that is served over MCP.",
                cure="Give it another name.",
            )
        self.server: Server[Any] = Server(
            "dragoman",
            version=version("dragoman"),
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    def listed(self) -> list[ListedTool]:
        """The tools as clients see them."""
        own = [ASK] if self._assistant.memory is None else [ASK, SEARCH]
        return [*map(_listed, own), *map(_listed_tool, self._tools.values())]

    async def _list(
        self,
        context: ServerRequestContext[Any],  # noqa: ARG002 - the SDK's shape of a handler
        request: PaginatedRequestParams | None,  # noqa: ARG002 - the same
    ) -> ListToolsResult:
        return ListToolsResult(tools=self.listed())

    async def _call(
        self, context: ServerRequestContext[Any], request: CallToolRequestParams
    ) -> CallToolResult:
        """Call a tool; whatever goes wrong is a result with a coded message."""
        arguments = request.arguments or {}
        try:
            if request.name in self._tools:
                return await self._run(request.name, arguments)
            if request.name == ASK:
                _check(ASK, arguments)
                return await self._ask(context, **arguments)
            if request.name == SEARCH and self._assistant.memory is not None:
                _check(SEARCH, arguments)
                return await self._search(**arguments)
            return _failed(InvalidInputError(f"There is no tool {request.name!r}."))
        except DragomanError as error:
            return _failed(error)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not end the connection
            return _failed(defect(error))

    async def _ask(
        self,
        context: ServerRequestContext[Any],
        question: str,
        thread: str | None = None,
        language: str | None = None,
    ) -> CallToolResult:
        events = self._assistant.astream(question, thread=thread, language=language)
        narrator = Narrator(context.session.report_progress)
        answer: Answer | None = None
        # Closed at once when the client cancels, so that the turn is cancelled too.
        async with aclosing(events):  # type: ignore[type-var] # it is an async generator
            async for event in events:
                await narrator.tell(event)
                if event.type == "approval":
                    names = ", ".join(request.call.tool for request in event.requests)
                    raise ThreadBusyError(
                        f"The thread {event.thread} waits for a person's decision on {names}.",
                        cure="Decide where the assistant runs; it cannot be decided over MCP.",
                    )
                if event.type == "answer":
                    answer = event.answer
        if answer is None:
            raise DragomanError("The turn ended without an answer.")
        return _succeeded(answer.text, _answer(answer))

    async def _search(self, query: str, k: int = 5, language: str | None = None) -> CallToolResult:
        memory = self._assistant.memory
        if not query.strip():
            raise EmptyQuestionError("There is nothing to look for.")
        assert memory is not None  # noqa: S101 - `search` is not served without one
        found = await run_sync(lambda: memory.search(query, k=k, language=language))
        passages = [{"text": one.text, "score": one.score, **_place(one)} for one in found]
        text = "\n\n".join(f"{one.source}\n{one.text}" for one in found) or "Nothing found."
        return _succeeded(text, {"passages": passages})

    async def _run(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        call = await self._assistant.acall(name, arguments)
        if call.error:
            raise ToolFailedError(call.error)
        result = plain(call.result)
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        return _succeeded(text, {"result": result})


def _only_reads(tool: Tool) -> bool:
    return tool.effect == "none" and tool.approval is False


def _listed(name: str) -> ListedTool:
    described = DESCRIPTIONS[name]
    return ListedTool(
        name=name,
        description=described["en"],
        input_schema=dict(INPUT[name]),
        output_schema=dict(OUTPUT[name]),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
        _meta={DESCRIBED: dict(described)},
    )


def _listed_tool(tool: Tool) -> ListedTool:
    return ListedTool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.schema,
        annotations=ToolAnnotations(
            read_only_hint=tool.effect == "none",
            idempotent_hint=tool.effect != "once",
            destructive_hint=tool.effect == "once",
        ),
        _meta={DESCRIBED: {"en": tool.description, **tool.hints}},
    )


def _check(name: str, arguments: Mapping[str, Any]) -> None:
    problems = [error.message for error in Draft202012Validator(INPUT[name]).iter_errors(arguments)]
    if problems:
        raise InvalidInputError(f"{name}: {'; '.join(sorted(problems))}.")


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "language": answer.language,
        "thread": answer.thread,
        "citations": [
            {
                "number": citation.number,
                "quote": citation.quote,
                "marked": citation.marked,
                **_place(citation.passage),
            }
            for citation in answer.citations
        ],
    }


def _place(passage: Passage) -> dict[str, Any]:
    fields: Sequence[str] = ("source", "title", "page", "start", "end", "language")
    return {name: getattr(passage, name) for name in fields}


def _succeeded(text: str, data: Mapping[str, Any]) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=dict(data))


def _failed(error: DragomanError) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(text=str(error))],
        structured_content={"error": error.as_dict()},
        is_error=True,
    )
