"""The memory that people use: put documents in, ask for passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from dragoman.errors import InvalidInputError
from dragoman.languages import UNDETERMINED, detect, resolve_tag
from dragoman.memory import retrieve
from dragoman.memory.accept import check_count, check_question, check_texts, check_vectors
from dragoman.memory.answers import AnswerCache
from dragoman.memory.attachment import OpenMemory
from dragoman.memory.backup import write_backup
from dragoman.memory.facts import Facts
from dragoman.memory.filling import check_filling
from dragoman.memory.groups import Groups, check_groups
from dragoman.memory.ingest import Ingest, store_documents
from dragoman.memory.passage import Document, Passage, VerifiedQuote
from dragoman.memory.prepare import Prepared
from dragoman.memory.quote import find_quote
from dragoman.memory.ray_ingest import Cluster, RayIngest
from dragoman.memory.reading import ImageReader
from dragoman.memory.reembed import Reembed, ReembedProgress, ReembedReport
from dragoman.memory.report import IngestProgress, IngestReport
from dragoman.memory.rerank import DEPTH, Reranker, connect_reranker
from dragoman.memory.rerank import rerank as reorder
from dragoman.memory.rows import DocumentRow
from dragoman.memory.texts import prepare_text
from dragoman.memory.view import MemoryView
from dragoman.models import Embedder, connect_embedder

_BATCH_DOCUMENTS = 64


class Memory(OpenMemory):
    """Documents of one tenant, searchable in any language.

    All methods may be called from several threads. The data folder belongs to one process at a
    time, unless Chroma is a server (`server`): then the processes of one machine share it.

    Usage:
        with Memory(tenant="acme") as memory:
            memory.ingest("docs/")
            for passage in memory.search("返品の期限は？"):
                print(passage.source, passage.text)
    """

    @property
    def facts(self) -> Facts:
        """What the tenant's users have told about themselves."""
        self._require_open()
        return self._store.facts

    @property
    def answers(self) -> AnswerCache:
        """Answers that were given before; nothing is in it unless a caller puts it in."""
        self._require_open()
        return self._store.answers

    def ingest(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        progress: Callable[[IngestProgress], None] | None = None,
        cluster: Cluster | None = None,
        groups: Iterable[str] | None = None,
        read_image: ImageReader | None = None,
    ) -> IngestReport:
        """Read files and folders; only what changed since the last time is read again.

        A document whose file vanished from an ingested folder is deleted. A file that cannot be
        read is reported and stops nothing. What is reported by `progress` as stored stays stored,
        whatever happens to the process afterwards.

        Args:
            paths: Files and folders.
            progress: Is told of each finished file.
            cluster: Workers that read and embed for this process, through Ray; they make their
                embedder from its spec. None does it here.
            groups: Who may see what lies there, from now on; empty for everyone. The folders
                remember it for files that are new in them later. None leaves it as it is.
            read_image: Writes down the text of an image: then image files and scanned pages of PDF
                files are taken in as well. Not with a cluster.

        Raises:
            InvalidInputError: a path does not exist, a group is none, or `read_image` is given with
                a cluster; nothing was done.
            EngineError: the model behind `read_image` cannot be asked; what was stored before
                stays, and the same call goes on from there.
            MissingExtraError: a cluster is named, but Ray is not installed.
            ClusterError: the cluster cannot be used; what was stored before stays.
            DiskFullError: there is no room; what was stored before stays, and the same call goes
                on from there.
        """
        seen_by = None if groups is None else check_groups(groups)
        if cluster is not None and read_image is not None:
            raise InvalidInputError(
                "Images are read in this process, not in a cluster's workers.",
                cure="Ingest them without the cluster.",
            )
        embedder = self._attach()
        many = [paths] if isinstance(paths, (str, Path)) else list(paths)
        if cluster is not None:
            connect = partial(connect_embedder, embedder.spec, self._settings)
            spread = RayIngest(self._store, embedder.spec, connect, cluster, progress, seen_by)
            return spread.run(many)
        ingest = Ingest(self._store, embedder, progress, groups=seen_by, read_image=read_image)
        return ingest.run(many)

    def add_texts(
        self,
        texts: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        metadatas: Sequence[Mapping[str, Any]] | None = None,
        groups: Iterable[str] | None = None,
    ) -> list[str]:
        """Store each text as a document and return the document ids.

        A text whose id is stored already replaces that document. Without `ids`, the id follows
        from the text, so that adding it twice stores it once. A metadata's ``title``, ``source``
        and ``language`` are used as the document's own. `groups` says who may see them, empty for
        everyone; None leaves that as it is.

        Raises:
            InvalidInputError: lists of different lengths, an empty text, an id twice, metadata
                that JSON cannot hold, or a group that is none; nothing was stored.
            BrokenTextError: a text is not valid Unicode; nothing was stored.
        """
        seen_by = None if groups is None else check_groups(groups)
        prepared = [
            prepare_text(text, id_, metadata)
            for text, id_, metadata in check_texts(texts, ids, metadatas)
        ]
        self._attach()
        ids_given = [document.id for document in prepared]
        if seen_by is not None:
            self._store.journal.regroup_documents(ids_given, seen_by)
        fresh = [p for p in prepared if self._store.journal.hash_of(p.id) != p.hash]
        for at in range(0, len(fresh), _BATCH_DOCUMENTS):
            batch = fresh[at : at + _BATCH_DOCUMENTS]
            self._retrying(partial(self._put_prepared, batch, seen_by))
        return ids_given

    def upsert(self, documents: Iterable[DocumentRow], *, embedder: str) -> int:
        """Store documents that were prepared and embedded elsewhere, for example in workers.

        `prepare(...)` and `Prepared.row(vectors)` make them. Their ids follow from their content,
        so that storing them twice stores them once; what is stored already with the same hash is
        passed over. Each batch of 64 is durable when the next one is taken from `documents`.

        Args:
            documents: The documents, with vectors of length 1.
            embedder: Spec of the embedder that made the vectors.

        Returns:
            How many were new or different.

        Raises:
            EmbedderMismatchError: the memory is filled by another embedder.
            InvalidInputError: a vector has the wrong length.
        """
        own = self._attach()
        if embedder != own.spec:
            check_filling(self._store.journal, self.tenant, embedder, own.dimensions)
        count = 0
        several = iter(documents)
        while batch := list(islice(several, _BATCH_DOCUMENTS)):
            check_vectors(batch, own.dimensions)
            for row in batch:
                check_groups(row.groups or ())
            fresh = [row for row in batch if self._store.journal.hash_of(row.id) != row.hash]
            self._store.put(fresh, embedder=embedder)
            count += len(fresh)
        return count

    def search(
        self,
        text: str,
        *,
        k: int = 5,
        language: str | None = None,
        groups: Iterable[str] | None = None,
    ) -> list[Passage]:
        """The `k` passages that fit `text` best, best first; empty when nothing is stored.

        Args:
            text: A question, in any language.
            k: How many passages at most, 1 to 1000.
            language: BCP-47 tag of the question; detected when None.
            groups: Groups of whoever is asking, who then sees what is for everyone and what is for
                one of these. None sees everything: it is for operators.

        Raises:
            EmptyQuestionError: `text` is blank.
            TextTooLongError: `text` is longer than the setting ``question_characters``.
            BrokenTextError: `text` is not valid Unicode.
            InvalidInputError: `k`, `language` or a group is none that there is.
        """
        question = check_question(text, limit=self._settings.question_characters)
        count = check_count(k)
        tag = detect(question).tag if language is None else _asked_in(language)
        seen_by = None if groups is None else check_groups(groups)
        reranker = self._second_look()
        if reranker is None:
            return self._retrying(lambda: self._search(question, count, tag, seen_by))
        found = self._retrying(lambda: self._search(question, max(count, DEPTH), tag, seen_by))
        return reorder(reranker, question, found)[:count]

    def seen_by(self, groups: Iterable[str]) -> MemoryView:
        """This memory as members of `groups` see it: documents for everyone, and theirs.

        Raises:
            InvalidInputError: a group is none.
        """
        self._require_open()
        return MemoryView(self, self._store.journal, check_groups(groups))

    def regroup(self, document_id: str, groups: Iterable[str]) -> bool:
        """Make `groups` those that may see a document, empty for everyone.

        Returns:
            Whether there is a document of that id.
        """
        self._require_open()
        return self._store.journal.regroup_documents([document_id], check_groups(groups)) == 1

    def verify(self, passage: Passage | str, quote: str) -> VerifiedQuote | None:
        """Where `quote` stands in the stored passage, None when it does not.

        The quote is compared with what is stored now, not with the text inside `passage`. Spacing,
        letter case, full-width forms and typographic quotation marks may differ; words may not.

        Args:
            passage: A passage, or the id of its chunk.
            quote: The words to find.
        """
        self._require_open()
        chunk_id = passage if isinstance(passage, str) else passage.chunk_id
        return find_quote(self._store.journal, chunk_id, quote)

    def documents(self) -> list[Document]:
        """All stored documents, by source."""
        self._require_open()
        return self._store.journal.documents()

    def document(self, document_id: str) -> Document | None:
        """One document, None when there is none of that id."""
        self._require_open()
        return self._store.journal.document(document_id)

    def document_text(self, document_id: str) -> str | None:
        """The extracted text of a document, which the offsets of its passages count in."""
        self._require_open()
        return self._store.journal.body(document_id)

    def delete(self, document_id: str) -> bool:
        """Delete a document; returns whether there was one of that id."""
        self._require_open()
        if self._store.embedder is None:
            return False
        return self._retrying(partial(self._remove, document_id)) == 1

    def reembed(
        self,
        to: str | Embedder | None = None,
        *,
        progress: Callable[[ReembedProgress], None] | None = None,
    ) -> ReembedReport:
        """Fill the memory anew with another embedder or today's analyzers.

        The old index goes on serving until the new one is complete; then all searches use the new
        one. Killed in the middle, the same call goes on where it stopped.

        Args:
            to: Spec of the embedder, or an embedder; None for the one that filled the memory, which
                is right after an update of Dragoman whose analyzers are others.
            progress: Is told after each batch.

        Raises:
            InvalidInputError: nothing is stored yet.
            MemoryStoreError: another process is doing it.
        """
        self._require_open()
        wanted = to or self._store.embedder or self._settings.embedder
        self._next = self._connect(wanted)
        return Reembed(self._store, self._next, progress).run()

    def backup(self, path: str | Path) -> None:
        """Write everything of this tenant to one new file: documents, vectors, facts about people.

        `restore_memory` makes a memory of it again, on this machine or another. Keep it as safe as
        the data folder: a fact that a person has erased is still in the backups made before.

        Raises:
            InvalidInputError: the file exists already.
            DiskFullError: there is no room for it; nothing is left behind.
        """
        self._require_open()
        write_backup(self._store.folder, Path(path), tenant=self.tenant)

    def _search(self, question: str, count: int, language: str, groups: Groups) -> list[Passage]:
        self._require_open()
        if self._store.embedder is None:
            return []
        embedder = self._attach()
        vector = embedder.embed_queries([question])[0]
        self._store.require(embedder.spec)
        return retrieve.search(
            self._store,
            self._voices,
            question,
            vector,
            k=count,
            language=language,
            groups=groups,
        )

    def _second_look(self) -> Reranker | None:
        with self._attaching:
            if isinstance(self._reranker, str):  # connected when it is first needed
                self._reranker = connect_reranker(self._reranker, self._settings)
            return self._reranker

    def _remove(self, document_id: str) -> int:
        self._attach()
        return self._store.remove([document_id])

    def _put_prepared(self, documents: Sequence[Prepared], groups: Groups) -> None:
        store_documents(self._store, self._attach(), documents, groups)


def _asked_in(language: str) -> str:
    return language if language == UNDETERMINED else resolve_tag(language)
