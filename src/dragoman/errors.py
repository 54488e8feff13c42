"""Every error that Dragoman raises on purpose.

Two families. A `DragomanError` is for a person: it says what was wrong and what to do next, and
carries a stable code that can be searched for. A `ModelMistake` is for the model: it becomes an
observation in the next planning step and never reaches the user as an exception.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dragoman.redaction import without_secrets


class DragomanError(Exception):
    """Base of all errors that a person must know about."""

    code: ClassVar[str] = "DRG-ERROR"
    """Stable identifier, safe to match on and to search for."""

    exit_code: ClassVar[int] = 1
    """What the command line exits with: 2 bad input, 3 engine, 4 model missing, 5 data folder
    or store, 6 network, 7 disk."""

    def __init__(self, message: str, *, cure: str = "") -> None:
        """Say what was wrong (`message`) and what to do about it (`cure`).

        Keys and passwords are taken out of both, because errors are built from addresses and from
        what servers answer.
        """
        message = without_secrets(message)
        super().__init__(message)
        self.message = message
        self.cure = without_secrets(cure)

    def __str__(self) -> str:
        text = f"{self.message} [{self.code}]"
        return f"{text}\n{self.cure}" if self.cure else text

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON-ready data: `code`, `message`, `cure`."""
        return {"code": self.code, "message": self.message, "cure": self.cure}


class InvalidInputError(DragomanError):
    """An argument, a text or a file that cannot be used as it is."""

    code = "DRG-INPUT"
    exit_code = 2


class EmptyQuestionError(InvalidInputError):
    """A question without any content."""

    code = "DRG-INPUT-EMPTY"


class TextTooLongError(InvalidInputError):
    """A text beyond the limit that the setting names."""

    code = "DRG-INPUT-TOO-LONG"


class BrokenTextError(InvalidInputError):
    """A text that is not valid Unicode, such as lone surrogates from broken UTF-8."""

    code = "DRG-INPUT-ENCODING"


class ConfigurationError(DragomanError):
    """A setting that has no meaning or contradicts another."""

    code = "DRG-CONFIG"
    exit_code = 2


class MissingExtraError(ConfigurationError):
    """A feature whose optional dependencies are not installed."""

    code = "DRG-CONFIG-EXTRA"


class EngineError(DragomanError):
    """A model engine that failed."""

    code = "DRG-ENGINE"
    exit_code = 3


class EngineUnavailableError(EngineError):
    """An engine that cannot be reached or loaded."""

    code = "DRG-ENGINE-UNAVAILABLE"


class EngineBusyError(EngineError):
    """An engine whose queue is full."""

    code = "DRG-ENGINE-BUSY"


class EngineTimeoutError(EngineError):
    """An engine that did not answer in time."""

    code = "DRG-ENGINE-TIMEOUT"


class EngineReplyError(EngineError):
    """A reply that is not what the protocol promises, or a stream that broke off."""

    code = "DRG-ENGINE-REPLY"


class EngineCrashedError(EngineReplyError):
    """An engine that died, or hung up, in the middle of a reply."""

    code = "DRG-ENGINE-CRASHED"


class EngineRunawayError(EngineReplyError):
    """A reply that was stopped because it repeated itself or thought without end."""

    code = "DRG-ENGINE-RUNAWAY"


class ContextExceededError(EngineError):
    """A prompt longer than the context window."""

    code = "DRG-ENGINE-CONTEXT"

    def __init__(
        self, message: str, *, cure: str = "", prompt_tokens: int = 0, context_tokens: int = 0
    ) -> None:
        """`prompt_tokens` is the length of the prompt, `context_tokens` what would have fitted."""
        super().__init__(message, cure=cure)
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens


class UnsupportedFeatureError(EngineError):
    """Something that this engine or model cannot do."""

    code = "DRG-ENGINE-UNSUPPORTED"


class BudgetExceededError(EngineError):
    """A turn or a tenant that has used up its tokens, money or time."""

    code = "DRG-BUDGET"

    def __init__(
        self, message: str, *, cure: str = "", unit: str = "", used: float = 0, limit: float = 0
    ) -> None:
        """`unit` is ``tokens``, ``money`` or ``seconds``; `used` and `limit` are amounts of it."""
        super().__init__(message, cure=cure)
        self.unit = unit
        self.used = used
        self.limit = limit


class ModelNotFoundError(DragomanError):
    """A model that is not on this machine or not in the catalog."""

    code = "DRG-MODEL-MISSING"
    exit_code = 4


class DownloadError(DragomanError):
    """A download that failed."""

    code = "DRG-DOWNLOAD"
    exit_code = 6


class ChecksumError(DownloadError):
    """Downloaded bytes that are not the bytes of the catalog."""

    code = "DRG-DOWNLOAD-CHECKSUM"


class DiskFullError(DragomanError):
    """Not enough room on the disk."""

    code = "DRG-DISK-FULL"
    exit_code = 7


class DataFolderLockedError(DragomanError):
    """The data folder belongs to another running process."""

    code = "DRG-HOME-LOCKED"
    exit_code = 5


class MemoryStoreError(DragomanError):
    """The retrieval memory could not do what was asked."""

    code = "DRG-MEMORY"
    exit_code = 5


class EmbedderMismatchError(MemoryStoreError):
    """A collection that was filled by another embedder."""

    code = "DRG-MEMORY-EMBEDDER"


class MemoryServerError(MemoryStoreError):
    """A Chroma server that cannot be reached, refuses us or speaks another version."""

    code = "DRG-MEMORY-SERVER"
    exit_code = 6


class IndexChangedError(MemoryStoreError):
    """An index that was built anew, by this or another process, while it was being used."""

    code = "DRG-MEMORY-INDEX"


class InvalidTenantError(InvalidInputError):
    """A tenant id that is not a plain identifier."""

    code = "DRG-TENANT"


class ClusterError(DragomanError):
    """The workers of a large ingest cannot be reached, or failed."""

    code = "DRG-CLUSTER"
    exit_code = 3


class DocumentError(DragomanError):
    """A document that cannot be read; an ingest reports it and goes on."""

    code = "DRG-DOCUMENT"
    exit_code = 2


class DocumentNotFoundError(InvalidInputError):
    """A document that is not in the tenant's memory."""

    code = "DRG-DOCUMENT-MISSING"


class FactNotFoundError(InvalidInputError):
    """A fact about a person that is not in the tenant's memory."""

    code = "DRG-FACT-MISSING"


class NeedsOcrError(DocumentError):
    """A document that shows pictures of text and has none itself."""

    code = "DRG-DOCUMENT-OCR"

    def __init__(self, message: str, *, pages: tuple[int, ...] = ()) -> None:
        """`pages` are the numbers of its pages or slides, from 1."""
        super().__init__(
            message,
            cure="Run it through an OCR program, such as ocrmypdf, and ingest the result.",
        )
        self.pages = pages


class ToolDefinitionError(ConfigurationError):
    """A tool that cannot be offered to a model as it is written."""

    code = "DRG-TOOL-DEFINITION"


class ToolFailedError(DragomanError):
    """A tool that a person or a program called directly, and that failed or refused its input."""

    code = "DRG-TOOL-FAILED"
    exit_code = 2


class McpServerError(DragomanError):
    """An MCP server that cannot be started or reached, or does not speak the protocol."""

    code = "DRG-MCP"
    exit_code = 6


class LedgerError(DragomanError):
    """The ledger of effects could not be written; nothing more is done without it."""

    code = "DRG-LEDGER"
    exit_code = 5


class CheckpointError(DragomanError):
    """The stored state of a turn that is damaged, or that nobody here has written."""

    code = "DRG-CHECKPOINT"
    exit_code = 5


class EffectNotFoundError(InvalidInputError):
    """An effect that is not in the ledger, or whose outcome is known already."""

    code = "DRG-EFFECT-MISSING"


class ThreadBusyError(DragomanError):
    """A thread that is in the middle of another turn."""

    code = "DRG-THREAD-BUSY"
    exit_code = 5


class ThreadNotFoundError(InvalidInputError):
    """A thread that does not exist, or has nothing to resume."""

    code = "DRG-THREAD-MISSING"


class HandOffNotFoundError(InvalidInputError):
    """A conversation that is not in the inbox."""

    code = "DRG-HANDOFF-MISSING"


class HandOffTakenError(DragomanError):
    """A conversation that somebody else has, or that went back to the agent."""

    code = "DRG-HANDOFF-TAKEN"
    exit_code = 5


class TurnUnfinishedError(DragomanError):
    """A turn that was cut off, so that there is nothing to follow until it is resumed."""

    code = "DRG-TURN-UNFINISHED"
    exit_code = 5


class TurnCancelledError(DragomanError):
    """A turn that somebody ended before its answer."""

    code = "DRG-TURN-CANCELLED"


class AgentSpecError(ConfigurationError):
    """A written agent that cannot be used: a file, a field, a rule without an object."""

    code = "DRG-AGENT-SPEC"


class AgentNotFoundError(InvalidInputError):
    """An agent that this deployment does not have."""

    code = "DRG-AGENT-MISSING"


class OtherAgentError(InvalidInputError):
    """A turn that another agent has begun."""

    code = "DRG-AGENT-OTHER"


class AccessError(DragomanError):
    """A request without an API key that is good here."""

    code = "DRG-KEY"
    exit_code = 2


class ScopeError(AccessError):
    """A key that may not do this."""

    code = "DRG-KEY-SCOPE"


class ForeignRequestError(DragomanError):
    """A request that another web site's page sent, or that came for another host."""

    code = "DRG-HTTP-ORIGIN"
    exit_code = 2


class ForeignHostError(ForeignRequestError):
    """A request for a host name that is not this server's."""

    code = "DRG-HTTP-HOST"


class BodyTooLargeError(InvalidInputError):
    """A request whose body is over the limit."""

    code = "DRG-HTTP-SIZE"


class SlowBodyError(InvalidInputError):
    """A request whose body stopped coming."""

    code = "DRG-HTTP-TIMEOUT"


class TooManyRequestsError(DragomanError):
    """A limit of requests, or of turns at once, that is reached for now."""

    code = "DRG-RATE"
    exit_code = 3

    def __init__(self, message: str, *, cure: str = "", retry_after: float = 1.0) -> None:
        """`retry_after` is in how many seconds it is worth trying again."""
        super().__init__(message, cure=cure)
        self.retry_after = retry_after


class ServerStoppingError(DragomanError):
    """A server that takes no new work, because it is going down."""

    code = "DRG-SERVER-STOPPING"
    exit_code = 6


class TaskError(InvalidInputError):
    """A task file, or what was given to it, that cannot be used as it is."""

    code = "DRG-TASK"

    def __init__(
        self, message: str, *, cure: str = "", file: str = "", line: int = 0, column: int = 0
    ) -> None:
        """`line` and `column` count from 1 in `file`; 0 where no place is known."""
        place = f"{file}:{line}:{column}: " if line else f"{file}: " if file else ""
        super().__init__(f"{place}{message}", cure=cure)
        self.file = file
        self.line = line
        self.column = column

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON-ready data, with the place where one is known."""
        place = {"file": self.file, "line": self.line, "column": self.column} if self.line else {}
        return {**super().as_dict(), **place}


class TaskFileError(TaskError):
    """A task file that cannot be read, or that is no task."""

    code = "DRG-TASK-FILE"


class TaskReferenceError(TaskError):
    """A reference to what is not there, or a condition that cannot be read."""

    code = "DRG-TASK-REFERENCE"


class TaskToolError(TaskError):
    """A step with a tool that does not exist, or that cannot be called this way."""

    code = "DRG-TASK-TOOL"


class TaskCycleError(TaskError):
    """Tasks that contain each other without end."""

    code = "DRG-TASK-CYCLE"


class TaskInputError(TaskError):
    """An input of a task that is missing, unknown or of another type."""

    code = "DRG-TASK-INPUT"


class ScheduleError(InvalidInputError):
    """An interval, a cron expression or a time zone that has no meaning."""

    code = "DRG-TASK-SCHEDULE"


class StepFailedError(DragomanError):
    """A step of a run that failed, so that the run stopped there; it can be resumed."""

    code = "DRG-TASK-STEP"


class RunNotFoundError(InvalidInputError):
    """A run that does not exist, or a question that it does not ask."""

    code = "DRG-RUN-MISSING"


class RunStateError(InvalidInputError):
    """A run that cannot be resumed, answered or cancelled in the state it is in."""

    code = "DRG-RUN-STATE"


class RunBusyError(DragomanError):
    """A run that another process is working on at this moment."""

    code = "DRG-RUN-BUSY"
    exit_code = 5


def of_code(code: str) -> type[DragomanError]:
    """The class whose errors carry `code`; `DragomanError` for an unknown one."""
    waiting = [DragomanError]
    for kind in waiting:  # it grows while it is read
        if kind.code == code:
            return kind
        waiting.extend(kind.__subclasses__())
    return DragomanError


class ModelMistake(Exception):  # noqa: N818 - it is a mistake to be corrected, not an error to be handled
    """Something that the model got wrong and is told about, so that it can do better."""

    def __init__(self, message: str = "") -> None:
        """Say what was wrong; keys and passwords are taken out of it."""
        super().__init__(without_secrets(message))


class UnknownToolMistake(ModelMistake):
    """A call to a tool that does not exist."""


class InvalidArgumentsMistake(ModelMistake):
    """Arguments that do not fit the tool's schema."""


class BadReferenceMistake(ModelMistake):
    """A call that refers to a result which is not there."""


class UngroundedMistake(ModelMistake):
    """An argument that holds an id, an address or a number which nobody has mentioned."""


class ToolFailedMistake(ModelMistake):
    """A tool that ran and failed; its message is what the model may know."""


class OutcomeUnknownMistake(ToolFailedMistake):
    """A call that was given up or cut off; whether it took effect is not known."""
