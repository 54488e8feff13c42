"""Ingests files through Ray Data: many workers read, cut and embed; one owner stores.

What is slow is embedding, so that is what is spread. The journal and Chroma are still written by
the one process that called, in the order that `Store` keeps. The ids follow from paths and texts,
and what belongs to a whole folder (copies, menus that the pages of a site share) is found before
anything is spread, so the result is the one of a local ingest. A worker that dies is started
again and repeats its files; the owner never sees half a file.

The workers must see the files under the same paths as the owner, and have Dragoman installed.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dragoman.errors import ClusterError, DocumentError, DragomanError, MissingExtraError
from dragoman.memory.archive import Archives
from dragoman.memory.groups import Groups
from dragoman.memory.ingest import BATCH_PASSAGES, Ingest, PassageEmbedder, prepare_file
from dragoman.memory.prepare import Prepared
from dragoman.memory.report import IngestProgress
from dragoman.memory.store import Store
from dragoman.memory.survey import Surveyed

LOCAL = "local"
"""Address that starts Ray on this machine, for the length of the ingest."""

BLOCK_FILES = 16
"""Most files that a worker takes at once, and repeats when it dies."""

_WHOLE = -1  # in place of a file's number: the error concerns the whole ingest
_AGAIN = "Run the same command again: what was stored stays, and it goes on from there."

Vectors = npt.NDArray[np.float32]
Connect = Callable[[], PassageEmbedder]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Where the workers run."""

    address: str = LOCAL
    """``local``, ``auto`` for the cluster that this machine belongs to, or ``host:port``."""

    workers: int | None = None
    """Worker processes, one core each; None for as many as the cluster has cores."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """One file for a worker."""

    number: int
    surveyed: Surveyed
    known: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """What a worker made of one file."""

    document: Prepared
    vectors: Mapping[str, Vectors]


class RayIngest(Ingest):
    """An ingest whose files are read, cut and embedded by Ray's workers.

    Usage:
        connect = functools.partial(connect_embedder, spec, settings)
        report = RayIngest(store, spec, connect, Cluster(workers=2)).run(["docs/"])
    """

    def __init__(
        self,
        store: Store,
        spec: str,
        connect: Connect,
        cluster: Cluster,
        progress: Callable[[IngestProgress], None] | None = None,
        groups: Groups = None,
    ) -> None:
        """Prepare a run into `store`.

        Args:
            store: Where to; this process is its owner.
            spec: Spec of the embedder that fills it.
            connect: Makes that embedder in a worker.
            cluster: Where the workers run.
            progress: Is told of each finished file.
            groups: Who may see the documents, empty for everyone; None leaves that as it is.
        """
        self._delivered = _Delivered(spec)
        super().__init__(store, self._delivered, progress, groups=groups)
        self._connect = connect
        self._cluster = cluster

    def _outcomes(
        self, changed: Sequence[Surveyed]
    ) -> Iterator[tuple[Surveyed, Prepared | DocumentError]]:
        if not changed:
            return
        jobs = [
            _Job(
                number=number,
                surveyed=surveyed,
                # A passage that is stored already keeps its vector, as in a local ingest.
                known=frozenset(self._store.journal.vectors_of(surveyed.file.id)),
            )
            for number, surveyed in enumerate(changed)
        ]
        with _running(self._cluster) as workers:
            for number, made in _map(jobs, self._connect, self._delivered.spec, workers):
                if isinstance(made, DocumentError):
                    yield changed[number], made
                else:
                    self._delivered.take(made.document, made.vectors)
                    yield changed[number], made.document

    def _flush(self) -> None:
        super()._flush()
        self._delivered.clear()


class _Delivered:
    """Stands where the embedder stands in a local ingest; the vectors have come with the files."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._vectors: dict[str, Vectors] = {}

    @property
    def spec(self) -> str:
        """Spec of the workers' embedder."""
        return self._spec

    def take(self, document: Prepared, vectors: Mapping[str, Vectors]) -> None:
        """Keep the vectors of a document until it is stored, by what the embedder read."""
        texts = dict(zip(document.ids, document.inputs, strict=True))
        self._vectors.update({texts[id_]: vector for id_, vector in vectors.items()})

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """The vectors of `texts`.

        Raises:
            ClusterError: the workers thought that one of them was stored.
        """
        try:
            return np.stack([self._vectors[text] for text in texts])
        except KeyError:
            raise ClusterError(
                "Another process deleted passages of these files while they were being read.",
                cure=_AGAIN,
            ) from None

    def clear(self) -> None:
        """Forget all, because it is stored."""
        self._vectors.clear()


class _Worker:
    """Reads, cuts and embeds files in a process of its own; loads the embedder once."""

    def __init__(self, connect: Connect, spec: str) -> None:
        self._connect = connect
        self._spec = spec
        self._embedder: PassageEmbedder | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """What became of each job; both sides are pickled, because Ray need not look inside."""
        with Archives() as archives:
            return {"made": [pickle.dumps(self._try(job, archives)) for job in batch["job"]]}

    def _try(self, job: bytes, archives: Archives) -> tuple[int, _Made | DragomanError]:
        try:
            return self._make(pickle.loads(job), archives)  # noqa: S301 - the owner wrote it
        except DragomanError as error:
            return _WHOLE, error
        except Exception as error:  # noqa: BLE001 - it is raised again where a person sees it
            # Given back as a value, because Ray would hide it in a page of its own.
            reason = f"A worker failed: {type(error).__name__}: {error}"
            return _WHOLE, ClusterError(reason, cure=_AGAIN)

    def _ready(self) -> PassageEmbedder:
        if self._embedder is None:
            made = self._connect()
            if made.spec != self._spec:
                raise ClusterError(
                    f"A worker's embedder is {made.spec}, not {self._spec}.",
                    cure="Install the same version of Dragoman, with the same extras, everywhere.",
                )
            self._embedder = made
        return self._embedder

    def _make(self, job: _Job, archives: Archives) -> tuple[int, _Made | DocumentError]:
        document = prepare_file(job.surveyed, archives)
        if isinstance(document, DocumentError):
            return job.number, document
        texts = dict(zip(document.ids, document.inputs, strict=True))
        wanted = [id_ for id_ in texts if id_ not in job.known]
        vectors: dict[str, Vectors] = {}
        for at in range(0, len(wanted), BATCH_PASSAGES):
            ids = wanted[at : at + BATCH_PASSAGES]
            made = self._ready().embed_passages([texts[id_] for id_ in ids])
            vectors.update(zip(ids, made, strict=True))
        return job.number, _Made(document=document, vectors=vectors)


def _map(
    jobs: Sequence[_Job], connect: Connect, spec: str, workers: int
) -> Iterator[tuple[int, _Made | DocumentError]]:
    """What became of each job, as it comes."""
    import ray.data  # noqa: PLC0415 - an extra, and two seconds
    from ray.exceptions import RayError  # noqa: PLC0415 - the same

    size = max(1, min(BLOCK_FILES, len(jobs) // (4 * workers)))
    blocks = -(-len(jobs) // size)
    try:
        rows = ray.data.from_items(
            [{"job": pickle.dumps(job)} for job in jobs], override_num_blocks=blocks
        ).map_batches(
            _Worker,
            fn_constructor_args=(connect, spec),
            compute=ray.data.ActorPoolStrategy(size=min(workers, blocks)),
            batch_size=None,
            num_cpus=1,
            # A worker that was killed, or whose machine went, is started again and repeats.
            max_restarts=-1,
            max_task_retries=-1,
        )
        for row in rows.iter_rows():
            number, made = pickle.loads(row["made"])  # noqa: S301 - our own worker wrote it
            if number == _WHOLE and isinstance(made, DragomanError):
                raise made
            yield number, made
    except RayError as error:
        said = str(error).strip() or type(error).__name__
        raise ClusterError(f"The workers failed: {said}", cure=_AGAIN) from error


@contextmanager
def _running(cluster: Cluster) -> Iterator[int]:
    """Ray, and how many workers it is to have; ended after the block when it began with it."""
    try:
        import ray  # noqa: PLC0415 - an extra, and two seconds
        import ray.data  # noqa: PLC0415 - the same
    except ImportError as error:
        raise MissingExtraError(
            f"An ingest with many workers needs Ray, which cannot be imported ({error}).",
            cure='Run: pip install "dragoman[scale]"',
        ) from None
    mine = not ray.is_initialized()
    if mine:
        _start(cluster)
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        cores = int(ray.cluster_resources().get("CPU", 0))
        if not cores:
            raise ClusterError(
                f"The Ray cluster {cluster.address} has no cores.", cure="Add a worker node."
            )
        yield min(cluster.workers or cores, cores)
    finally:
        if mine:
            ray.shutdown()


def _start(cluster: Cluster) -> None:
    import ray  # noqa: PLC0415 - an extra, and two seconds

    # Ray sends usage statistics to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    local: dict[str, Any] = {}
    if cluster.address == LOCAL:
        local = {"num_cpus": cluster.workers or os.cpu_count(), "include_dashboard": False}
    try:
        ray.init(
            address=cluster.address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            configure_logging=False,
            **local,
        )
    except Exception as error:
        # Ray says what hinders it with errors of many kinds.
        raise ClusterError(
            f"The Ray cluster {cluster.address} cannot be used: {error}",
            cure="Start Ray with `ray start --head`, or use --ray local.",
        ) from error
