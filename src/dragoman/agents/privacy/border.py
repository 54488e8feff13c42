"""The session of one turn with a guard at its border, where the policy asks for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from dragoman.agents.events import Event
from dragoman.agents.privacy.guard import Guard
from dragoman.agents.privacy.model import GuardedEngine
from dragoman.agents.privacy.policy import finder
from dragoman.agents.privacy.tools import GuardedLedger, GuardedRegistry
from dragoman.agents.privacy.transcript import MaskedTranscript, RevealedTranscript
from dragoman.agents.session import Session
from dragoman.agents.storage import Storage
from dragoman.languages import clean
from dragoman.settings import PrivacySettings

Value = TypeVar("Value")
Emit = Callable[[Event], None]


async def guarded(session: Session, key: str, emit: Emit) -> tuple[Session, Emit]:
    """The session as a turn of the thread `key` works with it, and how it tells its events.

    Inside, everything is masked: state, checkpoints, long results. Tools, and the people who hear
    of events, get the data; so do the model, or the transcript and the ledger, where the policy is
    not about them.
    """
    if session.find is None or session.parts.privacy.on:
        return session, emit
    vault, parts = session.storage.vault, session.parts
    guard = Guard(key, vault, await vault.of(key), find=session.find)
    targets = (parts.spec.privacy or parts.settings.privacy).mask
    parts = replace(
        parts,
        privacy=guard,
        engine=GuardedEngine.around(parts.engine, guard, reveals="model" not in targets),
        registry=GuardedRegistry(parts.registry, guard),
    )
    if "storage" in targets:
        parts = replace(
            parts,
            ledger=GuardedLedger(parts.ledger, guard),
            transcript=MaskedTranscript(parts.transcript, guard),
        )
    else:
        parts = replace(parts, transcript=RevealedTranscript(parts.transcript, guard))
    return replace(session, parts=parts), guard.telling(emit)


async def masked_for_storage(
    storage: Storage, key: str, policy: PrivacySettings, value: Value
) -> Value:
    """What goes into the thread `key` outside of a turn, masked where `policy` asks for it."""
    find = finder(policy)
    if find is None or "storage" not in policy.mask:
        return value
    vault = storage.vault
    return await Guard(key, vault, await vault.of(key), find=find).masked(value)


async def masked_question(session: Session, question: str) -> str:
    """The question as the turn works with it.

    Where it is masked it is cleaned first: invisible characters inside a number would hide it.
    """
    privacy = session.parts.privacy
    return await privacy.masked(clean(question).shown) if privacy.on else question
