"""Chroma's clients, one for each place in a process: Chroma allows no second one for a folder."""

from __future__ import annotations

import threading

from dragoman.memory.vectors import Place, VectorClient

# Not the lock of the open stores, because it is taken by those who hold a write lock already.
_GUARD = threading.Lock()
_CLIENTS: dict[Place, tuple[VectorClient, int]] = {}


def acquire(place: Place) -> VectorClient:
    """The client for `place`, shared; call `release` once for every `acquire`."""
    with _GUARD:
        client, holders = _CLIENTS.get(place, (None, 0))
        if client is None:
            client = VectorClient.at(place)
        _CLIENTS[place] = (client, holders + 1)
        return client


def release(place: Place) -> None:
    """Give the client back; the last holder closes it."""
    with _GUARD:
        client, holders = _CLIENTS[place]
        if holders > 1:
            _CLIENTS[place] = (client, holders - 1)
        else:
            del _CLIENTS[place]
            client.close()
