"""Trying again: how often, how long, and never after something was said."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from dragoman.errors import EngineBusyError, EngineCrashedError, EngineReplyError
from dragoman.models.patience import Patience, with_patience

AT_ONCE = Patience(busy_retries=2, crash_retries=1, first_pause=0)


class Attempts:
    """Plays one list of items and errors after another."""

    def __init__(self, *scripts: list[str | Exception]) -> None:
        self.scripts = list(scripts)
        self.made = 0

    async def __call__(self) -> AsyncGenerator[str, None]:
        self.made += 1
        for step in self.scripts.pop(0):
            if isinstance(step, Exception):
                raise step
            yield step


async def collect(attempts: Attempts) -> list[str]:
    return [item async for item in with_patience(attempts.__call__, AT_ONCE)]


async def test_a_busy_engine_is_tried_again_and_no_more_than_that() -> None:
    busy = EngineBusyError("busy")
    assert await collect(Attempts([busy], [busy], ["a", "b"])) == ["a", "b"]

    attempts = Attempts([busy], [busy], [busy], ["never"])
    with pytest.raises(EngineBusyError):
        await collect(attempts)
    assert attempts.made == 3


async def test_busy_and_crashed_are_counted_apart() -> None:
    busy, crashed = EngineBusyError("busy"), EngineCrashedError("crashed")
    assert await collect(Attempts([busy], [crashed], [busy], ["a"])) == ["a"]
    with pytest.raises(EngineCrashedError):
        await collect(Attempts([crashed], [crashed], ["never"]))


@pytest.mark.parametrize("error", [EngineBusyError("busy"), EngineCrashedError("crashed")])
async def test_nothing_is_tried_again_after_the_first_item(error: Exception) -> None:
    attempts = Attempts(["a", error], ["never"])
    with pytest.raises(type(error)):
        await collect(attempts)
    assert attempts.made == 1


async def test_other_errors_are_not_tried_again() -> None:
    attempts = Attempts([EngineReplyError("odd")], ["never"])
    with pytest.raises(EngineReplyError):
        await collect(attempts)
    assert attempts.made == 1


def test_pauses_grow_to_a_limit_and_are_spread() -> None:
    patience = Patience(first_pause=1, longest_pause=4)
    for retry, limit in enumerate([1, 2, 4, 4, 4]):
        pauses = {patience.pause(retry) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0 <= pause <= limit for pause in pauses)
        assert max(pauses) > limit / 4
