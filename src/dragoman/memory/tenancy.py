"""Which tenant a read or a write belongs to.

A tenant's data lies in a folder and a Chroma collection of its own, so that no filter stands
between two tenants: there is nothing to forget, and nothing that a crafted value could widen.
"""

from __future__ import annotations

import hashlib
import re

from dragoman.errors import InvalidTenantError

_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def validate_tenant(tenant: object) -> str:
    """Return `tenant` when it is a plain identifier.

    Only ASCII letters, digits, ``.``, ``_`` and ``-`` are accepted, at most 64 of them, and the
    first is a letter or a digit. This leaves no room for paths, for operators of a query language
    or for letters of another script that look like Latin ones.

    Raises:
        InvalidTenantError: it is anything else, such as a mapping or an empty string.
    """
    if not isinstance(tenant, str) or _PATTERN.fullmatch(tenant) is None:
        raise InvalidTenantError(
            f"{tenant!r:.80} is not a tenant id.",
            cure="Use 1 to 64 ASCII letters, digits, '.', '_' or '-', starting with a letter or "
            "a digit.",
        )
    return str(tenant)


def folder_name(tenant: str) -> str:
    """The name of the tenant's folder.

    The digest keeps ``Acme`` and ``acme`` apart where the file system ignores case.
    """
    return f"{tenant}-{_digest(tenant)}"


def collection_name(tenant: str, embedder: str, journal: str) -> str:
    """The name of the Chroma collection of one tenant, one embedder and one journal.

    With the journal's identity in it, two data folders never meet on one Chroma server, not even
    when one was restored from a backup of the other.
    """
    return f"dragoman-{_digest(tenant)}-{_digest(embedder)}-{_digest(journal)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
