"""The rest of a result that was too long to be shown at once."""

from __future__ import annotations

from dragoman.errors import ToolFailedMistake
from dragoman.tools.calling import current_calling
from dragoman.tools.tool import tool


@tool(effect="none")
async def read_result(handle: str, part: int = 2) -> str:
    """Read on in a long result, where an earlier one says that there are more characters.

    Args:
        handle: As the result names it, for example r1.
        part: Number of the part.
    """
    now = current_calling()
    if now.results is None:
        raise ToolFailedMistake("No long results are kept here.")
    return await now.results.part(now.thread, handle.strip(), part)
