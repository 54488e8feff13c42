"""Put what the staff wrote into the thread, as the answer of the turn that it answers."""

from __future__ import annotations

from dragoman.agents.support.handoffs import HandOffs
from dragoman.agents.transcript import Transcript


async def deliver(transcript: Transcript, hand_offs: HandOffs, thread: str, turn: str) -> None:
    """Make the answer of a turn all that the staff has written to it; again changes nothing.

    What the customer was told when it was handed over stays in the record.

    Args:
        transcript: What was said.
        hand_offs: What the staff said.
        thread: The thread's key.
        turn: Id of the turn.
    """
    said = await hand_offs.said(turn)
    found = next((one for one in await transcript.turns(thread) if one.id == turn), None)
    if found is not None and said:
        record = dict(found.record)
        handed = dict(record.get("handed", {}))
        handed.setdefault("told", found.answer)
        handed["replies"] = [{"person": one.person, "at": one.at} for one in said]
        # The staff's words rest on no passage, and are nobody's outside text.
        record |= {"handed": handed, "citations": [], "taint": []}
        text = "\n\n".join(message.text for message in said)
        await transcript.finish(turn, answer=text, language=found.language, record=record)
    await hand_offs.deliver(turn)


async def deliver_left(transcript: Transcript, hand_offs: HandOffs) -> None:
    """Deliver what a crash kept from being delivered."""
    for left in await hand_offs.undelivered():
        await deliver(transcript, hand_offs, left.thread, left.turn)
