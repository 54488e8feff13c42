"""What was accepted: each tool's definition, written down when it was first used.

A server can change what a tool says about itself after people came to trust it. So a definition is
recorded the first time it is seen, and a tool whose definition is another one later is not offered
before somebody has looked at the change (``dragoman mcp accept``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dragoman.errors import ConfigurationError
from dragoman.tools.mcp.definition import Definition

FILE = "mcp.lock.json"
"""Name of the file in the data folder."""


class Pins:
    """The accepted definitions of one data folder; whoever writes owns the folder.

    Usage:
        pins = Pins(home)
        changed = pins.record("files", definitions)
    """

    def __init__(self, home: Path) -> None:
        """Read the file, if there is one.

        Raises:
            ConfigurationError: it cannot be read.
        """
        self._path = home / FILE
        self._servers = self._read()

    def accepted(self, server: str, tool: str) -> Definition | None:
        """The accepted definition of a tool; ``None`` when it was never seen."""
        entry = self._servers.get(server, {}).get(tool)
        return None if entry is None else Definition(**entry["definition"])

    def record(self, server: str, definitions: Iterable[Definition]) -> frozenset[str]:
        """Accept tools that are seen for the first time.

        Returns:
            Names of the tools whose definition is not the accepted one.
        """
        changed, new = set(), []
        for definition in definitions:
            known = self.accepted(server, definition.name)
            if known is None:
                new.append(definition)
            elif known.fingerprint != definition.fingerprint:
                changed.add(definition.name)
        if new:
            self.accept(server, new)
        return frozenset(changed)

    def accept(self, server: str, definitions: Iterable[Definition]) -> None:
        """Take these definitions for the accepted ones, and write them down."""
        entries = self._servers.setdefault(server, {})
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for definition in definitions:
            entries[definition.name] = {
                "sha256": definition.fingerprint,
                "accepted": now,
                "definition": asdict(definition),
            }
        self._write()

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self._path.exists():
            return {}
        try:
            servers: Mapping[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            for entry in (entry for server in servers.values() for entry in server.values()):
                _check(entry)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigurationError(
                f"{self._path} cannot be read: {error}.",
                cure="Restore it from a backup; or delete it, and every tool counts as new.",
            ) from error
        return {name: dict(server) for name, server in servers.items()}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._servers, indent=1, sort_keys=True)
        new = self._path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self._path)


def _check(entry: Mapping[str, Any]) -> None:
    if Definition(**entry["definition"]).fingerprint != entry["sha256"]:
        raise ValueError("an entry does not fit its sha256")
