"""Take a person's word about a turn, and refuse one that could not be learned from."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from dragoman.agents.privacy.reading import remasked
from dragoman.agents.training.examples import missing_results
from dragoman.agents.training.reviews import Correction, Verdict
from dragoman.errors import InvalidInputError, ThreadNotFoundError

if TYPE_CHECKING:
    from dragoman.agents.storage import Storage


async def review_turn(
    opened: Awaitable[Storage],
    key: str,
    number: int,
    verdict: Verdict,
    correction: Correction | None,
) -> None:
    """Write down `verdict` about a turn of the thread `key`; see `Records.review`."""
    storage = await opened
    if correction is not None:  # a person has read the data and writes it; names are kept
        correction = await remasked(storage.vault, key, correction)
    turns = {turn.number: turn for turn in await storage.transcript.turns(key)}
    if number not in turns:
        raise ThreadNotFoundError(
            f"The thread has no turn {number}; it has {len(turns)}.",
            cure="See them: dragoman threads show THREAD (--tenant NAME)",
        )
    turn = turns[number]
    if turn.status != "done":
        raise InvalidInputError(
            f"Turn {number} has no answer to review: it is {turn.status}.", cure="Finish it first."
        )
    if (verdict == "corrected") != (correction is not None):
        raise InvalidInputError(
            "A correction belongs to the verdict 'corrected', and to no other.",
            cure="Give both or none.",
        )
    for call in missing_results(correction or Correction(), turn.record):
        raise InvalidInputError(
            f"The turn did not make the corrected call of {call['tool']}, so its result is not "
            "known.",
            cure='Add "result" to the call: what the tool would have said.',
        )
    await storage.reviews.put(key, turn.id, verdict, correction or Correction())
