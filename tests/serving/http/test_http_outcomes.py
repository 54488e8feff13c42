"""Ratings and outcomes over HTTP."""

from __future__ import annotations

import pytest
from http_server import PLAN


async def test_a_rating_is_counted(start) -> None:
    server = await start([PLAN, "It opens at nine."])
    await server.ask("one", "When does the museum open?")
    rated = await server.client.put("/api/threads/one/rating", json={"score": 4})
    assert rated.json() == {"thread": "one", "score": 4}
    (found,) = (await server.client.get("/api/outcomes?by=day")).json()["outcomes"]
    assert (found["language"], found["turns"], found["rated"], found["score"]) == ("en", 1, 1, 4)


@pytest.mark.parametrize("body", [{"score": 0}, {"score": 6}, {"score": "good"}, {}])
async def test_a_rating_out_of_range_is_refused(start, body) -> None:
    server = await start([PLAN, "It opens at nine."])
    await server.ask("one", "When does the museum open?")
    assert (await server.client.put("/api/threads/one/rating", json=body)).status_code in {400, 422}


async def test_a_thread_that_is_not_there_cannot_be_rated(start) -> None:
    server = await start()
    assert (await server.client.put("/api/threads/no/rating", json={"score": 5})).status_code == 404


async def test_periods_that_are_none_are_refused(start) -> None:
    server = await start()
    assert (await server.client.get("/api/outcomes?by=hour")).status_code in {400, 422}
