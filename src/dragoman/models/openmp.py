"""Keep compute threads from waiting for each other in a busy loop for long.

GNU's OpenMP spins some 10 ms at every barrier before it sleeps. When another program wants a
processor, one thread is held up and all others burn theirs at each of a token's hundreds of
barriers: on two busy processors a 0.5B model fell from 8 tokens a second to 0.5. With a short spin
it stays at 8, and on idle processors a barrier is over before the spin is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_SPINS = "2000"
_CHOICES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


@contextmanager
def short_spins() -> Iterator[None]:
    """Load a library that uses OpenMP inside this block; it reads its settings while it is loaded.

    Does nothing when the person has chosen a policy themselves.
    """
    if any(name in os.environ for name in _CHOICES):
        yield
        return
    os.environ["GOMP_SPINCOUNT"] = _SPINS
    try:
        yield
    finally:
        os.environ.pop("GOMP_SPINCOUNT", None)
