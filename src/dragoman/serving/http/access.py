"""Who sends a request, what they may do, and how often."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, Request

from dragoman.errors import AccessError, BudgetExceededError, ScopeError, TooManyRequestsError
from dragoman.models.budget import Spent
from dragoman.models.usage_ledger import UsageLedger
from dragoman.serving.http.keys import SCOPES, Key, Keys, Scope, fingerprint
from dragoman.settings import Settings

_REMEMBERED_SECONDS = 2.0
"""How long a key that was found is not looked up again, and so how long a revoked one may live."""

_MOST_REMEMBERED = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who sends a request."""

    tenant: str
    """Whose documents and threads are meant."""

    scopes: tuple[Scope, ...]
    """What they may do."""

    key: Key | None = None
    """The key that was sent; None where none is needed."""


class Bucket:
    """A token bucket: a minute's worth at once, then as they drip in."""

    def __init__(self, per_minute: int, now: float) -> None:
        """Begin full."""
        self._size = float(per_minute)
        self._level = float(per_minute)
        self._at = now

    def take(self, now: float) -> float:
        """Take one; 0, or the seconds until there is one."""
        rate = self._size / 60.0
        self._level = min(self._size, self._level + (now - self._at) * rate)
        self._at = now
        if self._level >= 1.0:
            self._level -= 1.0
            return 0.0
        return (1.0 - self._level) / rate


class Access:
    """Looks keys up and counts their requests; belongs to one event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_to_all: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Guard a data folder.

        Args:
            settings: Whose data folder, and the tenant where nobody is asked for a key.
            open_to_all: Whether a request needs no key: the server listens on this machine only.
            clock: Seconds that only grow.
        """
        self.keys = Keys(settings.home)
        self.ledger = UsageLedger(settings.home / "usage-keys.sqlite")
        self.open_to_all = open_to_all
        self._tenant = settings.tenant
        self._clock = clock
        self._found: dict[str, tuple[float, Key]] = {}
        self._buckets: dict[str, Bucket] = {}

    async def identify(self, authorization: str) -> Identity:
        """Who sends a request with this ``Authorization`` header.

        Raises:
            AccessError: no key, or none that is good.
            TooManyRequestsError: the key was used too often within a minute.
        """
        if self.open_to_all:
            return Identity(tenant=self._tenant, scopes=SCOPES)
        kind, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if kind.lower() != "bearer" or not secret:
            raise AccessError(
                "An API key is needed.",
                cure="Send it as `Authorization: Bearer KEY`; `dragoman keys create` makes one.",
            )
        key = await self._key(secret)
        self._count(key)
        return Identity(tenant=key.tenant, scopes=key.scopes, key=key)

    async def check_budget(self, identity: Identity) -> None:
        """Let pass while the key's tokens of the day are not used up.

        Raises:
            BudgetExceededError: they are.
        """
        key = identity.key
        if key is None or key.tokens_a_day is None:
            return
        spent = await run_sync(self.ledger.spent, key.id)
        if spent.tokens >= key.tokens_a_day:
            raise BudgetExceededError(
                f"The key has used {spent.tokens:,} of its {key.tokens_a_day:,} tokens of today.",
                cure="Wait for the next day (UTC), or use a key with a larger budget.",
                unit="tokens",
                used=spent.tokens,
                limit=key.tokens_a_day,
            )

    async def charge(self, identity: Identity, agent: str, used: Spent) -> None:
        """Count what a turn used."""
        if identity.key is not None:
            await run_sync(self.ledger.add, identity.key.id, agent, used)

    async def _key(self, secret: str) -> Key:
        now = self._clock()
        digest = fingerprint(secret)  # so that no key lies about in memory
        at, known = self._found.get(digest, (0.0, None))
        if known is not None and now - at < _REMEMBERED_SECONDS:
            return known
        key = await run_sync(self.keys.find, secret)
        if key is None:
            self._found.pop(digest, None)
            raise AccessError(
                "This API key is unknown or was revoked.", cure="See them: dragoman keys list"
            )
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        self._found[digest] = (now, key)
        return key

    def _count(self, key: Key) -> None:
        now = self._clock()
        bucket = self._buckets.get(key.id)
        if bucket is None:
            if len(self._buckets) >= _MOST_REMEMBERED:
                self._buckets.clear()
            bucket = self._buckets[key.id] = Bucket(key.per_minute, now)
        if wait := bucket.take(now):
            raise TooManyRequestsError(
                f"This key may send {key.per_minute} requests in a minute.",
                cure="Send fewer, or use a key with a higher limit.",
                retry_after=wait,
            )


def require(scope: Scope) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency: who sends the request, if they have `scope`."""

    async def checked(request: Request) -> Identity:
        access: Access = request.app.state.service.access
        identity = await access.identify(request.headers.get("authorization", ""))
        if scope not in identity.scopes:
            raise ScopeError(
                f"This needs a key with the scope {scope!r}.",
                cure=f"This one has: {', '.join(identity.scopes)}.",
            )
        return identity

    return checked


Chat = Annotated[Identity, Depends(require("chat"))]
Documents = Annotated[Identity, Depends(require("documents"))]
Approvals = Annotated[Identity, Depends(require("approvals"))]
Admin = Annotated[Identity, Depends(require("admin"))]
