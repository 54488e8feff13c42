"""Reads and writes checkpoints: plain values only, and never code from a file.

LangGraph's serializer can name classes and functions to build values with, and read pickles. A
checkpoint here holds plain values and LangGraph's own small types, so nothing else is built: a
class that a file names is not imported (LangGraph's strict mode gives its fields as plain data),
and a pickle or another unknown kind ends the turn.
"""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from dragoman.errors import CheckpointError


class StrictSerializer(JsonPlusSerializer):
    """LangGraph's serializer in its strict mode, whose refusals have a code.

    Usage:
        saver = AsyncSqliteSaver(connection, serde=StrictSerializer())
    """

    def __init__(self) -> None:
        """Allow LangGraph's own types, no pickle, and nothing that a caller could add."""
        super().__init__(pickle_fallback=False, allowed_msgpack_modules=None)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that was written.

        Raises:
            CheckpointError: it is of another kind than is ever written here, or damaged.
        """
        try:
            return super().loads_typed(data)
        except Exception as error:
            raise CheckpointError(
                f"A checkpoint of kind {data[0]!r:.40} is not read: it is damaged, or was not "
                "written by Dragoman.",
                cure="Ask in the thread again, which gives the turn up. If somebody else could "
                "write to the data folder, see what else was changed.",
            ) from error
