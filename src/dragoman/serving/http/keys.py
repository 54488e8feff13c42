"""API keys: made, looked up by their hash, revoked. A key itself is shown once and never kept."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast, get_args

from dragoman.errors import AccessError, ConfigurationError, InvalidInputError
from dragoman.memory.tenancy import validate_tenant

Scope = Literal["chat", "documents", "approvals", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""What a key may be allowed: to ask and read, to change documents, to decide on calls, to look
after the server."""

_PREFIX = "drg"
_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, name TEXT NOT NULL,
    scopes TEXT NOT NULL, per_minute INTEGER NOT NULL, tokens_a_day INTEGER,
    created_at TEXT NOT NULL, revoked_at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID
"""
_COLUMNS = "id, tenant, name, scopes, per_minute, tokens_a_day, created_at, revoked_at"


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What is known of an API key."""

    id: str
    """Its public part, for lists and for revoking it."""

    tenant: str
    """Whose documents and threads it opens."""

    name: str
    """What people call it, for example the program that uses it."""

    scopes: tuple[Scope, ...]
    """What it may be used for."""

    per_minute: int
    """Requests that it may send in a minute."""

    tokens_a_day: int | None
    """Tokens, read and written, that it may use in a day (UTC); None for no limit of its own."""

    created_at: str
    """When it was made, ISO 8601 in UTC."""

    revoked_at: str = ""
    """When it was revoked, ISO 8601 in UTC; empty while it is good."""


class Keys:
    """The keys of a data folder, in a file of their own that needs no lock on the folder.

    A program may add and revoke keys while a server uses them. The calls block; use a thread.

    Usage:
        secret, key = Keys(settings.home).create("acme", name="intranet", scopes=("chat",))
        Keys(settings.home).find(secret).tenant
    """

    def __init__(self, home: Path) -> None:
        """Use the keys of the data folder; the file is made with the first key."""
        self.path = home / "keys.sqlite"

    def create(
        self,
        tenant: str,
        *,
        name: str = "",
        scopes: Sequence[str] = ("chat",),
        per_minute: int = 120,
        tokens_a_day: int | None = None,
    ) -> tuple[str, Key]:
        """Make a key; the text to be sent with each request, and what is kept of it.

        Raises:
            InvalidInputError: an unknown scope, or a limit that is not positive.
            InvalidTenantError: the tenant is not a plain identifier.
        """
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise InvalidInputError(
                f"There is no scope {unknown[0]!r:.40}." if unknown else "A key needs a scope.",
                cure=f"The scopes are: {', '.join(SCOPES)}.",
            )
        if per_minute < 1 or (tokens_a_day is not None and tokens_a_day < 1):
            raise InvalidInputError("A limit must be 1 or more.", cure="Leave it out for none.")
        key = Key(
            id=secrets.token_hex(6),
            tenant=validate_tenant(tenant),
            name=name,
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            per_minute=per_minute,
            tokens_a_day=tokens_a_day,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        secret = f"{_PREFIX}_{key.id}_{secrets.token_urlsafe(32)}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connected() as connection, connection:
            connection.execute(_TABLE)
            connection.execute(
                f"INSERT INTO keys (hash, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
                (
                    fingerprint(secret),
                    key.id,
                    key.tenant,
                    key.name,
                    ",".join(key.scopes),
                    key.per_minute,
                    key.tokens_a_day,
                    key.created_at,
                    "",
                ),
            )
        self.path.chmod(0o600)
        return secret, key

    def find(self, secret: str) -> Key | None:
        """The key that `secret` is; None for an unknown or a revoked one."""
        # A random key of 256 bits needs no slow hash, and looking its hash up leaks nothing of it.
        found = self._select("WHERE hash = ? AND revoked_at = ''", (fingerprint(secret),))
        return found[0] if found else None

    def all(self, tenant: str | None = None) -> list[Key]:
        """All keys, the revoked ones included, the oldest first; of one tenant or of all."""
        return self._select("WHERE tenant = coalesce(?, tenant) ORDER BY created_at, id", (tenant,))

    def any(self) -> bool:
        """Whether there is a key that is good."""
        return bool(self._select("WHERE revoked_at = '' LIMIT 1", ()))

    def revoke(self, key_id: str) -> Key:
        """End a key; a server notices within seconds.

        Raises:
            AccessError: there is no such key that is good.
        """
        found = self._select("WHERE id = ? AND revoked_at = ''", (key_id,))
        if not found:
            raise AccessError(
                f"There is no key {key_id!r:.40} that could be revoked.",
                cure="See them: dragoman keys list",
            )
        with self._connected() as connection, connection:
            connection.execute(
                "UPDATE keys SET revoked_at = ? WHERE id = ?",
                (datetime.now(UTC).isoformat(timespec="seconds"), key_id),
            )
        return found[0]

    def _select(self, condition: str, values: tuple[str | None, ...]) -> list[Key]:
        if not self.path.exists():
            return []
        with self._connected() as connection:
            connection.execute(_TABLE)
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM keys {condition}",  # noqa: S608 - our own names
                values,
            ).fetchall()
        return [
            Key(
                id=row[0],
                tenant=row[1],
                name=row[2],
                scopes=cast("tuple[Scope, ...]", tuple(row[3].split(","))),
                per_minute=row[4],
                tokens_a_day=row[5],
                created_at=row[6],
                revoked_at=row[7],
            )
            for row in rows
        ]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise ConfigurationError(
                f"The keys at {self.path} cannot be used ({error}).",
                cure="Check the disk and the file's permissions; a damaged file may be moved away.",
            ) from None


def fingerprint(secret: str) -> str:
    """SHA-256 of a key, in hexadecimal: all that is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
