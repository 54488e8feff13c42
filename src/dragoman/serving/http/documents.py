"""Documents: upload, list, open a citation, search, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from dragoman.errors import DocumentNotFoundError, DragomanError, InvalidInputError
from dragoman.memory import IngestProgress, Memory
from dragoman.serving.as_json import plain
from dragoman.serving.http.access import Chat, Documents, Identity
from dragoman.serving.http.service import Service, incident
from dragoman.serving.http.sse import event_stream, sse
from dragoman.serving.http.threads import STREAM
from dragoman.serving.http.uploads import Uploads
from dragoman.serving.http.written import direction, written_document, written_passage

router = APIRouter(prefix="/api", tags=["documents"])
_LONGEST_PASSAGE = 20_000


@router.get("/documents")
async def documents(request: Request, who: Chat) -> dict[str, Any]:
    """List the documents."""
    service = _service(request)
    async with service.assistant(who.tenant) as assistant:
        memory = _memory(assistant.memory)
        found = await run_sync(memory.documents)
    names = await run_sync(_uploads(service, who).names)
    return {"documents": [written_document(one, uploaded=one.source in names) for one in found]}


@router.post("/documents", responses=STREAM, response_class=Response)
async def upload(
    request: Request,
    who: Documents,
    files: Annotated[list[UploadFile], File(description="The files.")],
) -> Response:
    """Upload files and stream how they are read and stored."""
    service = _service(request)
    given = [(file.filename or "", file.file) for file in files]
    uploads = _uploads(service, who)
    paths = await run_sync(uploads.keep, given)
    return event_stream(_ingesting(service, who, uploads, paths))


@router.get("/documents/{document_id:path}")
async def document(request: Request, who: Chat, document_id: str) -> dict[str, Any]:
    """Show one document."""
    service = _service(request)
    async with service.assistant(who.tenant) as assistant:
        found = await run_sync(_memory(assistant.memory).document, document_id)
    if found is None:
        raise _no_document(document_id)
    names = await run_sync(_uploads(service, who).names)
    return written_document(found, uploaded=found.source in names)


@router.delete("/documents/{document_id:path}")
async def delete(request: Request, who: Documents, document_id: str) -> dict[str, bool]:
    """Delete a document, and the file when it was uploaded."""
    service = _service(request)
    async with service.assistant(who.tenant) as assistant:
        memory = _memory(assistant.memory)
        found = await run_sync(memory.document, document_id)
        if found is None or not await run_sync(memory.delete, document_id):
            raise _no_document(document_id)
        path = await run_sync(_uploads(service, who).path_of, found.source)
        if path is not None:
            await run_sync(path.unlink)
    return {"deleted": True}


@router.get("/text")
async def text(
    request: Request,
    who: Chat,
    document: Annotated[str, Query(description="Id of the document.")],
    start: Annotated[int, Query(ge=0, description="Where the passage begins.")] = 0,
    end: Annotated[int, Query(ge=0, description="Where it ends.")] = 0,
    quote: Annotated[str, Query(max_length=4000, description="What to mark in it.")] = "",
    around: Annotated[int, Query(ge=0, le=5000, description="Characters shown around it.")] = 600,
) -> dict[str, Any]:
    """Open a citation: the passage in its document, with the quote marked."""
    service = _service(request)
    async with service.assistant(who.tenant) as assistant:
        memory = _memory(assistant.memory)
        found = await run_sync(memory.document, document)
        whole = await run_sync(memory.document_text, document)
    if found is None or whole is None:
        raise _no_document(document)
    start = min(start, len(whole))
    end = min(max(end, start), len(whole), start + _LONGEST_PASSAGE)
    passage = whole[start:end]
    at = passage.find(quote) if quote else -1
    marked = (passage[:at], quote, passage[at + len(quote) :]) if at >= 0 else (passage, "", "")
    names = await run_sync(_uploads(service, who).names)
    return {
        "document": written_document(found, uploaded=found.source in names),
        "before": whole[max(0, start - around) : start],
        "passage": dict(zip(("before", "quote", "after"), marked, strict=True)),
        "after": whole[end : end + around],
        "direction": direction(found.language),
    }


@router.get("/search")
async def search(
    request: Request,
    who: Chat,
    q: Annotated[str, Query(description="A question, in any language.")],
    k: Annotated[int, Query(ge=1, le=100, description="How many passages at most.")] = 5,
    language: Annotated[str | None, Query(description="Its language, instead of a guess.")] = None,
) -> dict[str, Any]:
    """Find passages."""
    async with _service(request).assistant(who.tenant) as assistant:
        memory = _memory(assistant.memory)
        found = await run_sync(lambda: memory.search(q, k=k, language=language))
    return {"passages": [*map(written_passage, found)]}


async def _ingesting(
    service: Service, who: Identity, uploads: Uploads, paths: list[Any]
) -> AsyncIterator[str]:
    """The events of an ingest; it goes on to its end even when nobody listens any more."""
    loop, news = asyncio.get_running_loop(), asyncio.Queue[IngestProgress | None]()

    def tell(progress: IngestProgress | None) -> None:
        loop.call_soon_threadsafe(news.put_nowait, progress)

    async def ingest() -> Any:
        async with service.assistant(who.tenant) as assistant:
            memory = _memory(assistant.memory)
            return await run_sync(uploads.ingest, memory, paths, tell)

    task = asyncio.create_task(ingest())
    service.keep(task)
    task.add_done_callback(lambda _: news.put_nowait(None))
    while (progress := await news.get()) is not None:
        yield sse("progress", {"type": "progress", **plain(progress)})
    try:
        yield sse("report", {"type": "report", **plain(await task)})
    except DragomanError as error:
        yield sse("error", {"type": "error", "error": error.as_dict()})
    except Exception as error:  # noqa: BLE001 - a defect must not cut the stream off without a word
        yield sse("error", {"type": "error", "error": incident(error).as_dict()})


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _uploads(service: Service, who: Identity) -> Uploads:
    return Uploads(service.settings.home, who.tenant)


def _memory(memory: Memory | None) -> Memory:
    if memory is None:
        raise InvalidInputError("This agent has no documents.", cure="Use another agent.")
    return memory


def _no_document(document_id: str) -> DocumentNotFoundError:
    return DocumentNotFoundError(
        f"There is no document {document_id!r:.120}.", cure="GET /api/documents lists them."
    )
