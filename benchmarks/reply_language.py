"""How often a small model answers in the asker's language, with the reply guard and without it.

    python benchmarks/reply_language.py --engine embedded:qwen2.5-coder:1.5b

Five questions in each of twelve languages over English documents. Two ways of asking the writer,
each judged without and with the guard:

* "bare": the passages and the question, with "Answer in the language of the question.", as most
  frameworks ask.
* "Dragoman": the writer's own prompt, which gives the instruction in the language itself.

The judge is not the guard: lingua over the languages of this benchmark, with Simplified and
Traditional Chinese told apart by OpenCC. Answers without letters ("3200") count for neither side.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dragoman import Assistant, Memory, Settings
from dragoman.agents.prompts.writing import ROLE, writing_request
from dragoman.agents.recall import render, within_budget
from dragoman.languages import consistency, profile
from dragoman.models import Engine
from dragoman.models.connect import connect
from dragoman.serving.sample_store import store_folder

QUESTIONS = Path(__file__).with_name("reply_language_questions.yaml")


@cache
def _lingua() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    names = (
        "CHINESE JAPANESE KOREAN ARABIC PERSIAN GERMAN FRENCH SPANISH RUSSIAN THAI VIETNAMESE "
        "ENGLISH"
    )
    return LanguageDetectorBuilder.from_languages(
        *(getattr(Language, name) for name in names.split())
    ).build()


@cache
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)


def judged(text: str) -> str:
    """BCP-47 tag of an answer, empty when it has no letters to judge by."""
    if sum(character.isalpha() for character in text) < 4:
        return ""
    found = _lingua().detect_language_of(text)
    if found is None:
        return ""
    tag = str(found.iso_code_639_1.name).lower()
    if tag != "zh":
        return tag
    simplified = sum(a != b for a, b in zip(text, _converter("s2t").convert(text), strict=False))
    traditional = sum(a != b for a, b in zip(text, _converter("t2s").convert(text), strict=False))
    return "zh-Hant" if traditional > simplified else "zh-Hans"


async def drafts(engine: Engine, memory: Memory, question: str, tag: str) -> tuple[str, str]:
    """The bare draft and Dragoman's first draft, both whole, before any guard."""
    settings = Settings()
    found = memory.search(question, k=2 * settings.passage_count)
    passages = within_budget(found, count=settings.passage_count, tokens=settings.passage_tokens)
    writer = engine.writer(max_tokens=150, temperature=0.0).bind(presence_penalty=0.0)
    bare = f"{render(passages)}\n\n{question}\n\nAnswer in the language of the question."
    request = writing_request(
        question,
        passages=passages,
        calls=[],
        instruction=profile(tag).answer_instruction,
        notes=[],
        language=tag,
    )
    replies = []
    for system, user in (("You are a helpful assistant.", bare), (ROLE, request)):
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        replies.append((await writer.ainvoke(messages)).text)
    return replies[0], replies[1]


async def measure(engine_spec: str, limit: int) -> None:
    engine = await connect(engine_spec, Settings())
    right: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as home, Memory(tenant="bench", home=home) as memory:
        memory.ingest(sorted(store_folder().glob("*.en.*")))
        assistant = Assistant(engine=engine, memory=memory)
        for tag, questions in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")).items():
            for question in questions[:limit]:
                bare, first = await drafts(engine, memory, question, tag)
                final = first
                if not consistency.check(first, tag).ok:
                    final = (await assistant.aask(question, language=tag)).text
                for name, text in (("bare", bare), ("first", first), ("final", final)):
                    found = judged(text)
                    right[tag][name] += found in {tag, ""}
                    if found not in {tag, ""}:
                        print(f"  {tag:8}{name:6}in {found}: {text[:100]!r}", flush=True)
                right[tag]["asked"] += 1
            print(f"{tag:8} {dict(right[tag])}", flush=True)
        await asyncio.to_thread(assistant.close)
    total = sum(right.values(), Counter())
    print("\n| | bare prompt | Dragoman, first draft | Dragoman, guarded |\n|---|---|---|---|")
    for tag, counts in [*right.items(), ("all", total)]:
        shares = (
            f"{100 * counts[name] / counts['asked']:.0f} %" for name in ("bare", "first", "final")
        )
        print(f"| {tag} | {' | '.join(shares)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="embedded:qwen2.5-coder:1.5b")
    parser.add_argument("--limit", type=int, default=5, help="questions in each language")
    options = parser.parse_args()
    asyncio.run(measure(options.engine, options.limit))
