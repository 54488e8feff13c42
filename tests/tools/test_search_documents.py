from __future__ import annotations

from typing import Any

from dragoman.tools.builtin import make_search_documents


async def test_the_search_gets_the_models_words_and_its_passages_come_back_in_order():
    asked: list[str] = []
    found: tuple[Any, ...] = ("second", "first")

    def search(query: str) -> tuple[Any, ...]:
        asked.append(query)
        return found

    tool = make_search_documents(search)
    assert await tool.invoke({"query": "返品の期限"}) == ["second", "first"]
    assert asked == ["返品の期限"]


def test_searching_only_reads_and_takes_one_query():
    tool = make_search_documents(lambda query: [])
    assert tool.effect == "none"
    assert list(tool.schema["properties"]) == tool.schema["required"] == ["query"]
